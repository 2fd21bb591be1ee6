"""Simulated sweeps to learn from: many streets, LiDARs, heights, slopes and densities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.sweep import Sweep
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import SimulatedDrive, simulate
from avlabel.stages.compensate import CompensateConfig, compensate

FRAMES = (2, 14, 26, 38, 50)
BEAMS = {"hdl64": 0.35, "pandar64": 0.35, "os1-64": 0.1, "os1-128": 0.1, "vlp32": 0.1}


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSweep:
    """One sweep with the truth of every point.

    Attributes:
        points_ego: (N, 3) float32 compensated points.
        object_id: (N,) int32 object of each point, -1 for none.
        box_id: (B,) int64 object of each box.
        boxes: (B, 7) float32 x, y, z, length, width, height, yaw; ego frame.
        category: (B,) int16 leaf code.
        sensor: (3,) float64 where the LiDAR stands.
    """

    points_ego: np.ndarray
    object_id: np.ndarray
    box_id: np.ndarray
    boxes: np.ndarray
    category: np.ndarray
    sensor: np.ndarray


def drive_config(number: int) -> SimulationConfig:
    """The drive of that number; every one is another street, LiDAR and traffic."""
    rng = np.random.default_rng([number, 77])
    return SimulationConfig(
        seed=1000 + number,
        frames=61,
        beams=str(rng.choice(list(BEAMS), p=list(BEAMS.values()))),
        lidar_height_m=float(rng.uniform(1.6, 2.2)),
        density=float(rng.uniform(0.4, 1.8)),
        clutter=float(rng.uniform(0.4, 2.0)),
        slope=float(rng.uniform(0, 0.08)),
        curvature=float(rng.uniform(0, 2)),
        cameras=False,
    )


def sweeps_of_drive(number: int, cache: Path) -> Iterator[LabelledSweep]:
    """The sweeps of a drive, simulated once and kept in ``cache``."""
    path = cache / f"{number:04d}.npz"
    if not path.exists():
        arrays = _simulated(simulate(drive_config(number)))
        draft = path.with_suffix(".part.npz")
        np.savez(draft, **arrays)
        draft.rename(path)
    with np.load(path) as kept:
        for k in range(len(FRAMES)):
            yield LabelledSweep(
                kept[f"p{k}"],
                kept[f"o{k}"],
                kept[f"id{k}"],
                kept[f"b{k}"],
                kept[f"c{k}"],
                kept["xy"],
            )


def _simulated(drive: SimulatedDrive) -> dict[str, np.ndarray]:
    (lidar,) = drive.rig.lidars.values()
    arrays: dict[str, np.ndarray] = {"xy": lidar.ego_from_sensor.translation}
    for k, index in enumerate(FRAMES):
        frame = drive.frame(index)
        ref_ns = (frame.start_ns + frame.end_ns) // 2
        sweep = Sweep(
            frame_idx=index,
            sensor_id=lidar.sensor_id,
            ref_ns=ref_ns,
            points_ego=lidar.ego_from_sensor.apply(frame.scan.points_sensor).astype(np.float32),
            intensity=frame.scan.intensity,
            ring=frame.scan.ring,
            t_offset_ns=(frame.scan.t_offset_ns - (ref_ns - frame.start_ns)).astype(np.int32),
            compensated=False,
        )
        sweep = compensate(sweep, drive.trajectory, CompensateConfig())
        boxes = frame.labels.cuboids.moved(drive.trajectory.at(ref_ns).inverse(), "ego")
        arrays |= {
            f"p{k}": sweep.points_ego,
            f"o{k}": frame.scan.object_id,
            f"id{k}": boxes.track_id,
            f"b{k}": boxes.boxes.astype(np.float32),
            f"c{k}": boxes.category,
        }
    return arrays
