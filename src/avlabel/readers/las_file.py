"""LAS and LAZ files through the package ``laspy`` (extra ``las``)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.errors import InputError, ReadError
from avlabel.readers.point_fields import MAX_POINTS

DTYPE = [("x", "f8"), ("y", "f8"), ("z", "f8"), ("intensity", "u2")]


def parse_las(data: bytes, where: str) -> NDArray[Any]:
    """(N,) structured: x, y, z in metres and the intensity; GPS times run on another clock.

    Raises:
        InputError: if laspy is not installed.
        ReadError: if it is no LAS file, is truncated, or too large.
    """
    try:
        import laspy
    except ImportError as error:
        raise InputError(
            f"{where}: LAS files are read by laspy, which is not installed: pip install "
            "avlabel[las]"
        ) from error
    try:
        with laspy.open(io.BytesIO(data)) as reader:
            count = int(reader.header.point_count)
            if count > MAX_POINTS:
                raise ReadError(f"{where}: expected at most {MAX_POINTS} points, got {count}")
            stored = reader.read()
            points = np.zeros(len(stored.points), DTYPE)
            for name, _ in DTYPE:
                points[name] = getattr(stored, name)
    except ReadError:
        raise
    # A damaged file ends in whatever laspy or its decompressor runs into.
    except Exception as error:
        said = error or type(error).__name__
        raise ReadError(f"{where}: cannot be read as LAS: {said}") from error
    if len(points) != count:
        raise ReadError(f"{where}: expected {count} points, got {len(points)}")
    return points
