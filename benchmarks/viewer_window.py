"""The review window on a screen: from a key or the mouse to what is seen, beside a plain window.

python benchmarks/viewer_window.py --folder DIR     written to benchmarks/results too

DIR keeps the made scene. Needs Xvfb and xdotool; the renderer is a software one there. Times are
taken on the screen: from the start of xdotool to the first changed pixel.
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
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import numpy as np
from crowded_scene import crowded_scene
from plain_window import TITLE
from tee import Tee

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "viewer"))
from window_driver import SCREEN, Window, virtual_screen
from window_steps import middle, select

from avlabel.scenes.scene import Scene

RESULTS = Path(__file__).parent / "results" / "viewer_window.txt"
PLAIN = Path(__file__).parent / "plain_window.py"
TIMES, IDLE_S, PATIENCE_S = 24, 20.0, 20.0
PAUSE_S = 0.7
"""Between two keys, so that what was read ahead is here and the last redraw is over."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where the made scene is kept")
    folder = parser.parse_args().folder
    scene = crowded_scene(folder)
    with (
        RESULTS.open("w", encoding="utf-8") as kept,
        redirect_stdout(Tee(sys.stdout, kept)),
        virtual_screen() as display,
        tempfile.TemporaryDirectory() as temporary,
    ):
        print("Milliseconds: best, median, 95 %; on a software renderer.")
        print(f"{os.cpu_count()} cores, of which {os.getloadavg()[0]:.1f} are wanted by others.\n")
        copy = Path(shutil.copytree(scene.path, Path(temporary) / "scene"))
        report(scene, copy, display, Path(temporary))


def report(scene: Scene, copy: Path, display: str, folder: Path) -> None:
    """All that is measured on the screen."""
    start = time.monotonic()
    window = Window(copy, display, folder)
    print(f"{'open to the first picture, with imports':<46}{1e3 * (time.monotonic() - start):8.0f}")
    size = window.shown["rects"]["street"][2:]
    next_ms = looking(window)
    row("key to words only, the street not drawn", words(window))
    editing(window)
    idle(window)
    window.kill()
    with plain(scene, display, folder, size) as press:
        plain_ms = [seen_after(window, press) for _ in range(TIMES)]
    row("plain Open3D window, same cloud, another eye", plain_ms)
    print(f"{'next frame over plain':<46}{np.median(next_ms) / np.median(plain_ms):8.2f}")


def looking(window: Window) -> list[float]:
    """From frame to frame."""
    track = int(next(iter(window.shown["boxes_px"]["street"])))
    select(window, track)
    before = resident_mb(window.process.pid)
    next_ms = [seen_after(window, lambda: window.key("Right")) for _ in range(TIMES)]
    left = (resident_mb(window.process.pid) - before) / TIMES
    row("key to the next frame", next_ms)
    row("  of it our own drawing", own_ms(window, "FRAME"))
    print(f"{'  left in memory by each, caches included, MB':<46}{left:8.1f}")
    return next_ms


def words(window: Window) -> list[float]:
    """A key that only changes what the next click does, as the status line says."""
    return [seen_after(window, lambda: window.key("f")) for _ in range(TIMES)]


def editing(window: Window) -> None:
    """The selected box moved by a key, and by the mouse."""
    row("key to the box moved", [seen_after(window, lambda: window.key("w")) for _ in range(TIMES)])
    window.wait(lambda shown: not shown["unrecorded"])
    u, v = middle(window.shown["boxes_px"]["top"])
    window.press(u, v)
    drags = []
    for k in range(TIMES):
        at = u + 5 * (1 + k % 8), v + 5 * (1 + k % 2)
        drags.append(seen_after(window, lambda at=at: window.point(*at)))
    window.release()
    row("mouse to the box dragged", drags)
    row("  of it our own drawing", own_ms(window, "LABELS"))


def idle(window: Window) -> None:
    """Of a core, while nobody does anything."""
    before = processor_s(window.process.pid)
    time.sleep(IDLE_S)
    share = (processor_s(window.process.pid) - before) / IDLE_S
    print(f"{'of a core, while nothing happens':<46}{share:8.1%}")


@contextmanager
def plain(
    scene: Scene, display: str, folder: Path, size: tuple[int, int]
) -> Iterator[Callable[[], None]]:
    """A plain window with the first frame's points; gives what presses a key in it."""
    frame_idx = int(scene.frames.frame_idx[0])
    points = scene.frames.world_from_ego[0].apply(scene.sweep(frame_idx).points_ego)
    np.save(folder / "points.npy", points.astype(np.float32))
    environment = {**os.environ, "DISPLAY": display}
    command = [sys.executable, str(PLAIN), str(folder / "points.npy")]
    command += map(str, (*size, *SCREEN))
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603

        def run(*command: str) -> str:
            done = subprocess.run(  # noqa: S603
                ["xdotool", *command],  # noqa: S607
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            return done.stdout

        number = run("search", "--sync", "--name", TITLE).split()[-1]
        time.sleep(3.0)
        run("windowmove", number, "0", "0")
        run("windowfocus", number)
        yield lambda: print(end=run("key", "w"))
        process.kill()


def seen_after(window: Window, do: Callable[[], None]) -> float:
    """Milliseconds from doing something to the first changed pixel."""
    time.sleep(PAUSE_S)
    before = window.picture()
    start = time.monotonic()
    do()
    while np.array_equal(window.picture(), before):
        if time.monotonic() - start > PATIENCE_S:
            raise SystemExit("nothing has changed on the screen")
    return (time.monotonic() - start) * 1e3


def own_ms(window: Window, reason: str) -> list[float]:
    """What our own drawing took the last times that it had this reason, as the trace says."""
    window.wait(lambda shown: bool(shown))
    return [line["took_ms"] for line in window.lines if reason in line["changed"]][-TIMES:]


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def row(name: str, took_ms: list[float]) -> None:
    values = min(took_ms), float(np.median(took_ms)), float(np.percentile(took_ms, 95))
    print(f"{name:<46}" + "".join(f"{value:8.1f}" for value in values))


if __name__ == "__main__":
    main()
