"""Files of camera poses: 12 numbers a line, one line a frame."""

from __future__ import annotations

from pathlib import Path

from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.files import read_number_rows


def read_camera_poses(path: Path, ego_from_rect: SE3) -> SE3:
    """Read poses of the rectified camera 0, relative to its first.

    Args:
        path: the file.
        ego_from_rect: where the camera sits.

    Returns:
        A stack of ``world_from_ego``. The world is the first ego frame, so that z is up as far
        as the vehicle stood level.

    Raises:
        ReadError: for a file that is missing, empty or no table of numbers.
        CalibrationError: for a line that is no rigid transform.
    """
    rows = read_number_rows(path, 12)
    if not len(rows):
        raise ReadError(f"{path}: expected one pose a line, got none")
    poses = []
    for line, row in enumerate(rows, start=1):
        try:
            poses.append(SE3.from_matrix(row.reshape(3, 4)))
        except CalibrationError as error:
            raise type(error)(f"{path}: line {line}: {error}") from error
    return ego_from_rect @ SE3.stack(poses) @ ego_from_rect.inverse()
