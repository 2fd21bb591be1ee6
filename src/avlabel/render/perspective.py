"""A sweep and its cuboids in perspective, from behind and above the ego vehicle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64, FloatArray, UInt8
from avlabel.core.cameras import NEAR_M, Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import Taxonomy
from avlabel.geometry.boxes import corners
from avlabel.geometry.projection import project_polygons, project_segments
from avlabel.render.camera import draw_cuboids
from avlabel.render.ink import blank, blend, draw_fills, draw_lines
from avlabel.render.palette import EGO, GRID, GROUND, class_colors
from avlabel.render.ramps import HEIGHT, HIGHEST_M, LOWEST_M, ramp_colors
from avlabel.render.splat import no_depth, splat
from avlabel.render.trails import Trail

POINT_M, LARGEST_PX = 0.06, 4
"""A point looks as large as a disc of that size, up to so many pixels."""

FOG_M = 130.0
"""Distance at which colours have faded to 1 / e of theirs; what is near stands out."""

GRID_STEP_M, GRID_REACH_M = 10, 80
EGO_ARROW = np.array([[3.8, 0.0, 0.0], [-0.9, 1.0, 0.0], [-0.2, 0.0, 0.0], [-0.9, -1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Chase:
    """A camera that follows the ego vehicle.

    Attributes:
        width_px: of the picture.
        height_px: of the picture.
        behind_m: how far behind the rear axle it is.
        above_m: how high above the ground.
        ahead_m: how far ahead of the rear axle it looks, onto the ground.
        around: radians that it has turned about the rear axle, counter-clockwise seen from above.
        fov_y: radians from the upper to the lower border.
    """

    width_px: int = 1280
    height_px: int = 720
    behind_m: float = 18.0
    above_m: float = 10.0
    ahead_m: float = 11.0
    around: float = 0.0
    fov_y: float = float(np.deg2rad(48.0))

    @property
    def ego_from_cam(self) -> SE3:
        """Where it is; x right, y down, z forward."""
        way = np.array([self.behind_m + self.ahead_m, 0.0, -self.above_m])
        forward = way / np.linalg.norm(way)
        right = np.array([0.0, -1.0, 0.0])
        axes = np.column_stack([right, np.cross(forward, right), forward])
        eye = np.array([-self.behind_m, 0.0, self.above_m])
        return SE3.from_yaw(self.around, np.zeros(3)) @ SE3(axes, eye)

    @property
    def model(self) -> Pinhole:
        """Its optics."""
        focal_px = self.height_px / 2 / np.tan(self.fov_y / 2)
        middle = (self.width_px - 1) / 2, (self.height_px - 1) / 2
        return Pinhole(self.width_px, self.height_px, np.array([focal_px, focal_px, *middle]))


def draw_perspective(
    points_ego: FloatArray,
    cuboids_ego: Cuboids,
    trails_ego: Sequence[Trail],
    taxonomy: Taxonomy,
    chase: Chase | None = None,
) -> UInt8:
    """Draw a frame as somebody who flies behind the ego vehicle sees it.

    Args:
        points_ego: (P, 3) metres, coloured by height.
        cuboids_ego: boxes of the frame, in the same ego frame.
        trails_ego: ways of the tracks up to now, in the same ego frame.
        taxonomy: names of the classes.
        chase: from where.

    Returns:
        (H, W, 3) RGB image.
    """
    chase = chase or Chase()
    model, cam_from_ego = chase.model, chase.ego_from_cam.inverse()
    image = blank(chase.height_px, chase.width_px)
    _draw_grid(image, cam_from_ego, model)
    image = _draw_trails(image, trails_ego, cam_from_ego, model, taxonomy)
    draw_points(image, points_ego, cam_from_ego, model)
    _draw_ego(image, cam_from_ego, model)
    corners_cam = cam_from_ego.apply(corners(cuboids_ego).reshape(-1, 3)).reshape(-1, 8, 3)
    return draw_cuboids(image, cuboids_ego, np.asarray(corners_cam), model, taxonomy)


def draw_points(image: UInt8, points: FloatArray, cam_from_points: SE3, model: Pinhole) -> None:
    """Draw points (P, 3) coloured by their z into ``image``, the nearer before the farther."""
    colors = ramp_colors(np.ascontiguousarray(points[:, 2]), LOWEST_M, HIGHEST_M, HEIGHT)
    placed = cam_from_points.rotation, cam_from_points.translation
    fog = np.array(GROUND, np.float64)
    _draw_points(image, no_depth(image), points, colors, *placed, model.intrinsics, fog)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_points(image, nearest, points, colors, r, t, intrinsics, fog):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        depth = r[2, 0] * x + r[2, 1] * y + r[2, 2] * z + t[2]
        # Written so that a point that is not a number is left out.
        if not depth > NEAR_M:
            continue
        u = fx * (r[0, 0] * x + r[0, 1] * y + r[0, 2] * z + t[0]) / depth + cx
        v = fy * (r[1, 0] * x + r[1, 1] * y + r[1, 2] * z + t[1]) / depth + cy
        if not (-9.0 < u < image.shape[1] + 9.0 and -9.0 < v < image.shape[0] + 9.0):
            continue
        clear = np.exp(-depth / FOG_M)
        red = clear * colors[i, 0] + (1.0 - clear) * fog[0]
        green = clear * colors[i, 1] + (1.0 - clear) * fog[1]
        blue = clear * colors[i, 2] + (1.0 - clear) * fog[2]
        size_px = min(max(int(fx * POINT_M / depth + 0.5), 1), LARGEST_PX)
        splat(image, nearest, u, v, depth, red, green, blue, size_px)


def _draw_grid(image: UInt8, cam_from_ego: SE3, model: Pinhole) -> None:
    """Squares of 10 m on the ground of the ego vehicle."""
    at = np.arange(-GRID_REACH_M, GRID_REACH_M + 1, GRID_STEP_M, dtype=np.float64)
    ends = np.full_like(at, GRID_REACH_M)
    across = np.stack([np.column_stack([at, -ends]), np.column_stack([at, ends])], axis=1)
    level = np.concatenate([across, across[:, :, ::-1]])
    lines = np.concatenate([level, np.zeros((*level.shape[:2], 1))], axis=2)
    draw_lines(image, _seen(lines, cam_from_ego, model), GRID, 1)


def _draw_trails(
    image: UInt8, trails: Sequence[Trail], cam_from_ego: SE3, model: Pinhole, taxonomy: Taxonomy
) -> UInt8:
    colors, layer = class_colors(taxonomy), image.copy()
    for trail in trails:
        steps = np.stack([trail.points[:-1], trail.points[1:]], axis=1)
        draw_lines(layer, _seen(steps, cam_from_ego, model), colors[trail.category], 2)
    return blend(image, layer, 0.6)


def _draw_ego(image: UInt8, cam_from_ego: SE3, model: Pinhole) -> None:
    """An arrowhead on the ground, the size of a car, in two convex halves."""
    for half in (EGO_ARROW[:3], EGO_ARROW[[0, 2, 3]]):
        outline = project_polygons(np.asarray(cam_from_ego.apply(half), np.float64)[None], model)
        draw_fills(image, outline.pieces(0), EGO)


def _seen(lines: Float64, cam_from_ego: SE3, model: Pinhole) -> list[Float64]:
    """Pieces in the picture of lines (L, 2, 3)."""
    lines_cam = cam_from_ego.apply(lines.reshape(-1, 3)).reshape(-1, 2, 3)
    found = project_segments(np.asarray(lines_cam, np.float64), model)
    return [piece for i in range(len(lines)) for piece in found.pieces(i)]
