"""Where boxes were, as a camera sees them, while it exposed an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float32, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.geometry.boxes import UNIT_CORNERS
from avlabel.geometry.turning import arc_m
from avlabel.geometry.view import reaches, view_of

ROW_ITERATIONS = 2
"""A corner's row and its time depend on each other; the second answer is within 0.01 px for
anything on a road."""


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """N boxes in the camera frame, each corner at the time when its own row was exposed.

    Attributes:
        corners_cam: (N, 8, 3) float64 metres, ordered as ``geometry.boxes.corners``.
        t_capture_ns: (N,) int64, mean over the corners.
    """

    corners_cam: Float64
    t_capture_ns: Int64

    @property
    def depth_m(self) -> Float64:
        """(N,) depth of each centre along the optical axis."""
        return np.asarray(self.corners_cam[:, :, 2].mean(axis=1))


def exposure_limits_ns(camera: Camera, exposure_ns: int) -> Int64:
    """(2,) when the image's first and last row were exposed; equal for a global shutter."""
    rows = np.array([-0.5, camera.model.height_px - 0.5])
    return camera.row_time_ns(exposure_ns, rows)


def in_reach(
    cuboids: Cuboids,
    camera: Camera,
    exposure_ns: int,
    world_from_ego: tuple[SE3, SE3],
    turn_rate: Float64 | None = None,
) -> BoolArray:
    """(N,) bool: boxes whose bounding sphere touches the camera's view; arguments as ``expose``."""
    view = view_of(camera.model)
    radius_m = np.linalg.norm(cuboids.size_lwh, axis=1) / 2
    motion = _motion(cuboids, turn_rate)
    reach = np.zeros(len(cuboids), np.bool_)
    for t, pose in zip(exposure_limits_ns(camera, exposure_ns), world_from_ego, strict=True):
        cam_from_world = (pose @ camera.ego_from_sensor).inverse()
        placed = t, cam_from_world.rotation, cam_from_world.translation
        reach |= reaches(view, _centers_at(*motion, *placed), radius_m)
    return reach


def expose(
    cuboids: Cuboids,
    camera: Camera,
    exposure_ns: int,
    world_from_ego: tuple[SE3, SE3],
    turn_rate: Float64 | None = None,
) -> Exposed:
    """Put boxes where the camera saw them.

    Each box moves from its ``timestamp_ns`` to the exposure at constant turn rate and velocity
    (``turning.arc_m``; it stands where the velocity is unknown), turns about its centre as far,
    and is seen from where the ego vehicle was by then. Over the readout of a rolling shutter,
    corners move on straight lines in the camera frame: for a camera that turns at 30 degrees a
    second and a car that crosses 14 m ahead at 30 m/s, that is off by 0.2 px of a lens of
    1000 px.

    Args:
        cuboids: N boxes in the world.
        camera: which camera, with its readout.
        exposure_ns: exposure of the middle row.
        world_from_ego: ego pose at the first and at the last row (``exposure_limits_ns``).
        turn_rate: (N,) radians a second about the world's z (``turning.turn_rates``); none of
            the boxes turns if not given.
    """
    limits = exposure_limits_ns(camera, exposure_ns)
    motion = *_motion(cuboids, turn_rate), cuboids.quat_wxyz, cuboids.size_lwh
    first, last = (
        _corners_at(*motion, t, cam_from_world.rotation, cam_from_world.translation)
        for t, cam_from_world in zip(
            limits,
            [(ego @ camera.ego_from_sensor).inverse() for ego in world_from_ego],
            strict=True,
        )
    )
    readout_ns = int(limits[1] - limits[0])
    if readout_ns == 0:
        return Exposed(first, np.full(len(cuboids), exposure_ns, np.int64))
    part = np.full(first.shape[:2], 0.5)
    for _ in range(ROW_ITERATIONS):
        part = _readout_part(first + part[..., None] * (last - first), camera)
    t_capture_ns = limits[0] + (part.mean(axis=1) * readout_ns).round().astype(np.int64)
    return Exposed(first + part[..., None] * (last - first), t_capture_ns)


