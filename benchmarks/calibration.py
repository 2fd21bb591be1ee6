"""Plants calibration errors in drives and counts which of them the check finds.

python benchmarks/calibration.py [--drives 4]

Drives: PandaSet 002, KITTI tracking 0000 (both beside the checkout), and simulated ones, made in
a temporary folder from seeds that no limit was chosen on. Prints, for every kind and size of
error, how many were found, and every alarm on drives that nothing was planted in.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import numpy as np
from recordings import SHARED
from scipy.spatial.transform import Rotation

from avlabel.core.log import Log
from avlabel.core.rig import Rig
from avlabel.core.se3 import SE3
from avlabel.readers.recorded_log import RecordedLog
from avlabel.readers.registry import open_log
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import simulate
from avlabel.simulation.export import write_drive
from avlabel_calibration.alignment import features
from avlabel_calibration.check import planted
from avlabel_calibration.check.evidence import FEW, MANY, Evidence
from avlabel_calibration.check.registry import run
from avlabel_calibration.check.run import RULES, check_log
from avlabel_calibration.check.verdict import Verdict

FIRST_SEED, FRAMES = 301, 15
CAMERA_RULES = (
    "not-a-rotation", "mirrored", "points-in-image", "camera-mounting", "inverted-extrinsic",
    "opengl-axes", "cameras-swapped", "alignment", "camera-time",
)  # fmt: skip
AXES = {
    "rotation": ("pitch", "yaw", "roll"),
    "translation": ("right", "down", "forward"),
}

Plant = Callable[[Log, str], Log]


@dataclass(frozen=True)
class Error:
    """A kind of error, how to plant it in a camera, and whether the gate should see it."""

    kind: str
    plant: Plant
    gross: bool = False


@dataclass(frozen=True)
class Drive:
    """A drive, and how many times each error is planted in each of its cameras."""

    group: str
    log: RecordedLog
    signs: tuple[int, ...]


def errors(rng: np.random.Generator, signs: tuple[int, ...]) -> Iterator[Error]:
    """Every error, with one random sign or with both."""
    chosen = signs or (int(rng.choice([-1, 1])),)
    for sign in chosen:
        for degrees in (0.25, 0.5, 1.0, 2.0):
            for axis, name in enumerate(AXES["rotation"]):
                vector = sign * degrees * np.eye(3)[axis]
                kind = f"rotation {degrees:g} deg {name}"
                yield Error(kind, lambda log, c, v=vector: planted.turned(log, c, v))
        for metres in (0.05, 0.1, 0.2):
            for axis, name in enumerate(AXES["translation"]):
                vector = sign * metres * np.eye(3)[axis]
                kind = f"translation {100 * metres:g} cm {name}"
                yield Error(kind, lambda log, c, v=vector: planted.moved(log, c, v))
        for seconds in (0.01, 0.03, 0.05):
            kind = f"time {1000 * seconds:g} ms"
            yield Error(kind, lambda log, c, s=sign * seconds: planted.delayed(log, c, s))
    yield Error("inverted", planted.inverted, gross=True)
    yield Error("OpenGL axes", planted.with_opengl_axes, gross=True)
    yield Error("mirrored", planted.mirrored, gross=True)


def only(log: RecordedLog, *cameras: str) -> RecordedLog:
    """A log with some of its cameras."""
    rig = Rig(log.rig.lidars, {name: log.rig.cameras[name] for name in cameras})
    return replace(log, rig=rig, images={name: log.images[name] for name in cameras})


def is_found(log: Log, camera: str, given: Evidence) -> bool:
    """Whether any rule finds something in a camera; edges of sweeps are those of ``given``."""
    evidence = Evidence(log, laid_over=given.laid_over)
    evidence.edges = given.edges
    names = [n for n in CAMERA_RULES if RULES[n].speed == "fast" or given.laid_over != FEW]
    return any(hit(v, camera) for v in run([RULES[n] for n in names], evidence))


def hit(verdict: Verdict, camera: str) -> bool:
    return verdict.outcome == "found" and verdict.sensor_id == camera


def count(drive: Drive, tally: dict[tuple[str, str, str], list[bool]], seed: int) -> None:
    """Plant everything in one drive."""
    rng = np.random.default_rng(seed)
    cameras = list(drive.log.images)
    full, quick = (Evidence(drive.log, laid_over=n) for n in (MANY, FEW))
    for camera in cameras:
        with remembered_maps():
            for error in errors(rng, drive.signs):
                log = error.plant(only(drive.log, camera), camera)
                tally.setdefault((error.kind, drive.group, "check"), []).append(
                    is_found(log, camera, full)
                )
                if error.gross:
                    tally.setdefault((error.kind, drive.group, "gate"), []).append(
                        is_found(log, camera, quick)
                    )
    for first, second in pairs(cameras):
        with remembered_maps():
            log = planted.swapped(only(drive.log, first, second), first, second)
            for name, given in (("check", full), ("gate", quick)):
                either = any(is_found(log, camera, given) for camera in (first, second))
                tally.setdefault(("cameras swapped", drive.group, name), []).append(either)


def pairs(cameras: list[str]) -> list[tuple[str, str]]:
    """Each camera with the next."""
    n = len(cameras)
    return [(cameras[i], cameras[(i + 1) % n]) for i in range(n if n > 2 else n - 1)]


def remembered_maps():  # type: ignore[no-untyped-def]
    """Edge maps of images are those of before: no error changes them."""
    known: dict[tuple[int, str], object] = {}
    make = features.edge_levels

    def edge_levels(gray, model):  # type: ignore[no-untyped-def]
        key = zlib.crc32(gray), repr(model.intrinsics.tolist())
        if key not in known:
            known[key] = make(gray, model)
        return known[key]

    return patch.object(features, "edge_levels", edge_levels)


def halves(log: RecordedLog) -> Iterator[tuple[str, RecordedLog]]:
    """A log, its first and its second half."""
    n = len(log.sweeps)
    for name, first, last in (
        ("whole", 0, n),
        ("first half", 0, n // 2),
        ("second half", n // 2, n),
    ):
        sweeps = replace(
            log.sweeps,
            frame_idx=log.sweeps.frame_idx[first:last],
            start_ns=log.sweeps.start_ns[first:last],
            end_ns=log.sweeps.end_ns[first:last],
            files=(),
        )
        load = log.load_sweep
        yield (
            name,
            replace(
                log, sweeps=sweeps, load_sweep=lambda i, first=first, load=load: load(first + i)
            ),
        )


def print_alarms(drives: list[Drive]) -> None:
    """Every finding on drives that nothing was planted in, and what was left undecided."""
    print("\nNothing planted: findings by every rule, whole drives and halves of them")
    for drive in drives:
        for name, log in halves(drive.log):
            verdicts = check_log(log, open_lidar=other_lidar(drive)).verdicts
            found = [v for v in verdicts if v.outcome == "found"]
            undecided = sum(v.outcome == "undecided" for v in verdicts)
            print(
                f"  {drive.group:<12} {log.log_id:<22} {name:<12} {len(found)} findings, "
                f"{undecided} undecided, {len(verdicts) - undecided - len(found)} fine"
            )
            for v in found:
                print(f"    {v.severity} {v.rule} {v.sensor_id}: {v.message}")


def other_lidar(drive: Drive):  # type: ignore[no-untyped-def]
    if "pandaset" not in drive.log.log_id:
        return None
    return lambda name: open_log(SHARED / "pandaset" / "002", "pandaset", lidar=name)


def print_others(drives: list[Drive]) -> None:
    """Errors of LiDAR and poses, found by the rules for them."""
    print("\nErrors of the LiDAR and the poses: found by the rule for it")
    tilt = lambda axis, deg: SE3(  # noqa: E731
        Rotation.from_rotvec(np.deg2rad(deg) * np.eye(3)[axis]).as_matrix(), np.zeros(3)
    )
    cases: list[tuple[str, str, Callable[[Log], Log]]] = [
        (f"LiDAR tilted by {deg:g} deg {name}", "ground-normal",
         lambda log, a=axis, d=deg: planted.with_lidar_moved(log, tilt(a, d)))
        for deg in (2, 5, 10) for axis, name in enumerate(("roll", "pitch"))
    ] + [
        ("poses inverted", "poses-odometry", lambda log: planted.with_poses(log, SE3.inverse)),
        ("poses 1.5 times as far", "poses-odometry",
         lambda log: planted.with_poses(log, lambda p: SE3(p.rotation, 1.5 * p.translation))),
    ]  # fmt: skip
    for name, rule, plant in cases:
        outcomes = [
            [v.outcome for v in run([RULES[rule]], Evidence(plant(drive.log)))] for drive in drives
        ]
        print(f"  {name:<28} {sum('found' in o for o in outcomes)} of {len(outcomes)} drives")


def print_table(tally: dict[tuple[str, str, str], list[bool]], groups: list[str]) -> None:
    print(f"{'':<26}" + "".join(f"{group:>14}" for group in groups) + "   by")
    for kind, how in dict.fromkeys((kind, how) for kind, _, how in tally):
        cells = (tally.get((kind, group, how), []) for group in groups)
        shown = (f"{sum(c)} of {len(c)}" if c else "-" for c in cells)
        print(f"{kind:<26}" + "".join(f"{cell:>14}" for cell in shown) + f"   {how}")


def drives_in(folder: Path, simulated: int) -> list[Drive]:
    """The real drives that are here, and simulated ones."""
    drives = []
    if (SHARED / "pandaset" / "002").exists():
        drives.append(Drive("PandaSet", open_log(SHARED / "pandaset" / "002", "pandaset"), ()))
    if (SHARED / "kitti-tracking").exists():
        log = open_log(SHARED / "kitti-tracking", "kitti-tracking", sequence="0000")
        drives.append(Drive("KITTI", log, (-1, 1)))
    for seed in range(FIRST_SEED, FIRST_SEED + simulated):
        write_drive(simulate(SimulationConfig(seed=seed, frames=FRAMES)), folder / str(seed))
        drives.append(Drive("simulated", open_log(folder / str(seed), "native"), ()))
    return drives


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drives", type=int, default=4, help="how many simulated drives")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        drives = drives_in(Path(folder), arguments.drives)
        tally: dict[tuple[str, str, str], list[bool]] = {}
        for number, drive in enumerate(drives):
            count(drive, tally, seed=number)
        print("Planted errors that were found ('gate': by the rules that run before labeling)\n")
        print_table(tally, list(dict.fromkeys(drive.group for drive in drives)))
        print_others(drives)
        print_alarms(drives)
        print("\nThe fast rules alone, one core")
        for drive in drives[:3]:
            check_log(drive.log, fast_only=True)
            began = time.process_time()
            check_log(drive.log, fast_only=True)
            print(f"  {drive.log.log_id:<24} {time.process_time() - began:.2f} s")
    print(f"\n{(time.process_time() - start) / 60:.1f} minutes of one core")


if __name__ == "__main__":
    main()
