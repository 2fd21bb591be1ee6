"""What it costs to project cuboids and points through each camera model, on one core.

python benchmarks/projection.py         the table, written to benchmarks/results/projection.txt too
python benchmarks/projection.py --only pinhole
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from one_core import pin  # first: it sets threads before libraries read them

# isort: split
import numpy as np
from lenses import SURROUND, lens
from tee import Tee

from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3, quat_from_matrix
from avlabel.core.trajectory import Trajectory
from avlabel.geometry.exposure import expose, in_reach
from avlabel.geometry.occlusion import occlusion_by_boxes
from avlabel.geometry.projection import project_boxes
from avlabel.geometry.sweep_depth import SweepDepth
from avlabel.stages.project import exposure_poses, project

RESULTS = Path(__file__).parent / "results" / "projection.txt"
MOUNTED = {0.0: "front", 55.0: "left", -55.0: "right", 110.0: "rear left", -110.0: "rear right"}
BOXES, POINTS, FRAMES, RUNS = 200, 120_000, 10, 15
RETURNS = 17_000
PERIOD_NS = 100_000_000
SIZES_LWH = np.array([[4.6, 1.9, 1.6], [9.0, 2.6, 3.4], [0.7, 0.7, 1.75], [1.8, 0.7, 1.6]])
EXPLAINED = f"""
Milliseconds of processor time, fastest of {RUNS} runs on one core.
points  {POINTS:,} float32 points all around into one camera: CameraModel.project
stage   {BOXES} cuboids within 60 m into 6 cameras with a rolling shutter, of one frame of {FRAMES}:
        stages.project.project as a whole (poses, culling, boxes at their exposures, corners,
        clipped 2D boxes, truncation, occlusion by other boxes, the rows of the table)
of which, by the function called alone:
  cull  in_reach      expose  expose      boxes  project_boxes      hidden  occlusion_by_boxes
sweep   the stage again, with occlusion by a sweep of {RETURNS:,} returns as well
rows    cuboids seen, summed over the 6 cameras
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=SURROUND, help="one lens; nothing is written")
    only = parser.parse_args().only
    pin()
    if only:
        table((only,))
        return
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):
        table(SURROUND)


def table(names: tuple[str, ...]) -> None:
    """A line a lens."""
    print(EXPLAINED.strip())
    print(f"\n{'':<16}{'points':>8}{'stage':>8}{'cull':>8}{'expose':>8}", end="")
    print(f"{'boxes':>8}{'hidden':>8}{'sweep':>8}{'rows':>7}")
    for name in names:
        print(f"{name:<16}{points_ms(name):8.2f}", end="")
        print("".join(f"{ms:8.2f}" for ms in [*stage_ms(name), with_sweep_ms(name)]), end="")
        print(f"{rows_seen(name):7.0f}")
        sys.stdout.flush()


def points_ms(name: str) -> float:
    model, rng = lens(name), np.random.default_rng(0)
    points = rng.uniform([-60, -8, -60], [60, 2, 60], (POINTS, 3)).astype(np.float32)
    return fastest(lambda: model.project(points))


def stage_ms(name: str) -> list[float]:
    """The stage, and its parts, a frame."""
    rig, cuboids = surround(lens(name)), traffic()
    frames, times = np.arange(FRAMES, dtype=np.int32), exposures(rig)
    whole = fastest(lambda: project(cuboids, rig, DRIVE, frames, times)) / FRAMES
    one = cuboids.select(cuboids.frame_idx == 0)
    parts = [parts_ms(one, camera, times[key]) for key, camera in rig.cameras.items()]
    return [whole, *np.sum(parts, axis=0)]


def with_sweep_ms(name: str) -> float:
    """The stage with a sweep's depth, a frame."""
    rig, cuboids = surround(lens(name)), traffic()
    frames, times, rng = np.arange(FRAMES, dtype=np.int32), exposures(rig), np.random.default_rng(2)
    around, away = rng.uniform(-np.pi, np.pi, RETURNS), rng.uniform(4, 70, RETURNS)
    flat = np.column_stack([np.cos(around), np.sin(around), rng.uniform(-0.15, 0.1, RETURNS)])
    points_cm = np.rint(100 * (away[:, None] * flat + [0.0, 0.0, 1.8])).astype(np.int16)
    depths = [SweepDepth(k * PERIOD_NS, points_cm) for k in range(FRAMES)]
    run = fastest(lambda: project(cuboids, rig, DRIVE, frames, times, depths=depths))
    return run / FRAMES


