"""Camera images: references into the recording, or their encoded bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import pyarrow as pa

from avlabel.core.arrays import UInt8
from avlabel.core.encoded_images import size_in_header
from avlabel.errors import ReadError
from avlabel.scenes.convert.columns import build
from avlabel.scenes.tables import IMAGES, IMAGES_EMBEDDED

Shrink = Literal[1, 2, 4, 8]
"""What an image's sides are divided by."""
SHRINKS: tuple[Shrink, ...] = (1, 2, 4, 8)
_RGB = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
_FLAGS: dict[Shrink, int] = {
    1: _RGB,
    2: _RGB | cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: _RGB | cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: _RGB | cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
"""OpenCV's reduced flags say "grey" unless a colour's flag is beside them."""


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image of a frame.

    Attributes:
        frame_idx: the frame it belongs to.
        sensor_id: the camera.
        timestamp_ns: exposure of the middle row.
        dt_to_ref_ns: ``timestamp_ns`` less the frame's ``ref_ns``.
        width: pixels.
        height: pixels.
        sha256: hex digest of the encoded image.
        uri: relative to the recording's folder, POSIX style.
    """

    frame_idx: int
    sensor_id: str
    timestamp_ns: int
    dt_to_ref_ns: int
    width: int
    height: int
    sha256: str
    uri: str


def images_to_table(rows: Sequence[ImageRow]) -> pa.Table:
    """References as a table ``images/<camera>``."""
    return build(IMAGES, _columns(rows))


def embedded_to_table(row: ImageRow, encoded: bytes) -> pa.Table:
    """One image with its bytes: one row group."""
    return build(IMAGES_EMBEDDED, {**_columns([row]), "encoded": [encoded]})


def _columns(rows: Sequence[ImageRow]) -> dict[str, list[object]]:
    return {c.name: [getattr(row, c.name) for row in rows] for c in IMAGES.columns}


def digest(encoded: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(encoded).hexdigest()


def decode(encoded: bytes, where: str, size_px: tuple[int, int], shrink: Shrink = 1) -> UInt8:
    """(H, W, 3) uint8 RGB of an image file's bytes, in the sensor's own orientation.

    Args:
        encoded: the bytes.
        where: what to call it in errors.
        size_px: width and height that it must have, so that nothing larger is unpacked.
        shrink: divides both sides, but for a rest; a JPEG is then never unpacked whole.

    Raises:
        ReadError: if they are no image, or a PNG or JPEG of another size.
    """
    size = size_in_header(encoded)
    if size is not None and size != size_px:
        raise ReadError(f"{where}: {size[0]} x {size[1]} px; expected {size_px[0]} x {size_px[1]}")
    rgb = cv2.imdecode(np.frombuffer(encoded, np.uint8), _FLAGS[shrink]) if encoded else None
    if rgb is None:
        raise ReadError(f"{where}: not an image that can be decoded")
    return np.asarray(rgb, np.uint8)
