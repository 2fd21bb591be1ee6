"""A few frames, far apart, of a simulated drive, as a log whose images are files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from avlabel.core.log import ImageIndex, SweepIndex
from avlabel.core.sweep import Sweep
from avlabel.readers.recorded_log import RecordedLog
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import LIDAR_ID, SimulatedDrive, simulate
from avlabel.simulation.imaging import pixel_rays


def simulated_log(config: SimulationConfig, frames: list[int], folder: Path) -> RecordedLog:
    """Cast the given frames of a drive; images are written below ``folder``."""
    drive = simulate(config)
    sweeps = {index: _sweep(drive, index) for index in frames}
    spans = np.array([drive.span_ns(index) for index in frames], np.int64)
    index = SweepIndex(LIDAR_ID, np.array(frames, np.int32), spans[:, 0], spans[:, 1])
    return RecordedLog(
        log_id=f"simulated-{config.seed}",
        root=folder,
        rig=drive.rig,
        trajectory=drive.trajectory,
        sweeps=index,
        images={name: _images(drive, name, frames, folder) for name in drive.rig.cameras},
        metadata={"format": "simulated"},
        load_sweep=lambda position: sweeps[frames[position]],
        load_truth=lambda: None,
    )


def _sweep(drive: SimulatedDrive, index: int) -> Sweep:
    frame = drive.frame(index)
    ref_ns = (frame.start_ns + frame.end_ns) // 2
    place = drive.rig.lidars[LIDAR_ID].ego_from_sensor
    return Sweep(
        frame_idx=index,
        sensor_id=LIDAR_ID,
        ref_ns=ref_ns,
        points_ego=np.asarray(place.apply(frame.scan.points_sensor), np.float32),
        intensity=frame.scan.intensity,
        ring=frame.scan.ring,
        t_offset_ns=(frame.scan.t_offset_ns - (ref_ns - frame.start_ns)).astype(np.int32),
        compensated=False,
    )


def _images(drive: SimulatedDrive, name: str, frames: list[int], folder: Path) -> ImageIndex:
    rays = pixel_rays(drive.rig.cameras[name])
    uris = [f"{name}/{index:06d}.jpg" for index in frames]
    (folder / name).mkdir(parents=True, exist_ok=True)
    for index, uri in zip(frames, uris, strict=True):
        bgr = cv2.cvtColor(drive.image(name, index, rays).rgb, cv2.COLOR_RGB2BGR)
        (folder / uri).write_bytes(cv2.imencode(".jpg", bgr)[1].tobytes())
    times = np.array([drive.image_time_ns(name, index) for index in frames], np.int64)
    return ImageIndex(name, times, uris)
