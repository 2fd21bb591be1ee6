"""Names and frames that every Feather file of Argoverse 2 shares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Int64
from avlabel.core.se3 import SE3
from avlabel.errors import NotARotationError, ReadError
from avlabel.readers.arrow_columns import matrix, whole
from avlabel.readers.files import numbered_files

AXLE_HEIGHT_M = 0.33
"""Their ego frame lies in the rear axle, this far above the road. Measured, not published: the
road around the cars of two logs lies 0.33 m below it, within a centimetre."""
EGO_FROM_AXLE = SE3(np.eye(3), np.array([0.0, 0.0, AXLE_HEIGHT_M]))
TURN_NS = 106_000_000
"""From a sweep's time to its last point: the turns of its two LiDARs begin 4 ms apart."""
QUAT = ("qw", "qx", "qy", "qz")
PLACE = ("tx_m", "ty_m", "tz_m")
SIZE = ("length_m", "width_m", "height_m")
LATEST_NS = 2**62
"""So that differences of two times are still of 64 bits."""


def poses_of(table: pa.Table, where: str) -> SE3:
    """Stack of N transforms, one a row.

    Raises:
        ReadError: naming column and row.
        NotARotationError: naming the row whose quaternion has not the length 1.
    """
    quats, places = matrix(table, QUAT, where), matrix(table, PLACE, where)
    with np.errstate(over="ignore"):
        length = np.linalg.norm(quats, axis=1)
    if not (unit := np.abs(length - 1) < 1e-3).all():
        row = int(np.flatnonzero(~unit)[0])
        raise NotARotationError(
            f"{where}: row {row}: not a rotation; expected a quaternion of length 1, "
            f"got {length[row]:.6g}"
        )
    if not len(quats):
        return SE3(np.zeros((0, 3, 3)), np.zeros((0, 3)))
    return SE3.from_quat(quats, places)


def times_of(table: pa.Table, where: str) -> Int64:
    """(N,) int64 column ``timestamp_ns``.

    Raises:
        ReadError: naming the row.
    """
    return whole(table, "timestamp_ns", where, above=0, below=LATEST_NS)


def stamped_files(folder: Path, suffix: str) -> dict[int, Path]:
    """Files whose names are times in nanoseconds, in order of time.

    Raises:
        ReadError: if a name is no time, or two names are the same time.
    """
    files = numbered_files(folder, suffix)
    for time_ns, path in files.items():
        if time_ns > LATEST_NS:
            raise ReadError(f"{path}: expected nanoseconds before '{suffix}', got more than 2^62")
    return files
