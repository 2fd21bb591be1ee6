"""What a user may say about a file that is imported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Choices.

    Attributes:
        sequence: which recording, where a file or folder covers several.
        camera: id of the camera, where a file holds one without a name.
        size_px: width and height of the images, where the file does not say.
    """

    sequence: str | None = None
    camera: str | None = None
    size_px: tuple[int, int] | None = None
