"""Where boxes were, as a camera sees them, while it exposed an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.geometry.boxes import corners
from avlabel.geometry.turning import arc_m
from avlabel.geometry.view import reaches, view_of

ROW_ITERATIONS = 3
"""A corner's row and its time depend on each other; the second answer is already within 0.01 px
for anything on a road."""


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
    reach = np.zeros(len(cuboids), np.bool_)
    for t, pose in zip(exposure_limits_ns(camera, exposure_ns), world_from_ego, strict=True):
        center, _ = _placed(cuboids, turn_rate, int(t))
        center = np.asarray((pose @ camera.ego_from_sensor).inverse().apply(center))
        reach |= reaches(view, center, radius_m)
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
    offsets = corners(cuboids) - cuboids.center[:, None]
    first = _seen_at(cuboids, offsets, turn_rate, camera, int(limits[0]), world_from_ego[0])
    readout_ns = int(limits[1] - limits[0])
    if readout_ns == 0:
        return Exposed(first, np.full(len(cuboids), exposure_ns, np.int64))
    last = _seen_at(cuboids, offsets, turn_rate, camera, int(limits[1]), world_from_ego[1])
    t_ns = np.full(first.shape[:2], exposure_ns, np.int64)
    for _ in range(ROW_ITERATIONS):
        part = (t_ns - limits[0])[..., None] / readout_ns
        seen = first + part * (last - first)
        t_ns = _row_times(seen, camera, exposure_ns, limits)
    part = (t_ns - limits[0])[..., None] / readout_ns
    mean_ns = exposure_ns + (t_ns - exposure_ns).mean(axis=1).round().astype(np.int64)
    return Exposed(first + part * (last - first), mean_ns)


def _placed(cuboids: Cuboids, turn_rate: Float64 | None, t_ns: int) -> tuple[Float64, Float64]:
    """Centres (N, 3) at ``t_ns``, and the angles (N,) by which the boxes have turned by then."""
    dt_s: Float64 = 1e-9 * (t_ns - cuboids.timestamp_ns).astype(np.float64)
    rate = np.zeros(len(cuboids)) if turn_rate is None else turn_rate
    velocity = np.nan_to_num(cuboids.velocity.astype(np.float64), nan=0.0)
    return cuboids.center + arc_m(velocity, rate, dt_s), rate * dt_s


def _seen_at(
    cuboids: Cuboids,
    offsets: Float64,
    turn_rate: Float64 | None,
    camera: Camera,
    t_ns: int,
    world_from_ego: SE3,
) -> Float64:
    """Corners in the camera frame at ``t_ns``; ``offsets`` (N, 8, 3) from their centres."""
    center, angle = _placed(cuboids, turn_rate, t_ns)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = np.moveaxis(offsets, -1, 0)
    turned = np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=-1)
    world = (center[:, None] + turned).reshape(-1, 3)
    cam_from_world = (world_from_ego @ camera.ego_from_sensor).inverse()
    return np.asarray(cam_from_world.apply(world).reshape(offsets.shape), np.float64)


def _row_times(corners_cam: Float64, camera: Camera, exposure_ns: int, limits: Int64) -> Int64:
    """(N, 8) when each corner's row was exposed; the middle row's time for unseen corners."""
    uv, valid = camera.model.project(corners_cam.reshape(-1, 3))
    middle = (camera.model.height_px - 1) / 2
    # The clamp bounds pixels far above or below the image, which no row ever saw.
    rows = np.clip(np.where(valid, uv[:, 1], middle), -1.0, camera.model.height_px)
    t_ns = camera.row_time_ns(exposure_ns, rows).clip(limits[0], limits[1])
    return np.asarray(t_ns.reshape(corners_cam.shape[:2]))
