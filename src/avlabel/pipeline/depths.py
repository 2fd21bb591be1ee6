"""What hides boxes, sweep by sweep, from a recording or from a scene."""

from __future__ import annotations

from collections.abc import Iterator

from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.geometry.sweep_depth import SweepDepth, sweep_depth
from avlabel.scenes.scene import Scene


def depth_of(sweep: Sweep, rig: Rig) -> SweepDepth:
    """What one sweep saw, some 100 kB."""
    return sweep_depth(sweep, rig.lidars[sweep.sensor_id].ego_from_sensor.translation)


def scene_depths(scene: Scene) -> Iterator[SweepDepth | None]:
    """The same of each frame of a scene, read when asked for; None if the scene has no sweeps."""
    has_sweeps = bool(scene.lidars)
    for frame_idx in scene.frames.frame_idx.tolist():
        yield depth_of(scene.sweep(frame_idx), scene.rig) if has_sweeps else None
