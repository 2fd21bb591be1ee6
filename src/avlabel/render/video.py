"""Pictures in a row as files that a browser plays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.errors import SceneWriteError

CODECS = ("vp09", "avc1", "mp4v")
"""In the order tried. OpenCV's wheels carry VP9 but no H.264, for its licence; browsers play both.
MPEG-4 part 2 is everywhere, but only players show it."""


class VideoFile:
    """An MP4 that frames are added to one by one.

    Args:
        path: file to write.
        fps: frames a second.
        size_px: width and height, both even.

    Raises:
        OSError: if the file cannot be written.
        SceneWriteError: if OpenCV has none of ``CODECS``.
    """

    def __init__(self, path: Path, fps: float, size_px: tuple[int, int]) -> None:
        self.path = path
        path.write_bytes(b"")  # OpenCV would not say why it cannot
        self._writer = _open_writer(path, fps, size_px)

    def add(self, image: UInt8) -> None:
        """Add an (H, W, 3) RGB frame."""
        self._writer.write(to_bgr(image))

    def close(self) -> None:
        """Finish the file."""
        self._writer.release()


def write_webp(path: Path, images: Sequence[UInt8], fps: float, quality: int = 70) -> None:
    """Write an animation of (H, W, 3) RGB frames that repeats for ever.

    Raises:
        OSError: if the file cannot be written.
    """
    animation = cv2.Animation()
    animation.frames = [to_bgr(image) for image in images]
    animation.durations = [round(1000 / fps)] * len(images)
    _, data = cv2.imencodeanimation(".webp", animation, [cv2.IMWRITE_WEBP_QUALITY, quality])
    path.write_bytes(data.tobytes())


def write_image(path: Path, image: UInt8, quality: int = 90) -> None:
    """Write an (H, W, 3) RGB picture in the format that the suffix names.

    Raises:
        OSError: if the file cannot be written.
    """
    parameters = [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else []
    _, data = cv2.imencode(path.suffix, to_bgr(image), parameters)
    path.write_bytes(data.tobytes())


def to_bgr(image: UInt8) -> UInt8:
    """The picture in OpenCV's order of channels."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


def _open_writer(path: Path, fps: float, size_px: tuple[int, int]) -> cv2.VideoWriter:
    # A codec that is missing is tried in silence; what counts is whether any is there.
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        for codec in CODECS:
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size_px)
            if writer.isOpened():
                return writer
            writer.release()
    finally:
        cv2.utils.logging.setLogLevel(level)
    raise SceneWriteError(f"{path}: this OpenCV writes none of the codecs {', '.join(CODECS)}")