def corners_as_labelled(cuboids: Cuboids, cam_from_world: SE3) -> Float64:
    """(N, 8, 3) corners of boxes in the world where they were at their own times, camera frame."""
    still = np.zeros((len(cuboids), 3), np.float32), np.zeros(len(cuboids)), cuboids.timestamp_ns
    shape = cuboids.quat_wxyz, cuboids.size_lwh
    camera = cam_from_world.rotation, cam_from_world.translation
    return np.asarray(_corners_at(cuboids.center, *still, *shape, np.int64(0), *camera))


def _motion(cuboids: Cuboids, turn_rate: Float64 | None) -> tuple[Float64, Float32, Float64, Int64]:
    rate = np.zeros(len(cuboids)) if turn_rate is None else turn_rate
    return cuboids.center, cuboids.velocity, rate, cuboids.timestamp_ns


def _readout_part(corners_cam: Float64, camera: Camera) -> Float64:
    """(N, 8) how far the readout had come at each corner's row; half for unseen corners.

    Pixels above or below the image, which no row ever saw, take the nearest row's.
    """
    uv, valid = camera.model.project(corners_cam.reshape(-1, 3))
    part = np.clip((uv[:, 1] + 0.5) / camera.model.height_px, 0.0, 1.0)
    return np.asarray(np.where(valid, part, 0.5).reshape(corners_cam.shape[:2]))


@njit(cache=True, nogil=True)
def _centers_at(center, velocity, rate, timestamp_ns, t_ns, rotation, translation):  # type: ignore[no-untyped-def]
    """(N, 3) centres at ``t_ns``, camera frame."""
    out = np.empty((len(center), 3))
    for i in range(len(center)):
        x, y, z = arc_m(velocity[i], rate[i], 1e-9 * (t_ns - timestamp_ns[i]))
        x, y, z = center[i, 0] + x, center[i, 1] + y, center[i, 2] + z
        for d in range(3):
            r = rotation[d]
            out[i, d] = r[0] * x + r[1] * y + r[2] * z + translation[d]
    return out


@njit(cache=True, nogil=True)
def _corners_at(center, velocity, rate, timestamp_ns, quat, size, t_ns, rotation, translation):  # type: ignore[no-untyped-def]
    """(N, 8, 3) corners at ``t_ns``, camera frame."""
    middle = _centers_at(center, velocity, rate, timestamp_ns, t_ns, rotation, translation)
    out, axes = np.empty((len(center), 8, 3)), np.empty((3, 3))
    for i in range(len(center)):
        angle = rate[i] * (1e-9 * (t_ns - timestamp_ns[i]))
        _axes_of(quat[i], np.cos(angle), np.sin(angle), rotation, axes)
        for k in range(8):
            for d in range(3):
                out[i, k, d] = middle[i, d]
                for a in range(3):
                    out[i, k, d] += UNIT_CORNERS[k, a] * size[i, a] * axes[a, d]
    return out


@njit(cache=True, nogil=True)
def _axes_of(quat, cos, sin, rotation, axes):  # type: ignore[no-untyped-def]
    """Write a box's axes (rows) after a turn about the world's z, camera frame."""
    scale = 1.0 / np.sqrt(quat[0] ** 2 + quat[1] ** 2 + quat[2] ** 2 + quat[3] ** 2)
    w, x, y, z = quat[0] * scale, quat[1] * scale, quat[2] * scale, quat[3] * scale
    world = (
        (1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)),
        (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)),
        (2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)),
    )
    for a in range(3):
        ahead = cos * world[a][0] - sin * world[a][1]
        left = sin * world[a][0] + cos * world[a][1]
        for d in range(3):
            r = rotation[d]
            axes[a, d] = r[0] * ahead + r[1] * left + r[2] * world[a][2]
