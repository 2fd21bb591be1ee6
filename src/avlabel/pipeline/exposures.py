"""When the images of a scene were exposed."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.scenes.scene import Scene
from avlabel.stages.project import NO_IMAGE


def exposures(scene: Scene) -> dict[str, Int64]:
    """By camera, (F,) int64 exposure of each frame's image, ``NO_IMAGE`` where there is none."""
    found = {}
    for camera in scene.cameras:
        times = scene.exposures_ns(camera)
        exposure_ns = np.full(len(scene.frames), NO_IMAGE, np.int64)
        rows = scene.frames.positions(np.array(list(times), np.int64))
        exposure_ns[rows] = list(times.values())
        found[camera] = exposure_ns
    return found
