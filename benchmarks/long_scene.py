"""A made scene of many frames: 120,000 points and six images of 1920 x 1080 in each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from recordings import repeated
from simulated_log import simulated_log

from avlabel.core.log import ImageIndex
from avlabel.core.rig import Rig
from avlabel.core.se3 import SE3
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.recorded_log import RecordedLog
from avlabel.scenes.scene import Scene, open_scene
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.lenses import lens

SIMULATED = 6
"""Frames that are simulated; the scene goes through them there and back again."""

COLUMNS = 2000
"""Firings a turn, so that a sweep has about 120,000 points."""

SIZE_PX = (1920, 1080)

YAW_DEG = {
    "front": 0,
    "front_left": 60,
    "front_right": -60,
    "left": 120,
    "right": -120,
    "rear": 180,
}
"""Where cameras look, counter-clockwise; each is given the simulated front images, sideways."""

NOISE = 5.0
"""Standard deviation of the images' noise; with it and ``QUALITY`` files are as large as real
cameras'."""
QUALITY = 80


def long_scene(folder: Path, n_frames: int) -> Scene:
    """Make the scene in a folder, or open it if it was made there before."""
    scenes = folder / "scenes"
    if not scenes.is_dir():
        log = _long_log(folder / "recording", n_frames)
        label_log(log, scenes, PipelineConfig())
    return open_scene(scenes)


def _long_log(folder: Path, n_frames: int) -> RecordedLog:
    config = SimulationConfig(
        seed=11, frames=SIMULATED, columns=COLUMNS, maneuver="cruise",
        image_width_px=SIZE_PX[0] // 3, image_height_px=SIZE_PX[1] // 3,
    )  # fmt: skip
    short = simulated_log(config, list(range(SIMULATED)), folder)
    log = repeated(short, n_frames)
    front = replace(short.rig.cameras["front"], model=lens(config.lens, *SIZE_PX))
    place = front.ego_from_sensor
    cameras = {
        name: replace(
            front, sensor_id=name, ego_from_sensor=SE3.from_yaw(np.deg2rad(deg), [0, 0, 0]) @ place
        )
        for name, deg in YAW_DEG.items()
    }
    for k, name in enumerate(cameras):
        _write_noisy(folder, name, roll_px=300 * k)
    ways = np.concatenate([np.arange(SIMULATED), np.arange(SIMULATED - 2, 0, -1)])
    source = np.resize(ways, n_frames)
    images = {
        name: ImageIndex(name, log.sweeps.ref_ns, [f"{name}/noisy-{k:02d}.jpg" for k in source])
        for name in cameras
    }
    return replace(log, rig=Rig(short.rig.lidars, cameras), images=images)


def _write_noisy(folder: Path, name: str, roll_px: int) -> None:
    random = np.random.default_rng(roll_px)
    (folder / name).mkdir(parents=True, exist_ok=True)
    for k in range(SIMULATED):
        image = cv2.resize(cv2.imread(str(folder / f"front/{k:06d}.jpg")), SIZE_PX)
        image = np.roll(image, roll_px, axis=1)
        noisy = np.clip(image + random.normal(0, NOISE, image.shape), 0, 255).astype(np.uint8)
        path = str(folder / name / f"noisy-{k:02d}.jpg")
        cv2.imwrite(path, noisy, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
