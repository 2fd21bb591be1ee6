"""Images of the world through any lens, with a rolling shutter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from avlabel.core.arrays import Float64, Int32, Int64, UInt8
from avlabel.core.rig import Camera
from avlabel.core.trajectory import Trajectory
from avlabel.simulation.intersect import Primitives
from avlabel.simulation.raycast import NO_HIT, BodyPoses, Bundles, Hits, cast
from avlabel.simulation.surface import look_up
from avlabel.simulation.world import World

PIXELS_A_BUNDLE = 32
VIEW_M = 250.0
HAZE_M = 260.0
SUN = np.array([0.35, -0.45, 0.82])
SKY_LOW, SKY_HIGH = np.array([0.74, 0.80, 0.87]), np.array([0.36, 0.55, 0.82])
AMBIENT = 0.45
READ_NOISE = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One image.

    Attributes:
        rgb: (H, W, 3) uint8.
        object_id: (H, W) int32 actor seen at each pixel, -1 for none.
    """

    rgb: UInt8
    object_id: Int32


def pixel_rays(camera: Camera) -> Float64:
    """(H, W, 3) unit rays in the camera frame through pixels' centres; NaN where none leads."""
    u, v = np.meshgrid(np.arange(camera.model.width_px), np.arange(camera.model.height_px))
    rays = camera.model.unproject(np.column_stack([u.ravel(), v.ravel()]).astype(np.float64))
    return rays.reshape(camera.model.height_px, camera.model.width_px, 3)


def photograph(
    world: World,
    camera: Camera,
    rays_cam: Float64,
    trajectory: Trajectory,
    timestamp_ns: int,
    epoch_ns: int,
    rng: np.random.Generator,
) -> Picture:
    """Expose one image; pixels that no ray reaches stay black.

    Args:
        world: what is there; its time 0 is ``epoch_ns``.
        camera: where it sits, its optics and shutter.
        rays_cam: (H, W, 3) from ``pixel_rays``.
        trajectory: of the ego vehicle.
        timestamp_ns: exposure of the middle row.
        epoch_ns: the world's time 0.
        rng: of this image alone.
    """
    salt = int(rng.integers(1 << 31))
    bundles, poses = _fire(world, camera, rays_cam, trajectory, timestamp_ns, epoch_ns, salt)
    hits = cast(bundles, _opaque(world), poses, world.ground, VIEW_M, 0)
    surface = look_up(world, bundles, hits, poses)
    lit = AMBIENT + (1 - AMBIENT) * np.maximum(hits.normal @ (SUN / np.linalg.norm(SUN)), 0.0)
    sky = _sky(bundles.direction)
    clear = np.exp(-np.where(np.isfinite(hits.range_m), hits.range_m, 0.0) / HAZE_M)[:, None]
    linear = surface.colour * lit[:, None] * 1.25 * clear + SKY_LOW * (1 - clear)
    linear = np.where((hits.primitive == NO_HIT)[:, None], sky, linear)
    encoded = 255.0 * np.clip(linear, 0.0, 1.0) ** (1 / 2.2) + rng.normal(
        0.0, READ_NOISE, (len(linear), 1)
    )
    seen = np.isfinite(rays_cam[..., 0])
    rgb = np.zeros(rays_cam.shape, np.uint8)
    rgb[seen] = np.clip(np.round(encoded), 0, 255)
    owner = np.full(seen.shape, -1, np.int32)
    owner[seen] = _owners(world, hits)
    return Picture(rgb, owner)


def count_pixels(
    world: World,
    camera: Camera,
    rays_cam: Float64,
    trajectory: Trajectory,
    timestamp_ns: int,
    epoch_ns: int,
) -> tuple[Int64, Int64]:
    """How many pixels each of A actors takes up in an image, and would if it stood alone.

    Args:
        world: what is there; its time 0 is ``epoch_ns``.
        camera: where it sits, its optics and shutter.
        rays_cam: (H, W, 3) from ``pixel_rays``.
        trajectory: of the ego vehicle.
        timestamp_ns: exposure of the middle row.
        epoch_ns: the world's time 0.

    Returns:
        (A,) and (A,) int64.
    """
    bundles, poses = _fire(world, camera, rays_cam, trajectory, timestamp_ns, epoch_ns, 0)
    n_actors = len(world.actors)
    hits = cast(bundles, _opaque(world), poses, world.ground, VIEW_M, n_actors)
    owner = _owners(world, hits)
    return np.bincount(owner[owner >= 0], minlength=n_actors).astype(np.int64), hits.alone


def _fire(
    world: World,
    camera: Camera,
    rays_cam: Float64,
    trajectory: Trajectory,
    timestamp_ns: int,
    epoch_ns: int,
    salt: int,
) -> tuple[Bundles, BodyPoses]:
    """Rays through all pixels that have one, and where everything is from first to last row."""
    height = len(rays_cam)
    row_ns = camera.row_time_ns(timestamp_ns, np.arange(height, dtype=np.float64))
    world_from_cam = trajectory.at(row_ns) @ camera.ego_from_sensor
    seen = np.isfinite(rays_cam[..., 0])
    start, row = _bundles(seen.sum(axis=1))
    bundles = Bundles(
        start,
        np.asarray(world_from_cam.translation)[row],
        np.linspace(0.0, 1.0, height)[row],
        np.einsum("hij,hwj->hwi", world_from_cam.rotation, rays_cam)[seen],
        salt,
    )
    return bundles, world.poses((np.array([row_ns[0], row_ns[-1]]) - epoch_ns) / 1e9)


def _bundles(rays_in_row: Int64) -> tuple[Int64, Int64]:
    """First ray of each bundle, and behind the last, (M + 1,); and the row it is of (M,)."""
    first = np.concatenate([[0], np.cumsum(rays_in_row)])
    starts = [np.arange(a, b, PIXELS_A_BUNDLE) for a, b in pairwise(first)]
    rows = np.repeat(np.arange(len(starts)), [len(row) for row in starts])
    return np.concatenate([*starts, first[-1:]]).astype(np.int64), rows


def _opaque(world: World) -> Primitives:
    """To an eye, glass and spokes are surfaces."""
    return world.primitives._replace(opacity=np.ones_like(world.primitives.opacity))


def _owners(world: World, hits: Hits) -> Int32:
    """(R,) actor that each ray hit, -1 for none."""
    owner = np.full(len(hits.body), -1, np.int32)
    solid = hits.body >= 0
    owner[solid] = world.primitives.body_object[hits.body[solid]]
    return owner


def _sky(direction: Float64) -> Float64:
    up = np.clip(direction[:, 2:3] * 2.0, 0.0, 1.0)
    return np.asarray(SKY_LOW + up * (SKY_HIGH - SKY_LOW))
