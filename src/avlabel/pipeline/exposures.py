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
        table = scene.table(f"images/{camera}")
        exposure_ns = np.full(len(scene.frames), NO_IMAGE, np.int64)
        rows = scene.frames.positions(table.column("frame_idx").to_numpy())
        exposure_ns[rows] = table.column("timestamp_ns").to_numpy()
        found[camera] = exposure_ns
    return found
