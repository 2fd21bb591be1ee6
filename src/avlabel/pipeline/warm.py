"""Compiling every kernel of the chain, or loading it from the cache, before the first log."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import Float32
from avlabel.core.cameras import Pinhole
from avlabel.core.log import ImageIndex, SweepIndex
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.label import label_log
from avlabel.readers.recorded_log import RecordedLog

FRAMES = 4
PERIOD_NS = 100_000_000
SIZE_PX = (64, 48)


def warm(config: PipelineConfig | None = None) -> None:
    """Label a made-up drive of a few frames and forget it.

    Compiling takes a minute on one core; kernels are cached on disk, so that the next process of
    this machine, and every later run, takes seconds.
    """
    with tempfile.TemporaryDirectory(prefix="avlabel-warm-") as folder:
        label_log(made_up_log(Path(folder)), Path(folder) / "scenes", config or PipelineConfig())


def made_up_log(folder: Path) -> RecordedLog:
    """A car that passes two parked cars on a plain, with one small image a frame."""
    start_ns = np.arange(FRAMES, dtype=np.int64) * PERIOD_NS
    end_ns = start_ns + PERIOD_NS - 1
    poses_ns = np.arange(FRAMES + 1, dtype=np.int64) * PERIOD_NS
    ahead = np.stack([np.arange(FRAMES + 1.0), np.zeros(FRAMES + 1), np.zeros(FRAMES + 1)], axis=1)
    cv2.imwrite(str(folder / "image.png"), np.zeros((*SIZE_PX[::-1], 3), np.uint8))
    model = Pinhole(*SIZE_PX, np.array([40.0, 40.0, 32.0, 24.0]), np.zeros(0))
    forward = SE3.from_quat([0.5, -0.5, 0.5, -0.5], [1.5, 0.0, 1.6])
    return RecordedLog(
        log_id="made-up",
        root=folder,
        rig=Rig(
            {"top": Lidar("top", SE3.from_quat([1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.8]))},
            {"front": Camera("front", forward, model, "rolling", 20_000_000)},
        ),
        trajectory=Trajectory(
            poses_ns, SE3.from_quat(np.tile([1.0, 0, 0, 0], (FRAMES + 1, 1)), ahead)
        ),
        sweeps=SweepIndex("top", np.arange(FRAMES, dtype=np.int32), start_ns, end_ns),
        images={"front": ImageIndex("front", start_ns + PERIOD_NS // 2, ["image.png"] * FRAMES)},
        metadata={"format": "made-up"},
        load_sweep=_sweep,
        load_truth=lambda: None,
    )


def _sweep(index: int) -> Sweep:
    points = _points(float(index))
    n = len(points)
    return Sweep(
        frame_idx=index,
        sensor_id="top",
        ref_ns=index * PERIOD_NS + PERIOD_NS // 2,
        points_ego=points,
        intensity=np.full(n, 10, np.int16),
        ring=(np.arange(n) * 32 // n).astype(np.int16),
        t_offset_ns=np.linspace(-PERIOD_NS // 2, PERIOD_NS // 2 - 1, n).astype(np.int32),
        compensated=False,
    )


def _points(driven_m: float) -> Float32:
    """(N, 3) float32: ground all around, and two sides of two cars."""
    x, y = np.meshgrid(np.arange(-40, 40, 0.8), np.arange(-20, 20, 0.8))
    ground = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    along, up = (
        grid.ravel() for grid in np.meshgrid(np.arange(0, 4.5, 0.1), np.arange(0.3, 1.5, 0.1))
    )
    side = np.stack([along, np.zeros(along.size), up], axis=1)
    across = along < 1.8
    rear = np.stack([np.zeros(across.sum()), along[across], up[across]], axis=1)
    car = np.concatenate([side, rear])
    places = np.array([[10.0 - driven_m, 4.0, 0.0], [18.0 - driven_m, -6.0, 0.0]])
    cars = [car + place for place in places]
    return np.concatenate([ground, *cars]).astype(np.float32)
