"""What a user may choose about storing scenes."""

from __future__ import annotations

from dataclasses import dataclass

from avlabel.core.options import option


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """How a scene is stored."""

    lossless_points: bool = option(
        False, "Store points as float32 metres instead of whole millimetres (about twice the size)."
    )
    embed_images: bool = option(
        False, "Copy the encoded images into the scene instead of referring to the recording."
    )
