"""Sensor data in the viewer: how soon the next frame is there, and what is made of it.

python benchmarks/viewer_data.py                 every table, kept in benchmarks/results too
python benchmarks/viewer_data.py --folder DIR    keeps the made scene there for the next time
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import one_core  # noqa: F401 (first: it sets threads before libraries read them)

# isort: split
import cv2
import numpy as np
from long_scene import long_scene
from recordings import RECORDINGS
from tee import Tee

from avlabel.pipeline import PipelineConfig, label_log
from avlabel.scenes.scene import Scene, open_scene
from avlabel_viewer.drawing.point_colors import point_colors
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.inside import box_of_points
from avlabel_viewer.frames.reading import height_above_ground, read_image, read_points
from avlabel_viewer.frames.shown import shown
from avlabel_viewer.frames.stack import ALL_SWEEPS, StackWish, accumulate
from avlabel_viewer.frames.thinning import thin

RESULTS = Path(__file__).parent / "results" / "viewer_data.txt"
N_FRAMES = 200
JUMPS = 30
STEPS = 2000
MB = 1 << 20

Work = Callable[[], object]
Spent = list[tuple[float, float]]
"""Milliseconds of the clock and of the processor."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where the made scene is kept")
    parser.add_argument("--memory", action="store_true", help="only memory, in this process")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.memory:
        memory(long_scene(arguments.folder, N_FRAMES))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        RESULTS.parent.mkdir(exist_ok=True)
        with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):
            print("Milliseconds; cpu: of the processor, whatever else runs on it.")
            for name, scene in scenes(folder):
                report(name, scene)
            print(in_process_of_its_own("--memory", "--folder", str(folder)), end="")


def scenes(folder: Path) -> Iterator[tuple[str, Scene]]:
    yield "made scene", long_scene(folder, N_FRAMES)
    recording = RECORDINGS[1]
    if not recording.path.exists():
        print(f"{recording.name}: not here, left out")
        return
    path = folder / "pandaset"
    if not path.is_dir():
        label_log(recording.open(), path, PipelineConfig(), first=36, last=51)
    yield recording.name, open_scene(path)


def report(name: str, scene: Scene) -> None:
    first = int(scene.frames.frame_idx[0])
    n = len(read_points(scene, first))
    print(f"\n{name}: {len(scene.frames)} frames, {n:,} points, {len(scene.cameras)} cameras")
    parts(scene, first)
    for threads, n_cores in ((1, 1), (1, 2), (2, 2)):
        with cores(n_cores):
            next_frame(scene, threads, f"{n_cores} core{'s' * (n_cores > 1)}")
    with cores(1):
        made_of_it(scene, first)
        stacks(scene)


def parts(scene: Scene, frame_idx: int) -> None:
    """What one frame costs to read, part by part."""
    points_ego = scene.sweep(frame_idx).points_ego
    with cores(1):
        heading("reading", "cpu")
        line("sweep", cpu_ms(lambda: scene.sweep(frame_idx)))
        line("height above ground", cpu_ms(lambda: height_above_ground(points_ego)))
        line("points, with both", cpu_ms(lambda: read_points(scene, frame_idx)))
        for shrink in (1, 2, 4):
            cost = cpu_ms(
                lambda: [read_image(scene, frame_idx, name, shrink) for name in scene.cameras]  # noqa: B023
            )
            line(f"{len(scene.cameras)} images, 1/{shrink} size", cost)


def next_frame(scene: Scene, threads: int, where: str) -> None:
    """A jump to a frame that nobody expected, a step to the next one, and playing on."""
    reading = f"next frame, {threads} thread{'s' * (threads > 1)}, {where}"
    heading(reading, "best", "median", "95 %", "cpu")
    for what, forget in (("not in the cache", False), ("nor in the system's", True)):
        points, all_of_it = jumps(scene, threads, forget=forget)
        line(f"{what}: points", *spread(points))
        line(f"{what}: and images", *spread(all_of_it))
    numbers = scene.frames.frame_idx.tolist()
    with FrameCache(scene, threads=threads, ahead=4) as cache:
        cache.want(numbers[0])
        until(lambda: cache.progress[0] == cache.progress[1], now())
        line("read ahead", *spread([wanted(cache, numbers[k % 2]) for k in range(40)]))
    line("each of 60, as fast as can be", *played(scene, threads))


def jumps(scene: Scene, threads: int, *, forget: bool) -> tuple[Spent, Spent]:
    """What it takes to the points, and to all, of frames anywhere in the scene."""
    random = np.random.default_rng(0)
    points: Spent = []
    all_of_it: Spent = []
    for frame_idx in random.choice(scene.frames.frame_idx, JUMPS).tolist():
        with FrameCache(scene, threads=threads, ahead=0, behind=0) as cache:
            if forget:
                forget_files(Path(scene.path), Path(scene.info.source_uris[0]))
            start = now()
            cache.want(frame_idx)
            points.append(until(lambda: cache.peek(frame_idx) is not None, start))  # noqa: B023
            all_of_it.append(until(lambda: whole(cache, frame_idx), start))  # noqa: B023
    return points, all_of_it


