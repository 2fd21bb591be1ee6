"""One box pictured: cut out of the image that shows it best, beside the street from above."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from avlabel.core.arrays import Float32, Float64, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import ReadError, SceneNotFoundError
from avlabel.geometry.boxes import bev_corners
from avlabel.geometry.projection import project_boxes
from avlabel.geometry.turning import turn_rates
from avlabel.render.bev import draw_street
from avlabel.render.camera import CameraStyle, draw_cuboids
from avlabel.render.ink import blank, draw_outline
from avlabel.render.palette import SELECTED
from avlabel.render.shots import SeenBoxes, Shot, Shots
from avlabel.render.window import BevWindow
from avlabel.scenes.scene import Scene

WIDTH_PX, HEIGHT_PX = 330, 250
GAP_PX = 4
PX_PER_M = 12.0
MARGIN = 2.0
"""A cut-out is this many times as wide as its box,"""
LEAST_PX = 160.0
"""but not narrower than this, in pixels of the camera."""


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A camera's image that shows the box, the last of those seen."""

    shot: Shot
    seen: SeenBoxes
    uv_box: Float64

    @property
    def size_px(self) -> float:
        """Area that the box takes up."""
        u0, v0, u1, v1 = self.uv_box
        return float((u1 - u0) * (v1 - v0))


class Cutouts:
    """Pictures of boxes of one scene.

    Args:
        scene: opened.
        labels: that are drawn around each box, in the world.
    """

    def __init__(self, scene: Scene, labels: Cuboids) -> None:
        self._scene, self._labels = scene, labels
        self._turn_rate = turn_rates(labels)
        self._shots = Shots(scene)
        self._points = lru_cache(maxsize=4)(self._read_points)
        self._image = lru_cache(maxsize=8)(self._read_image)

    def draw(self, box: Cuboids) -> UInt8:
        """Picture one box, in white among the labels of its frame.

        Args:
            box: one row, in the world; its class is one of the scene's.

        Returns:
            (H, W, 3) RGB: camera on the left, the street on the right; only the street if no
            image shows the box.
        """
        frame_idx = int(box.frame_idx[0])
        rows = np.flatnonzero(self._labels.frame_idx == frame_idx)
        same = (self._labels.center[rows] == box.center).all(axis=1)
        mine, others = rows[same], rows[~same]
        cuboids = Cuboids.concatenate([self._labels.select(others), box])
        own_rate = self._turn_rate[mine[:1]] if len(mine) else np.zeros(1)
        turn_rate = np.concatenate([self._turn_rate[others], own_rate])
        camera = self._camera(frame_idx, cuboids, turn_rate)
        if camera is None:
            return self._street(frame_idx, cuboids, 2 * WIDTH_PX + GAP_PX)
        gap = blank(HEIGHT_PX, GAP_PX, SELECTED)
        return np.concatenate([camera, gap, self._street(frame_idx, cuboids, WIDTH_PX)], axis=1)

    def _camera(self, frame_idx: int, cuboids: Cuboids, turn_rate: Float64) -> UInt8 | None:
        views = [
            view
            for name in self._scene.cameras
            if (shot := self._shots.of(frame_idx, name)) is not None
            and (view := _view(shot, cuboids, turn_rate)) is not None
        ]
        best = max(views, key=lambda view: view.size_px, default=None)
        if best is None:
            return None
        image = self._image(frame_idx, best.shot.camera.sensor_id)
        return None if image is None else _cut(image, best, cuboids, self._scene.taxonomy)

    def _street(self, frame_idx: int, cuboids: Cuboids, width_px: int) -> UInt8:
        position = self._scene.frames.positions(np.array([frame_idx]))[0]
        ego_from_world = self._scene.frames.world_from_ego[int(position)].inverse()
        boxes = cuboids.moved(ego_from_world, "ego")
        x, y = boxes.center[-1, :2].tolist()
        window = BevWindow(width_px, HEIGHT_PX, PX_PER_M, x, y)
        image = draw_street(self._points(frame_idx), boxes, [], self._scene.taxonomy, window)
        draw_outline(image, window.pixels(bev_corners(boxes.bev[-1:]))[0], SELECTED, 2)
        return image

    def _read_points(self, frame_idx: int) -> Float32:
        try:
            return self._scene.sweep(frame_idx).points_ego
        except SceneNotFoundError:
            return np.zeros((0, 3), np.float32)

    def _read_image(self, frame_idx: int, camera: str) -> UInt8 | None:
        try:
            return self._scene.image(frame_idx, camera)
        except ReadError:
            return None


def _view(shot: Shot, cuboids: Cuboids, turn_rate: Float64) -> _View | None:
    """How an image shows the last of the boxes; None if it does not."""
    seen = shot.boxes(cuboids, turn_rate)
    if not len(seen.rows) or seen.rows[-1] != len(cuboids) - 1:
        return None
    uv_box = project_boxes(seen.corners_cam[-1:], shot.camera.model).uv_box[0]
    return _View(shot, seen, uv_box) if np.isfinite(uv_box).all() else None


def _cut(image: UInt8, view: _View, cuboids: Cuboids, taxonomy: Taxonomy) -> UInt8:
    model = view.shot.camera.model
    # The file may have another size than the camera.
    scale = image.shape[1] / model.width_px
    u0, v0, u1, v1 = _window(view.uv_box * scale, image, LEAST_PX * scale)
    part = image[v0:v1, u0:u1]
    shown = cv2.resize(part, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    crop = (u0 / scale - 0.5, v0 / scale - 0.5, u1 / scale - 0.5, v1 / scale - 0.5)
    rows, corners_cam = view.seen.rows, view.seen.corners_cam
    style = CameraStyle(selected=len(rows) - 1, hidden=view.seen.hidden, tags=False, crop=crop)
    return draw_cuboids(
        np.asarray(shown, np.uint8), cuboids.select(rows), corners_cam, model, taxonomy, style
    )


def _window(uv_box: Float64, image: UInt8, least_px: float) -> tuple[int, int, int, int]:
    """u0, v0, u1, v1 half open around a box, of the picture's aspect, inside the image."""
    height, width = image.shape[:2]
    size = np.maximum(uv_box[2:] - uv_box[:2], 1.0)
    aspect = WIDTH_PX / HEIGHT_PX
    wanted = max(MARGIN * size[0], MARGIN * size[1] * aspect, least_px)
    du = int(min(wanted, width, height * aspect))
    dv = int(du / aspect)
    middle = (uv_box[:2] + uv_box[2:]) / 2
    u0 = int(np.clip(middle[0] - du / 2, 0, width - du))
    v0 = int(np.clip(middle[1] - dv / 2, 0, height - dv))
    return u0, v0, u0 + du, v0 + dv
