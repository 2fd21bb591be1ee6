"""The pictures of one frame of a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.options import option
from avlabel.core.se3 import SE3
from avlabel.errors import ReadError
from avlabel.geometry.turning import turn_rates
from avlabel.render.bev import draw_bev
from avlabel.render.camera import CameraStyle, draw_cuboids
from avlabel.render.mosaic import CameraGrid, add_caption, camera_order, compose
from avlabel.render.shots import Shots
from avlabel.render.trails import Trail, trails_until
from avlabel.render.window import BevWindow
from avlabel.scenes.scene import Labels, Scene


@dataclass(frozen=True, slots=True)
class RenderStyle:
    """How pictures look."""

    width_px: int = option(1280, "Width of the mosaic and of the bird's-eye view.")
    bev_height_px: int = option(560, "Height of the bird's-eye view.")
    px_per_m: float = option(11.0, "Scale of the bird's-eye view.")
    trail_s: float = option(3.0, "How far back the trails of tracks reach.")
    min_score: float = option(0.0, "Cuboids below this score are left out.")


@dataclass(frozen=True, slots=True, eq=False)
class FramePictures:
    """What was drawn of a frame, RGB.

    Attributes:
        cameras: full-size pictures by camera, in the order of reading; missing images absent.
        bev: bird's-eye view.
        mosaic: everything in one picture.
    """

    cameras: dict[str, UInt8]
    bev: UInt8
    mosaic: UInt8


class FramePainter:
    """Draws frames of one scene; what all frames share is read once.

    Args:
        scene: a committed scene.
        style: how pictures look.
        warn: told of each image that cannot be read or decoded.
        labels: as people left them, or as the pipeline made them.

    Raises:
        SceneCorruptError: where a file differs from its commit.
    """

    def __init__(
        self,
        scene: Scene,
        style: RenderStyle | None = None,
        warn: Callable[[str], None] = lambda _message: None,
        *,
        labels: Labels = "resolved",
    ) -> None:
        self._scene = scene
        self._warn = warn
        self._style = style or RenderStyle()
        cuboids = scene.labels(labels)
        turn_rate = turn_rates(cuboids)
        shown = cuboids.score >= self._style.min_score
        self._cuboids, self._turn_rate = cuboids.select(shown), turn_rate[shown]
        self._cameras = [name for name in camera_order(scene.rig) if name in scene.cameras]
        self._shots = Shots(scene)

    def paint(self, frame_idx: int) -> FramePictures:
        """Draw one frame.

        Raises:
            ValueError: if the scene has no such frame.
        """
        cuboids = self._cuboids.select(self._cuboids.frame_idx == frame_idx)
        images = {name: self._image(frame_idx, name) for name in self._cameras}
        bev = self._bev(frame_idx, cuboids)
        rows = [bev]
        if images:
            models = [self._scene.rig.cameras[name].model for name in images]
            grid = CameraGrid.of(models, self._style.width_px)
            small = {
                name: None
                if image is None
                else self._on_image(grid.fit(image), frame_idx, name, cuboids)
                for name, image in images.items()
            }
            rows = [*grid.rows([grid.tile(name, image) for name, image in small.items()]), bev]
        full = {
            name: add_caption(
                self._on_image(image, frame_idx, name, cuboids), f"{name}   frame {frame_idx}"
            )
            for name, image in images.items()
            if image is not None
        }
        note = self._note(frame_idx, cuboids)
        return FramePictures(full, bev, compose(self._scene.scene_id, note, rows))

    def _image(self, frame_idx: int, camera: str) -> UInt8 | None:
        """An image that is gone, has changed or cannot be decoded is said and left out."""
        try:
            return self._scene.image(frame_idx, camera)
        except ReadError as error:
            self._warn(str(error))
            return None

    def _on_image(self, image: UInt8, frame_idx: int, name: str, cuboids: Cuboids) -> UInt8:
        shot = self._shots.of(frame_idx, name)
        if shot is None:
            return image
        seen = shot.boxes(cuboids, self._turn_rate[self._cuboids.frame_idx == frame_idx])
        shown = cuboids.select(seen.rows)
        model, taxonomy = shot.camera.model, self._scene.taxonomy
        style = CameraStyle(hidden=seen.hidden)
        return draw_cuboids(image, shown, seen.corners_cam, model, taxonomy, style)

    def _bev(self, frame_idx: int, cuboids: Cuboids) -> UInt8:
        ego_from_world = self._pose(frame_idx).inverse()
        trails = [
            Trail(trail.category, np.asarray(ego_from_world.apply(trail.points), np.float64))
            for trail in trails_until(self._cuboids, frame_idx, self._style.trail_s)
        ]
        style = self._style
        return draw_bev(
            self._scene.sweep(frame_idx).points_ego,
            cuboids.moved(ego_from_world, "ego"),
            trails,
            self._scene.taxonomy,
            BevWindow(style.width_px, style.bev_height_px, style.px_per_m),
        )

    def _pose(self, frame_idx: int) -> SE3:
        frames = self._scene.frames
        return frames.world_from_ego[int(frames.positions(np.array([frame_idx]))[0])]

    def _note(self, frame_idx: int, cuboids: Cuboids) -> str:
        frames = self._scene.frames
        position = int(frames.positions(np.array([frame_idx]))[0])
        elapsed_s = (int(frames.ref_ns[position]) - int(frames.ref_ns[0])) / 1e9
        n_tracks = len(np.unique(cuboids.track_id[cuboids.track_id != NO_TRACK]))
        return (
            f"frame {frame_idx}   +{elapsed_s:.1f} s   {len(cuboids)} cuboids   {n_tracks} tracks"
        )