def parts_ms(cuboids: Cuboids, camera: Camera, times_ns: np.ndarray) -> list[float]:
    """The parts of the stage for the first frame's image of one camera."""
    t_ns, pose = int(times_ns[0]), exposure_poses(DRIVE, camera, times_ns)[0]
    near = cuboids.select(in_reach(cuboids, camera, t_ns, pose))
    corners = expose(near, camera, t_ns, pose).corners_cam
    seen = corners[project_boxes(corners, camera.model).visible]
    return [
        fastest(lambda: in_reach(cuboids, camera, t_ns, pose)),
        fastest(lambda: expose(near, camera, t_ns, pose)),
        fastest(lambda: project_boxes(corners, camera.model)),
        fastest(lambda: occlusion_by_boxes(seen, camera.model)),
    ]


def rows_seen(name: str) -> float:
    rig = surround(lens(name))
    frames = np.arange(FRAMES, dtype=np.int32)
    return len(project(traffic(), rig, DRIVE, frames, exposures(rig))[0]) / FRAMES


def fastest(run: Callable[[], object]) -> float:
    """Milliseconds."""
    run()
    times = []
    for _ in range(RUNS):
        start = time.thread_time()
        run()
        times.append(time.thread_time() - start)
    return 1e3 * min(times)


def surround(model) -> Rig:  # type: ignore[no-untyped-def]
    """Six equal cameras around the car."""
    axes = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    cameras = {}
    for yaw in (0.0, 55.0, -55.0, 110.0, -110.0, 180.0):
        turned = SE3.from_yaw(np.deg2rad(yaw), np.array([1.5, 0.0, 1.6]))
        name = MOUNTED.get(yaw, "rear")
        pose = turned @ SE3(axes, np.zeros(3))
        cameras[name] = Camera(name, pose, model, "rolling", 20_000_000)
    return Rig({}, cameras)


def exposures(rig: Rig) -> dict[str, np.ndarray]:
    times = np.arange(FRAMES, dtype=np.int64) * PERIOD_NS
    return {name: times + 5_000_000 * k for k, name in enumerate(rig.cameras)}


def traffic() -> Cuboids:
    """Cars, trucks, people and bicycles around the car, most of them moving."""
    n, rng = BOXES * FRAMES, np.random.default_rng(1)
    distance, around = rng.uniform(4, 60, n), rng.uniform(-np.pi, np.pi, n)
    size = SIZES_LWH[rng.choice(4, n, p=[0.6, 0.1, 0.2, 0.1])]
    center = np.column_stack([distance * np.cos(around), distance * np.sin(around), size[:, 2] / 2])
    frame = np.repeat(np.arange(FRAMES), BOXES)
    center += DRIVE.at(frame * PERIOD_NS).translation
    yaw = rng.uniform(-np.pi, np.pi, n)
    velocity = rng.uniform(0, 15, n)[:, None] * np.column_stack([np.cos(yaw), np.sin(yaw), 0 * yaw])
    return Cuboids.build(
        "world",
        frame_idx=frame,
        timestamp_ns=frame * PERIOD_NS,
        category=np.zeros(n, np.int64),
        center=center,
        quat_wxyz=quat_from_matrix(SE3.from_yaw(yaw, center).rotation),
        size_lwh=size,
        velocity=velocity,
    )


def drive() -> Trajectory:
    """Straight ahead at 12 m/s."""
    times = np.arange(-2 * PERIOD_NS, (FRAMES + 2) * PERIOD_NS, PERIOD_NS)
    ahead = np.column_stack([12e-9 * times, 0 * times, 0 * times])
    return Trajectory(times, SE3.from_yaw(np.zeros(len(times)), ahead))


DRIVE = drive()

if __name__ == "__main__":
    main()