def wanted(cache: FrameCache, frame_idx: int) -> tuple[float, float]:
    """What it takes from wanting a frame to having it."""
    start = now()
    cache.want(frame_idx)
    return until(lambda: whole(cache, frame_idx), start)


def played(scene: Scene, threads: int) -> tuple[float, ...]:
    """What a frame takes, if the next one is asked for as soon as one is there."""
    numbers = scene.frames.frame_idx.tolist()
    numbers = (numbers + numbers[-2:0:-1])[:60]
    with FrameCache(scene, threads=threads) as cache:
        return spread([wanted(cache, frame_idx) for frame_idx in numbers])


def forget_files(*folders: Path) -> None:
    """Let the system drop what it keeps of files in memory."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def made_of_it(scene: Scene, frame_idx: int) -> None:
    """Boxes, colours and masks of one frame."""
    data, cuboids = read_points(scene, frame_idx), scene.cuboids()
    boxes = cuboids.select(cuboids.frame_idx == frame_idx)
    ego = scene.frames.world_from_ego.translation[0]
    heading(f"{len(data):,} points and {len(boxes)} boxes", "cpu")
    line("which box each is in", cpu_ms(lambda: box_of_points(data.points, boxes)))
    for by in ("height", "intensity", "time", "class", "track"):
        cost = cpu_ms(lambda: point_colors(data, by, boxes, scene.taxonomy))  # noqa: B023
        line(f"colours by {by}", cost)
    line("what is shown", cpu_ms(lambda: shown(data, ground=False, far_m=50.0, around=ego)))


def stacks(scene: Scene) -> None:
    """Sweeps laid together, first from the disk and then from the cache, and a cloud thinned."""
    labels = scene.cuboids(), scene.tracks()
    numbers = scene.frames.frame_idx.tolist()
    heading("sweeps laid together", "disk", "cache", "(cpu)")
    for n_sweeps in (5, 20, ALL_SWEEPS):
        wish = StackWish(numbers[len(numbers) // 2], n_sweeps)
        with FrameCache(scene, threads=0) as cache:
            cost = [cpu_once(lambda: accumulate(cache, scene, wish, *labels)) for _ in range(2)]  # noqa: B023
            line(f"{n_sweeps or 'all'} sweeps", *cost)
    cloud = np.concatenate([read_points(scene, k).points for k in numbers[:10]])[:1_000_000]
    focus = scene.frames.world_from_ego.translation[5]
    line(f"{len(cloud):,} points to 400,000", cpu_ms(lambda: thin(cloud, focus, 400_000)))


def memory(scene: Scene) -> None:
    """Resident memory while a person steps through the scene, there and back."""
    numbers = scene.frames.frame_idx.tolist()
    there_and_back = numbers + numbers[-2:0:-1]
    print(f"\nmade scene, {STEPS:,} steps, 2 threads, at most 256 MB kept")
    heading(f"resident before: {resident_mb():.0f} MB", "kept", "resident")
    with FrameCache(scene, 256 * MB) as cache:
        for step in range(STEPS):
            at = step % len(there_and_back)
            cache.want(there_and_back[at], 1 if at < len(numbers) else -1)
            cache.get(there_and_back[at])
            if step % (STEPS // 10) == STEPS // 10 - 1:
                line(f"step {step + 1}", cache.n_bytes / MB, resident_mb())


def in_process_of_its_own(*arguments: str) -> str:
    command = [sys.executable, str(Path(__file__)), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def heading(what: str, *columns: str) -> None:
    print(f"  {what:38}" + "".join(f"{column:>9}" for column in columns))


def line(what: str, *values: float) -> None:
    print(f"    {what:36}" + "".join(f"{value:9.2f}" for value in values))


def whole(cache: FrameCache, frame_idx: int) -> bool:
    data = cache.peek(frame_idx)
    return data is not None and not data.pending


def now() -> tuple[float, float]:
    """Seconds of the clock, and of the processor in this process."""
    return time.perf_counter(), time.process_time()


def until(is_so: Callable[[], bool], start: tuple[float, float]) -> tuple[float, float]:
    """Milliseconds of clock and processor until something is so; looked at each 0.2 ms."""
    while not is_so():
        time.sleep(2e-4)
    wall, cpu = now()
    return (wall - start[0]) * 1e3, (cpu - start[1]) * 1e3


def spread(spent: Spent) -> tuple[float, ...]:
    """Least, median and 95th percentile of the clock's, median of the processor's."""
    wall, cpu = np.array(spent).T
    return min(wall), float(np.median(wall)), float(np.percentile(wall, 95)), float(np.median(cpu))


def cpu_once(work: Work) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


def cpu_ms(work: Work, repeats: int = 9) -> float:
    """Milliseconds of the processor in the best of some runs, after one that compiles."""
    work()
    return min(cpu_once(work) for _ in range(repeats))


@contextmanager
def cores(number: int) -> Iterator[None]:
    """Keep this process, and threads begun in it, to some processors."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:number])
    yield
    os.sched_setaffinity(0, before)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


if __name__ == "__main__":
    main()
