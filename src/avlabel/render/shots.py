"""When each image of a scene was taken, from where, and which boxes it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.geometry.exposure import expose, in_reach
from avlabel.render.hiding import Hiding, hiding_by_image
from avlabel.scenes.scene import Scene
from avlabel.stages.project import exposure_poses

NOTHING_KNOWN = Hiding()


@dataclass(frozen=True, slots=True, eq=False)
class SeenBoxes:
    """The boxes that one image may show.

    Attributes:
        rows: (K,) int64, of the boxes asked for.
        corners_cam: (K, 8, 3) float64 metres in the camera frame, each corner when its own image
            row was exposed; ordered as ``geometry.boxes.corners``.
        hidden: (K,) bool: something stands before most of it.
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
        hiding: what the pipeline found to be hidden in it.
    """

    camera: Camera
    exposure_ns: int
    ends: tuple[SE3, SE3]
    cam_from_world: SE3
    hiding: Hiding = NOTHING_KNOWN

    def boxes(self, cuboids: Cuboids, turn_rate: Float64 | None = None) -> SeenBoxes:
        """What it shows of boxes in the world; what is out of its view costs next to nothing.

        Args:
            cuboids: N boxes.
            turn_rate: (N,) radians a second (``geometry.turning.turn_rates``); 0 if not given.
        """
        where = self.camera, self.exposure_ns, self.ends
        rows = np.flatnonzero(in_reach(cuboids, *where, turn_rate))
        turning = None if turn_rate is None else turn_rate[rows]
        near = cuboids.select(rows)
        corners_cam = expose(near, *where, turning).corners_cam
        return SeenBoxes(rows, corners_cam, self.hiding.of(near, corners_cam, self.camera.model))


class Shots:
    """All images of a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._times = lru_cache(maxsize=None)(scene.exposures_ns)
        self._shot = lru_cache(maxsize=4096)(self._find)

    def of(self, frame_idx: int, camera: str) -> Shot | None:
        """A frame's image of a camera; None if it has none, or none that a pose is known for.

        Raises:
            SceneCorruptError: if the camera's table is damaged.
        """
        return self._shot(frame_idx, camera)

    def _find(self, frame_idx: int, name: str) -> Shot | None:
        t_ns = self._times(name).get(frame_idx) if name in self._scene.cameras else None
        if t_ns is None:
            return None
        camera, trajectory = self._scene.rig.cameras[name], self._scene.trajectory
        ends = exposure_poses(trajectory, camera, np.array([t_ns]))[0]
        if ends is None:
            return None
        middle = trajectory.at(t_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
        cam_from_world = (middle @ camera.ego_from_sensor).inverse()
        hiding = self._hiding.get((frame_idx, name), NOTHING_KNOWN)
        return Shot(camera, t_ns, ends, cam_from_world, hiding)

    @cached_property
    def _hiding(self) -> Mapping[tuple[int, str], Hiding]:
        there = "projections" in self._scene.table_names
        return hiding_by_image(self._scene.projections()) if there else {}
