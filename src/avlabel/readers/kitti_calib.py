"""KITTI calibration files, and the rig they describe.

The sensor set-up (Geiger et al. 2013): the Velodyne sits 1.73 m above the road and 0.76 m in
front of the rear axle, on the car's middle line; the IMU 0.81 m behind and 0.32 m to the left
of it. Images are rectified; camera i has the axes of the rectified camera 0 and is displaced
from it by the fourth column of its projection matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import Pinhole
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.files import finite_numbers, read_text

LIDAR = "velodyne"
EGO_FROM_VELO = SE3(np.eye(3), np.array([0.76, 0.0, 1.73]))
USUAL_SIZE_PX = (1242, 375)
"""For a camera none of whose images is here."""


@dataclass(frozen=True, slots=True, eq=False)
class KittiCalib:
    """What projection and poses need.

    Attributes:
        rect_from_velo: rectified camera 0 from Velodyne.
        velo_from_imu: Velodyne from IMU, or None where the recording gives none.
        projections: (3, 4) matrices, rectified camera 0 to pixels, by camera number.
    """

    rect_from_velo: SE3
    velo_from_imu: SE3 | None
    projections: Mapping[int, Float64]

    @property
    def ego_from_rect(self) -> SE3:
        """Ego from rectified camera 0."""
        return EGO_FROM_VELO @ self.rect_from_velo.inverse()

    def rig(
        self, camera_numbers: Mapping[str, int], sizes_px: Mapping[str, tuple[int, int]]
    ) -> Rig:
        """The Velodyne and the named cameras.

        Args:
            camera_numbers: KITTI's number of each camera id.
            sizes_px: width and height by camera id; the usual KITTI size where absent.

        Raises:
            CalibrationError: if a projection matrix is none.
        """
        cameras = {
            sensor_id: self._camera(sensor_id, number, sizes_px.get(sensor_id, USUAL_SIZE_PX))
            for sensor_id, number in camera_numbers.items()
        }
        return Rig({LIDAR: Lidar(LIDAR, EGO_FROM_VELO)}, cameras)

    def _camera(self, sensor_id: str, number: int, size_px: tuple[int, int]) -> Camera:
        projection = self.projections[number]
        k = projection[:, :3]
        if abs(np.linalg.det(k)) < 1e-9 or not np.allclose(k[2], [0, 0, 1]):
            raise CalibrationError(
                f"camera '{sensor_id}': P{number} is no projection: {k.tolist()}"
            )
        offset_m = np.asarray(np.linalg.solve(k, projection[:, 3]), np.float64)
        intrinsics = np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]])
        return Camera(
            sensor_id,
            self.ego_from_rect @ SE3(np.eye(3), -offset_m),
            Pinhole(*size_px, intrinsics),
        )


def read_calib_values(path: Path) -> dict[str, Float64]:
    """Named lists of numbers, one a line, with or without a colon after the name.

    Lines whose values are not all numbers, such as ``calib_time``, are passed over.

    Raises:
        ReadError: if the file is missing or no UTF-8.
    """
    values: dict[str, Float64] = {}
    for line in read_text(path).splitlines():
        name, *words = line.split() or [""]
        if words and all(_looks_numeric(word) for word in words):
            where = f"{path}: {name.rstrip(':')}"
            values[name.rstrip(":")] = np.array(finite_numbers(words, where))
    return values


def read_calib(path: Path) -> KittiCalib:
    """Read a calibration file of the tracking or the object benchmark.

    Raises:
        ReadError: if the file is missing or no text.
        CalibrationError: naming file and field.
    """
    values = read_calib_values(path)
    rotation = calib_field(values, path, ("R0_rect", "R_rect"), 9).reshape(3, 3)
    rect_from_cam = rigid(np.column_stack([rotation, np.zeros(3)]), path, "R0_rect")
    velo_to_cam = calib_field(values, path, ("Tr_velo_to_cam", "Tr_velo_cam"), 12)
    imu_names = ("Tr_imu_to_velo", "Tr_imu_velo")
    has_imu = any(name in values for name in imu_names)
    return KittiCalib(
        rect_from_cam @ rigid(velo_to_cam, path, "Tr_velo_to_cam"),
        rigid(calib_field(values, path, imu_names, 12), path, imu_names[0]) if has_imu else None,
        {i: calib_field(values, path, (f"P{i}",), 12).reshape(3, 4) for i in range(4)},
    )


def calib_field(
    values: Mapping[str, Float64], path: Path, names: tuple[str, ...], count: int
) -> Float64:
    """Numbers of the first of ``names`` that is there.

    Raises:
        CalibrationError: if none is, or it has not ``count`` numbers.
    """
    name = next((name for name in names if name in values), None)
    if name is None:
        have = ", ".join(values) or "nothing"
        raise CalibrationError(f"{path}: expected '{names[0]}' with {count} numbers, got {have}")
    if len(values[name]) != count:
        raise CalibrationError(f"{path}: {name}: expected {count} numbers, got {len(values[name])}")
    return values[name]


def rigid(matrix_3x4: Float64, path: Path, name: str) -> SE3:
    """A transform out of 12 numbers, row by row.

    Raises:
        NotARotationError, MirroredRotationError: if its 3 x 3 part is no rotation.
    """
    try:
        return SE3.from_matrix(matrix_3x4.reshape(3, 4))
    except CalibrationError as error:
        raise type(error)(f"{path}: {name}: {error}") from error


def _looks_numeric(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
