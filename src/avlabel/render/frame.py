"""The pictures of one frame of a scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from avlabel.core.arrays import Float32, Float64, UInt8
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import ReadError
from avlabel.geometry.turning import turn_rates
from avlabel.render.bev import draw_bev
from avlabel.render.camera import CameraStyle, draw_cuboids
from avlabel.render.mosaic import CameraGrid, add_caption, camera_order, compose
from avlabel.render.perspective import draw_perspective
from avlabel.render.shots import Shots
from avlabel.render.trails import Trail, trails_until
from avlabel.render.window import BevWindow
from avlabel.scenes.scene import Labels, Scene

View = Literal["cameras", "bev", "mosaic", "perspective"]
VIEWS: tuple[View, ...] = ("cameras", "bev", "mosaic", "perspective")
USUAL_VIEWS: tuple[View, ...] = ("cameras", "bev", "mosaic")


@dataclass(frozen=True, slots=True)
class RenderStyle:
    """How pictures look."""

    width_px: int = option(1280, "Width of the mosaic and of the bird's-eye view.")
    bev_height_px: int = option(560, "Height of the bird's-eye view.")
    px_per_m: float = option(11.0, "Scale of the bird's-eye view.")
    trail_s: float = option(3.0, "How far back the trails of tracks reach.")
    min_score: float = option(0.0, "Cuboids below this score are left out.")
    views: tuple[View, ...] = option(USUAL_VIEWS, "Which pictures are drawn of each frame.")


@dataclass(frozen=True, slots=True, eq=False)
class FramePictures:
    """What was drawn of a frame, RGB; None or nothing where the style does not want it.

    Attributes:
        cameras: full-size pictures by camera, in the order of reading; missing images absent.
        bev: bird's-eye view.
        mosaic: all cameras and the bird's-eye view in one picture.
        perspective: from behind and above the ego vehicle.
    """

    cameras: dict[str, UInt8]
    bev: UInt8 | None
    mosaic: UInt8 | None
    perspective: UInt8 | None


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """One frame's boxes in the world, and turn rates (N,), radians a second."""

    frame_idx: int
    position: int
    cuboids: Cuboids
    turn_rate: Float64


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
        views = set(self._style.views)
        frame = self._frame(frame_idx)
        pictured = views & {"cameras", "mosaic"}
        images = {name: self._image(frame_idx, name) for name in self._cameras if pictured}
        street = self._street(frame) if views - {"cameras"} else None
        bev = draw_bev(*street, self._window) if street and views & {"bev", "mosaic"} else None
        return FramePictures(
            cameras=self._full(frame, images) if "cameras" in views else {},
            bev=bev if "bev" in views else None,
            mosaic=None
            if bev is None or "mosaic" not in views
            else self._mosaic(frame, images, bev),
            perspective=draw_perspective(*street) if street and "perspective" in views else None,
        )

    def _frame(self, frame_idx: int) -> _Frame:
        position = int(self._scene.frames.positions(np.array([frame_idx]))[0])
        rows = self._cuboids.frame_idx == frame_idx
        return _Frame(frame_idx, position, self._cuboids.select(rows), self._turn_rate[rows])

    def _full(self, frame: _Frame, images: Mapping[str, UInt8 | None]) -> dict[str, UInt8]:
        return {
            name: add_caption(
                self._on_image(image, name, frame), f"{name}   frame {frame.frame_idx}"
            )
            for name, image in images.items()
            if image is not None
        }

    def _mosaic(self, frame: _Frame, images: Mapping[str, UInt8 | None], bev: UInt8) -> UInt8:
        rows = [bev]
        if images:
            models = [self._scene.rig.cameras[name].model for name in images]
            grid = CameraGrid.of(models, self._style.width_px)
            tiles = [
                grid.tile(
                    name,
                    None if image is None else self._on_image(grid.fit(image), name, frame),
                )
                for name, image in images.items()
            ]
            rows = [*grid.rows(tiles), bev]
        return compose(self._scene.scene_id, self._note(frame), rows)

    def _image(self, frame_idx: int, camera: str) -> UInt8 | None:
        """An image that is gone, has changed or cannot be decoded is said and left out."""
        try:
            return self._scene.image(frame_idx, camera)
        except ReadError as error:
            self._warn(str(error))
            return None

    def _on_image(self, image: UInt8, name: str, frame: _Frame) -> UInt8:
        shot = self._shots.of(frame.frame_idx, name)
        if shot is None:
            return image
        seen = shot.boxes(frame.cuboids, frame.turn_rate)
        shown = frame.cuboids.select(seen.rows)
        model, taxonomy = shot.camera.model, self._scene.taxonomy
        style = CameraStyle(hidden=seen.hidden)
        return draw_cuboids(image, shown, seen.corners_cam, model, taxonomy, style)

    def _street(self, frame: _Frame) -> tuple[Float32, Cuboids, list[Trail], Taxonomy]:
        """Points, boxes and trails in the ego frame; and the classes."""
        scene, style = self._scene, self._style
        ego_from_world = scene.frames.world_from_ego[frame.position].inverse()
        trails = [
            Trail(trail.category, np.asarray(ego_from_world.apply(trail.points), np.float64))
            for trail in trails_until(self._cuboids, frame.frame_idx, style.trail_s)
        ]
        points_ego = scene.sweep(frame.frame_idx).points_ego
        return points_ego, frame.cuboids.moved(ego_from_world, "ego"), trails, scene.taxonomy

    @property
    def _window(self) -> BevWindow:
        return BevWindow(self._style.width_px, self._style.bev_height_px, self._style.px_per_m)

    def _note(self, frame: _Frame) -> str:
        ref_ns, cuboids = self._scene.frames.ref_ns, frame.cuboids
        elapsed_s = (int(ref_ns[frame.position]) - int(ref_ns[0])) / 1e9
        n_tracks = len(np.unique(cuboids.track_id[cuboids.track_id != NO_TRACK]))
        return (
            f"frame {frame.frame_idx}   +{elapsed_s:.1f} s   {len(cuboids)} cuboids   "
            f"{n_tracks} tracks"
        )
