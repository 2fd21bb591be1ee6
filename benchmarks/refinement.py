"""Known errors injected into drives, and what ``avlabel calibrate refine`` makes of them.

python benchmarks/refinement.py [--seeds 3] [--drives 6] [--only real]

Rotations about random axes, on top of the true (simulated) or the published extrinsics. "error" is
the angle that is left. "spread" is the largest angle between what came out of different injections
into one camera: a published calibration may be off, but one drive should always say the same.
"given" is the angle without an injection, "held" counts injections after which nothing was moved.
Single frames are refined too, which the command refuses to.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import one_core
from recordings import SHARED
from refinement_extra import extra_features
from scipy.spatial.transform import Rotation
from simulated_log import simulated_log

from avlabel.core.log import Log
from avlabel.core.se3 import SE3
from avlabel.readers.registry import open_log
from avlabel.simulation.config import SimulationConfig
from avlabel_calibration.alignment import AXES, Features, collect, moved_camera, sweep_edges
from avlabel_calibration.refine import CameraRefinement, RefineConfig, refine_camera

DRIVES = (
    ("cruise", "hdl64"), ("turn-left", "os1-64"), ("stop", "pandar64"),
    ("turn-right", "hdl64"), ("cruise", "os1-128"), ("turn-left", "vlp32"),
)  # fmt: skip
SIZES_DEG = (0.5, 1.0)
FRAMES = list(range(0, 48, 8))
HEADING = (
    f"{'drive and camera':36s} injected  error: mean   max   held  spread   given      s  edges"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="injections of each size")
    parser.add_argument("--drives", type=int, default=len(DRIVES), help="simulated drives")
    parser.add_argument("--only", choices=("real", "simulated"))
    arguments = parser.parse_args()
    one_core.pin()
    if arguments.only != "real":
        print("Simulated drives, true extrinsics known\n" + HEADING)
        scores = []
        for name, features in simulated(arguments.drives):
            scores += run(name, features, SIZES_DEG, arguments.seeds)
        print_sigmas(scores)
    if arguments.only != "simulated":
        print("\nReal drives, against the published extrinsics\n" + HEADING)
        for name, features in real():
            run(name, features, SIZES_DEG, arguments.seeds)


def simulated(count: int) -> Iterator[tuple[str, Features]]:
    for k, (maneuver, beams) in enumerate(DRIVES[:count]):
        config = SimulationConfig(
            seed=100 + k, frames=max(FRAMES) + 1, maneuver=maneuver, beams=beams,
            image_width_px=800, image_height_px=500,
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            log = simulated_log(config, FRAMES, Path(folder))
            yield from of_log(f"{maneuver} {beams}", log)


def real() -> Iterator[tuple[str, Features]]:
    if (path := SHARED / "pandaset" / "002").exists():
        yield from of_log("PandaSet 002", open_log(path, "pandaset"))
    if (path := SHARED / "kitti-tracking").exists():
        yield from of_log("KITTI 0000", open_log(path, "kitti-tracking", sequence="0000"))
    if (path := SHARED / "kitti-object").exists():
        for sequence in ("000007", "000008", "000010", "000021"):
            log = open_log(path, "kitti-object", sequence=sequence)
            yield from of_log(f"KITTI object {sequence}", log)
    yield from extra_features(SHARED)


def of_log(name: str, log: Log) -> Iterator[tuple[str, Features]]:
    edges = sweep_edges(log)
    for camera in log.images:
        yield f"{name} {camera}", collect(log, camera, edges=edges)


def run(name: str, features: Features, sizes: tuple[float, ...], seeds: int) -> list[np.ndarray]:
    """Print a line for each size; returns errors over sigmas (7,) of every injection."""
    true = features.camera.ego_from_sensor
    rng = np.random.default_rng(0)
    start = time.process_time()
    config = RefineConfig(min_images=1)
    as_given = refine_camera(features, config)
    places = [as_given.refined.ego_from_sensor] if as_given.moved[:3].any() else []
    given = f"{angle_deg(places[0], true):6.3f}" if places else "  left"
    scores, lines, runs = [], [], 1
    for size in sizes:
        errors, held = [], 0
        for _ in range(seeds):
            found = refine_camera(injected(features, size, rng), config)
            runs += 1
            if found.moved[:3].any():
                places.append(found.refined.ego_from_sensor)
                errors.append(angle_deg(places[-1], true))
                scores.append(in_sigmas(found, true))
            else:
                held += 1
        mean, most = (np.mean(errors), np.max(errors)) if errors else (np.nan, np.nan)
        lines.append((size, mean, most, held))
    spent_s = (time.process_time() - start) / runs
    spread = max((angle_deg(a, b) for a in places for b in places), default=np.nan)
    for size, mean, most, held in lines:
        print(
            f"{name:36s} {size:6.2f}      {mean:6.3f} {most:6.3f} {held:5d}  {spread:6.3f}  "
            f"{given} {spent_s:6.1f} {len(features):6d}",
            flush=True,
        )
    return scores


def injected(features: Features, size_deg: float, rng: np.random.Generator) -> Features:
    axis = rng.normal(size=3)
    delta = np.zeros(len(AXES))
    delta[:3] = np.deg2rad(size_deg) * axis / np.linalg.norm(axis)
    place = moved_camera(features.camera.ego_from_sensor, delta)
    return features.with_camera(replace(features.camera, ego_from_sensor=place))


def in_sigmas(found: CameraRefinement, true: SE3) -> np.ndarray:
    """(7,) how many of its own standard deviations each parameter of the estimate is off."""
    missing = true.inverse() @ moved_camera(found.camera.ego_from_sensor, found.estimate)
    turn = Rotation.from_matrix(missing.rotation).as_rotvec()
    off = np.concatenate([turn, missing.translation, found.estimate[6:]])
    return np.asarray(off / found.sigma)


def print_sigmas(scores: list[np.ndarray]) -> None:
    off = np.abs(np.array(scores))
    print("\nshare of estimates within 1, 2, 3 of their own standard deviations (68, 95, 99.7 %)")
    for k, name in enumerate(AXES):
        shares = " ".join(f"{100 * np.mean(off[:, k] <= limit):5.0f}" for limit in (1, 2, 3))
        print(f"{name:8s} {shares}   root mean square {np.sqrt(np.mean(off[:, k] ** 2)):.2f}")


def angle_deg(a: SE3, b: SE3) -> float:
    return float(np.rad2deg(Rotation.from_matrix(a.rotation.T @ b.rotation).magnitude()))


if __name__ == "__main__":
    main()
