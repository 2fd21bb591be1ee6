"""What a user may ask of a reader."""

from __future__ import annotations

from dataclasses import dataclass

from avlabel.core.options import option


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """Choices within one recording."""

    sequence: str | None = option(None, "which sequence of a folder that holds several")
    lidar: str | None = option(None, "which LiDAR; the recording's main one if none is named")
