"""When each image of a scene was taken, from where, and which boxes it shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.geometry.exposure import expose, in_reach
from avlabel.geometry.occlusion import occlusion_by_boxes
from avlabel.scenes.scene import Scene
from avlabel.stages.project import exposure_poses

HIDDEN_SHARE = 0.7
"""A box is hidden if more of it than that stands behind others."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenBoxes:
    """The boxes that one image may show.

    Attributes:
        rows: (K,) int64, of the boxes asked for.
        corners_cam: (K, 8, 3) float64 metres in the camera frame, each corner when its own image
            row was exposed; ordered as ``geometry.boxes.corners``.
        hidden: (K,) bool: other boxes stand before most of it.
    """

    rows: Int64
    corners_cam: Float64
    hidden: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One image of a camera.

    Attributes:
        camera: with its optics and readout.
        exposure_ns: exposure of the middle row.
        ends: ``world_from_ego`` at the first and at the last row.
        cam_from_world: of the middle row.
    """

    camera: Camera
    exposure_ns: int
    ends: tuple[SE3, SE3]
    cam_from_world: SE3

    def boxes(self, cuboids: Cuboids, turn_rate: Float64 | None = None) -> SeenBoxes:
        """What it shows of boxes in the world; what is out of its view costs next to nothing.

        Args:
            cuboids: N boxes.
            turn_rate: (N,) radians a second (``geometry.turning.turn_rates``); 0 if not given.
        """
        where = self.camera, self.exposure_ns, self.ends
        rows = np.flatnonzero(in_reach(cuboids, *where, turn_rate))
        turning = None if turn_rate is None else turn_rate[rows]
        corners_cam = expose(cuboids.select(rows), *where, turning).corners_cam
        hidden = occlusion_by_boxes(corners_cam, self.camera.model) > HIDDEN_SHARE
        return SeenBoxes(rows, corners_cam, hidden)


class Shots:
    """All images of a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._times = {name: scene.exposures_ns(name) for name in scene.cameras}
        self._shot = lru_cache(maxsize=4096)(self._find)

    def of(self, frame_idx: int, camera: str) -> Shot | None:
        """A frame's image of a camera; None if it has none, or none that a pose is known for."""
        return self._shot(frame_idx, camera)

    def _find(self, frame_idx: int, name: str) -> Shot | None:
        t_ns = self._times.get(name, {}).get(frame_idx)
        if t_ns is None:
            return None
        camera, trajectory = self._scene.rig.cameras[name], self._scene.trajectory
        ends = exposure_poses(trajectory, camera, np.array([t_ns]))[0]
        if ends is None:
            return None
        middle = trajectory.at(t_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
        return Shot(camera, t_ns, ends, (middle @ camera.ego_from_sensor).inverse())
