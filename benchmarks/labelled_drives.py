"""Recordings and simulated drives with labels, as the label checks ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from avlabel.checks.sensors import Said
from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.log import Log
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.readers.registry import open_log
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import LIDAR_ID, simulate
from avlabel.stages.compensate import CompensateConfig, compensate
from avlabel.stages.project import NO_IMAGE
from avlabel.stages.synchronize import MISSING, SynchronizeConfig, synchronize

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True, eq=False)
class Drive:
    """Labels, and sensors where there are any; ``avlabel.checks.sensors.Sensors``.

    Attributes:
        name: of the drive.
        labels: world frame.
        frames: of the labels.
        rig: sensors.
        trajectory: of the vehicle.
        sweeps: by frame number, motion-compensated.
        exposures_ns: see ``Sensors``.
        log: the recording, if a reader opened it.
    """

    name: str
    labels: Cuboids
    frames: Frames
    rig: Rig
    trajectory: Trajectory
    sweeps: Mapping[int, Sweep]
    exposures_ns: Mapping[str, Int64]
    log: Log | None = None

    def sweep(self, frame_idx: int) -> Sweep | None:
        """See ``Sensors``."""
        return self.sweeps.get(frame_idx)

    def said(self) -> Said | None:
        """Nothing: no detector has looked at the images."""
        return None


def pandaset() -> Drive:
    """Scene 002: 15 frames, 64 beams, 6 cameras."""
    log = open_log(DATA / "pandaset" / "002", "pandaset")
    truth = log.read_truth()
    assert truth is not None
    schedule, _ = synchronize(log, None, None, SynchronizeConfig())
    pose = log.trajectory.at(schedule.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    exposures = {}
    for camera, images in schedule.image.items():
        times = log.images[camera].timestamp_ns[images]
        exposures[camera] = np.where(images == MISSING, NO_IMAGE, times)
    sweeps = {
        frame: compensate(log.read_sweep(k), log.trajectory, CompensateConfig())
        for frame, k in zip(schedule.frame_idx.tolist(), schedule.sweep.tolist(), strict=True)
    }
    frames = Frames(schedule.frame_idx, schedule.ref_ns, pose)
    labels = truth.cuboids.select(~truth.ignored)
    return Drive("PandaSet 002", labels, frames, log.rig, log.trajectory, sweeps, exposures, log)


def simulated(seed: int, maneuver: str, frames: int = 60) -> Drive:
    """A street with its truth: no label of it is wrong."""
    config = SimulationConfig(seed=seed, frames=frames, maneuver=maneuver, density=1.5)
    drive = simulate(config)
    labels, sweeps, refs = [], {}, []
    for frame in drive.frames():
        ref_ns = (frame.start_ns + frame.end_ns) // 2
        scan, mount = frame.scan, drive.rig.lidars[LIDAR_ID].ego_from_sensor
        offset = scan.t_offset_ns.astype(np.int64) + frame.start_ns - ref_ns
        sweep = Sweep(
            frame.frame_idx, LIDAR_ID, ref_ns, mount.apply(scan.points_sensor), scan.intensity,
            scan.ring, offset.astype(np.int32), False,
        )  # fmt: skip
        sweeps[frame.frame_idx] = compensate(sweep, drive.trajectory, CompensateConfig())
        labels.append(frame.labels.cuboids)
        refs.append(ref_ns)
    ref_ns = np.array(refs, np.int64)
    at = Frames(np.arange(frames, dtype=np.int32), ref_ns, drive.trajectory.at(ref_ns))
    exposures = {
        name: np.array([drive.image_time_ns(name, k) for k in range(frames)])
        for name in drive.rig.cameras
    }
    truth = Cuboids.concatenate(labels)
    truth = replace(truth, cuboid_id=np.arange(len(truth)))
    name = f"simulated {seed}, {maneuver}"
    return Drive(name, truth, at, drive.rig, drive.trajectory, sweeps, exposures)
