"""The review application without its renderer: what opening, looking and editing cost.

python benchmarks/viewer.py                 a table, written to benchmarks/results/viewer.txt
python benchmarks/viewer.py --folder DIR    keeps the made scene there for the next time

What the renderer costs besides is measured by viewer_window.py, the parts by viewer_data.py,
viewer_drawing.py, viewer_editing.py and review_session.py.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout
from pathlib import Path

import numpy as np
from crowded_scene import N_FRAMES, crowded_scene
from tee import Tee

RESULTS = Path(__file__).parent / "results" / "viewer.txt"
WINDOW = (0, 24, 1600, 926)
RUNS, STARTS, STEPS, MB = 30, 5, 2000, 1 << 20
EARLIER = (10, 1000)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where the made scene is kept")
    parser.add_argument("--open", type=float, help="open it in this process, begun at that second")
    parser.add_argument("--memory", action="store_true", help="only memory, in this process")
    arguments = parser.parse_args()
    if arguments.open is not None:
        opening(arguments.folder, arguments.open)
        return
    if arguments.memory:
        memory(arguments.folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        RESULTS.parent.mkdir(exist_ok=True)
        with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):
            report(folder)


def report(folder: Path) -> None:
    """All tables."""
    scene = crowded_scene(folder)
    n, cameras = len(scene.cuboids()), len(scene.cameras)
    print(f"{N_FRAMES} frames, {n:,} boxes, {cameras} cameras; {os.cpu_count()} cores, ", end="")
    print(f"of which {os.getloadavg()[0]:.1f} are wanted by others.")
    print("Milliseconds: best, median and, of the processor, median.\n")
    starts = [in_process_of_its_own(folder, "--open", str(time.monotonic())) for _ in range(STARTS)]
    for stage in zip(*(start.splitlines() for start in starts), strict=True):
        words = [line.split() for line in stage]
        row(" ".join(words[0][:-2]), [(float(one[-2]), float(one[-1])) for one in words])
    copy = Path(shutil.copytree(scene.path, Path(tempfile.mkdtemp(dir=folder)) / "scene"))
    try:
        with closing(open_desk(copy)) as desk:
            stepping(desk)
            for earlier in EARLIER:
                edit_until(desk, earlier)
                editing(desk, earlier)
    finally:
        shutil.rmtree(copy.parent)
    print(in_process_of_its_own(folder, "--memory"), end="")


# -- opening ----------------------------------------------------------------------------------


def opening(folder: Path, began_s: float) -> None:
    """From the start of the process to the first picture."""
    import avlabel_viewer.view.paint  # noqa: F401 (what a start has to import)

    marks = [(began_s, 0.0), (time.monotonic(), time.process_time())]

    def stage(name: str, first: int = -2) -> None:
        took = np.subtract(marks[-1], marks[first]) * 1e3
        print(f"{name} {took[0]:.1f} {took[1]:.1f}")

    stage("start Python, import what is not Open3D")
    desk = open_desk(next((folder / "scenes").glob("scene_id=*")))
    marks.append((time.monotonic(), time.process_time()))
    stage("open the scene, lay its edits on")
    wait_for_data(desk)
    marks.append((time.monotonic(), time.process_time()))
    stage("wait for points and images")
    for _, draw in pictures(desk):
        draw()
    marks.append((time.monotonic(), time.process_time()))
    stage("draw everything for the first time")
    stage("to the first picture", 0)
    stage("to the first picture, without imports", 1)
    desk.close()


def open_desk(path: Path):  # type: ignore[no-untyped-def]
    """A desk on a scene, its views laid out as in a window."""
    from avlabel.scenes.scene import open_scene
    from avlabel_viewer.actions.desk import Desk
    from avlabel_viewer.session.session import Session
    from avlabel_viewer.view.layout import arrange

    session = Session(open_scene(path), "ann", state_folder=path / "state")
    desk = Desk(session)
    desk.views.rects = dict(arrange(WINDOW, 1.0))
    return desk


def wait_for_data(desk) -> None:  # type: ignore[no-untyped-def]
    while desk.sensors.data is None or desk.sensors.data.pending:
        time.sleep(2e-4)
    desk.tick()


# -- looking ----------------------------------------------------------------------------------


def pictures(desk) -> Iterator[tuple[str, Callable[[], object]]]:  # type: ignore[no-untyped-def]
    """All that the window draws anew when boxes change, but the lines of the street itself."""
    from avlabel_viewer.actions.facts import object_facts, queue_facts, scene_facts, status_line
    from avlabel_viewer.actions.views import PLANES
    from avlabel_viewer.drawing.lines import box_lines
    from avlabel_viewer.view.paint import paint_images, paint_plane, paint_timeline

    def lines() -> object:
        cuboids, selected = desk.box.boxes()
        return box_lines(cuboids, desk.session.scene.taxonomy, selected)

    yield "lines of the street", lines
    yield "views of the object", lambda: [paint_plane(desk, name) for name in PLANES]
    yield "images", lambda: paint_images(desk)
    yield "timeline", lambda: paint_timeline(desk)
    yield (
        "panel and status line",
        lambda: (object_facts(desk), scene_facts(desk), queue_facts(desk), status_line(desk)),
    )


def stepping(desk) -> None:  # type: ignore[no-untyped-def]
    """From frame to frame with an object selected."""
    select(desk, 7)
    wait_until_ahead(desk)

    def step() -> None:
        desk.session.step(1)
        desk.tick()
        desk.cloud  # noqa: B018 (made when it is asked for)

    print("\nnext frame, read ahead")
    row("  its points, coloured", [clocked(step) for _ in range(8)])
    for name, draw in pictures(desk):
        row(f"  {name}", repeat(draw))
    wait_until_ahead(desk)

    def everything() -> None:
        step()
        for _, draw in pictures(desk):
            draw()

    row("  all of it", [clocked(everything) for _ in range(8)])


def wait_until_ahead(desk) -> None:  # type: ignore[no-untyped-def]
    wait_for_data(desk)
    while desk.sensors.progress[1] < desk.sensors.progress[2]:
        time.sleep(1e-3)
    desk.tick()


# -- editing ----------------------------------------------------------------------------------


def edit_until(desk, n_edits: int) -> None:  # type: ignore[no-untyped-def]
    """Move boxes here and there until there are so many edits."""
    from avlabel.edits import compose

    session, random = desk.session, np.random.default_rng(n_edits)
    while len(session.book.edits) < n_edits:
        at = int(random.integers(len(session.cuboids)))
        session.select(int(session.cuboids.track_id[at]))
        center = session.cuboids.center[at] + random.normal(0, 0.2, 3)
        session.do(compose.set_box(session.labels, at, center=center))


def editing(desk, earlier: int) -> None:  # type: ignore[no-untyped-def]
    """A box dragged a little and let go, again and again."""
    print(f"\nafter {earlier:,} edits")
    select(desk, 7)

    def drag() -> None:
        desk.box.hold(desk.box.placement.moved_along(np.array([0.01, 0, 0])), "move", by_mouse=True)
        desk.session.take_changes()

    row("  the box follows the mouse", [clocked(drag) for _ in range(RUNS)])
    settled = []
    for _ in range(RUNS):
        drag()
        settled.append(clocked(desk.box.settle))
    row("  it is recorded, synced, resolved", settled)
    for name, draw in pictures(desk):
        row(f"  {name}", repeat(draw))
    queue = []
    for _ in range(RUNS):
        drag()
        desk.box.settle()
        queue.append(clocked(lambda: desk.session.queue))
    row("  the queue after it", queue)
    row("  undo", [clocked(desk.session.undo) for _ in range(10)])


def select(desk, track_id: int) -> None:  # type: ignore[no-untyped-def]
    desk.session.select(track_id)
    desk.fly_to_object()
    desk.tick()


# -- memory -----------------------------------------------------------------------------------


def memory(folder: Path) -> None:
    """Resident memory of all but the renderer while a person steps through the scene."""
    print(f"\n{STEPS:,} steps, all pictures drawn; resident, MB")
    with closing(open_desk(next((folder / "scenes").glob("scene_id=*")))) as desk:
        for done in range(STEPS + 1):
            if done % (STEPS // 10) == 0:
                print(f"  {done:5d} {resident_mb():8.0f}")
            frames = desk.session.scene.frames.frame_idx
            there_and_back = np.concatenate([frames, frames[::-1]])
            desk.session.go_to(int(there_and_back[done % len(there_and_back)]))
            desk.tick()
            wait_for_data(desk)
            for _, draw in pictures(desk):
                draw()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


# -- measuring --------------------------------------------------------------------------------

Took = tuple[float, float]


def in_process_of_its_own(folder: Path, *arguments: str) -> str:
    command = [sys.executable, str(Path(__file__)), "--folder", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def repeat(work: Callable[[], object]) -> list[Took]:
    work()
    return [clocked(work) for _ in range(RUNS)]


def clocked(work: Callable[[], object]) -> Took:
    """Milliseconds that pass, and of the processor."""
    start, start_cpu = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - start) * 1e3, (time.thread_time() - start_cpu) * 1e3


def row(name: str, took: list[Took]) -> None:
    wall, cpu = np.array(took).T
    print(f"{name:<46}{wall.min():8.2f}{np.median(wall):8.2f}{np.median(cpu):8.2f}")


if __name__ == "__main__":
    main()
