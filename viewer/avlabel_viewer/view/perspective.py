"""The street in perspective: the only view that Open3D draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import open3d as o3d
from open3d.visualization import gui, rendering

from avlabel.core.arrays import Float32, Float64
from avlabel_viewer.drawing.readable import readable
from avlabel_viewer.viewpoints.orbit import Orbit
from avlabel_viewer.viewpoints.perspective import PerspectiveView

NEAR_M, FAR_M = 0.3, 3000.0
BACKGROUND = np.array([20, 22, 27]) / 255
CLOUD = "points"
LETTER_PX, WORD_PX = 7.5, 16.0
"""About the size of a letter of a tag."""


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """A word beside a box.

    Attributes:
        place: (3,) metres, world.
        text: what it says.
        rgb: (3,) 0 to 1.
        is_first: nothing covers it.
    """

    place: Float64
    text: str
    rgb: Float64
    is_first: bool = False


class Perspective:
    """A scene widget that shows a cloud, lines and tags as it is told.

    Args:
        renderer: of the window.
    """

    def __init__(self, renderer: rendering.Renderer) -> None:
        self.widget = gui.SceneWidget()
        self.widget.scene = rendering.Open3DScene(renderer)
        self.widget.enable_scene_caching(True)
        view = self.widget.scene.view
        # Colours as they are given, at twice the speed.
        view.set_post_processing(False)
        view.set_antialiasing(False)
        view.set_shadowing(False)
        self.widget.scene.show_skybox(False)
        self.widget.scene.set_background([*_linear(BACKGROUND), 1.0])
        self._tags: list[tuple[Tag, gui.Label3D]] = []
        self._view: PerspectiveView | None = None

    def show_cloud(self, points: Float32, rgb: Float32, point_px: float) -> None:
        """Show points (N, 3) metres, world, in colours (N, 3) 0 to 1."""
        scene = self.widget.scene
        cloud = o3d.t.geometry.PointCloud(o3d.core.Tensor.from_numpy(np.ascontiguousarray(points)))
        cloud.point.colors = o3d.core.Tensor.from_numpy(np.ascontiguousarray(rgb))
        if scene.has_geometry(CLOUD):
            scene.remove_geometry(CLOUD)
        if len(points):
            scene.add_geometry(CLOUD, cloud, _material("defaultUnlit", point_px), False)
        self.redraw()

    def show_lines(self, name: str, segments: Float32, rgb: Float32, width_px: float) -> None:
        """Show line segments (M, 2, 3) metres, world, in colours (M, 3); none removes them."""
        scene = self.widget.scene
        if scene.has_geometry(name):
            scene.remove_geometry(name)
        if len(segments):
            ends = np.ascontiguousarray(segments, np.float32).reshape(-1, 3)
            pairs = np.arange(len(ends), dtype=np.int32).reshape(-1, 2)
            lines = o3d.t.geometry.LineSet(
                o3d.core.Tensor.from_numpy(ends), o3d.core.Tensor.from_numpy(pairs)
            )
            lines.line.colors = o3d.core.Tensor.from_numpy(np.ascontiguousarray(rgb, np.float32))
            material = _material("unlitLine")
            material.line_width = width_px
            scene.add_geometry(name, lines, material)
        self.redraw()

    def show_tags(self, tags: Sequence[Tag]) -> None:
        """Show words in the street; earlier ones go."""
        for _, old in self._tags:
            self.widget.remove_3d_label(old)
        self._tags = []
        for tag in tags:
            label = self.widget.add_3d_label(np.float32(tag.place), tag.text)
            label.color = gui.Color(*(float(part) for part in tag.rgb))
            self._tags.append((tag, label))
        self._place_tags()
        self.redraw()

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height there are; at least 1."""
        frame = self.widget.frame
        return max(int(frame.width), 1), max(int(frame.height), 1)

    def look(self, orbit: Orbit, fov_y_rad: float) -> None:
        """Look from where the eye is; also needed after each layout, which forgets it."""
        width, height = self.size_px
        vertical = rendering.Camera.FovType.Vertical
        camera = self.widget.scene.camera
        camera.set_projection(np.degrees(fov_y_rad), width / height, NEAR_M, FAR_M, vertical)
        camera.look_at(*(np.float32(part) for part in (orbit.target, orbit.eye, orbit.up)))
        self._view = orbit.view(fov_y_rad, width, height)
        self._place_tags()
        self.redraw()

    def _place_tags(self) -> None:
        """Put each word above its place, in the middle, unless a nearer one is there.

        Open3D begins a word at its place, and too high by as much as the widget lies below the
        window's top.
        """
        if self._view is None or not self._tags:
            return
        rotation, eye = self._view.world_from_cam.rotation, self._view.eye
        places = np.array([tag.place for tag, _ in self._tags])
        depth = (places - eye) @ rotation[:, 2]
        left = np.array([len(tag.text) for tag, _ in self._tags]) * LETTER_PX / 2
        down = self.widget.frame.y - WORD_PX / 2
        shift = -left[:, None] * rotation[:, 0] + down * rotation[:, 1]
        moved = places + shift * (depth / self._view.focal_px)[:, None]
        size_px = np.column_stack([2 * left, np.full(len(left), WORD_PX)])
        rank = np.where([tag.is_first for tag, _ in self._tags], -np.inf, depth)
        kept = readable(self._view.project(places), size_px, rank)
        for (tag, label), place, is_kept in zip(self._tags, moved, kept, strict=True):
            label.text = tag.text if is_kept else ""
            label.position = np.float32(place)

    def redraw(self) -> None:
        """Draw the street again with the next frame."""
        self.widget.force_redraw()


def _material(shader: str, point_px: float = 1.0) -> rendering.MaterialRecord:
    material = rendering.MaterialRecord()
    material.shader = shader
    material.point_size = point_px
    return material


def _linear(srgb: Float64) -> Float64:
    """Undoes what Open3D takes for granted, that colours will be encoded again."""
    return np.where(srgb <= 0.0031308, srgb * 12.92, 1.055 * srgb ** (1 / 2.4) - 0.055)
