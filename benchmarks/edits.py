"""What an edit costs: on disk, read again, and laid onto labels.

python benchmarks/edits.py              every table, written to benchmarks/results/edits.txt too
python benchmarks/edits.py --folder F   on another disk
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path

from one_core import pin  # first: it sets threads before libraries read them

# isort: split
import numpy as np
from edited_scene import TRACKS, crowded, made_labels, moved, renumbered, signed, some_edits
from tee import Tee

from avlabel.edits import compose
from avlabel.edits.labels import AutoLabels
from avlabel.edits.log import EditLog
from avlabel.edits.model import Draft, Edit
from avlabel.edits.reading import read_edits
from avlabel.edits.resolve import Resolver, resolve
from avlabel.scenes.store import Store

RESULTS = Path(__file__).parent / "results" / "edits.txt"
EDITS = (10, 100, 1000, 5000)
REPEATS = 20
STEPS = ("one more", "undone", "redone", "old undone")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where to write logs")
    arguments = parser.parse_args()
    pin()
    labels = made_labels()
    RESULTS.parent.mkdir(exist_ok=True)
    with (
        RESULTS.open("w", encoding="utf-8") as kept,
        redirect_stdout(Tee(sys.stdout, kept)),  # type: ignore[type-var]
        tempfile.TemporaryDirectory(dir=arguments.folder) as folder,
    ):
        appending(labels, Path(folder))
        edits = some_edits(labels, max(EDITS))
        print()
        resolving(labels, edits, "the labels that people saw")
        print()
        resolving(renumbered(labels), edits, "labels made again")
        print()
        crowd = crowded(labels)
        resolving(renumbered(crowd), some_edits(crowd, max(EDITS)), "those of a crowd")
        print()
        composing(labels, edits[:1000])


def appending(labels: AutoLabels, folder: Path) -> None:
    """Milliseconds of one synced append, and of reading all of them."""
    seen = resolve(labels, [])
    one = compose.set_box(seen, 4242)
    whole = compose.delete_track(seen, 7)
    print("One edit appended and synced, ms: median (99th percentile)")
    for name, draft, n in (("one box", one, 1000), ("a track of 200 boxes", whole, 200)):
        store = Store.at(folder / name.replace(" ", "-"))
        with EditLog(store, "ann", 1, (0.0, 0.0, 0.0)) as log:
            took = [clocked(lambda d=draft: log.append(d)) for _ in range(n)]
        size = sum(store.sizes().values())
        read_ms = min(clocked(lambda s=store: read_edits(s)) for _ in range(3))
        print(
            f"  {name:22} {np.median(took):6.2f} ({np.percentile(took, 99):.2f}), "
            f"{size / n:,.0f} bytes; {n} read again in {read_ms:.0f} ms"
        )
    raw = bare_append(folder / "bare", 700)
    print(f"  {'700 bytes, no more':22} {np.median(raw):6.2f} ({np.percentile(raw, 99):.2f})")


def bare_append(path: Path, n_bytes: int) -> list[float]:
    """What the disk takes for a write and fsync."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write() -> None:
        os.write(handle, b"x" * n_bytes)
        os.fsync(handle)

    took = [clocked(write) for _ in range(1000)]
    os.close(handle)
    return took


def resolving(labels: AutoLabels, edits: list[Edit], what: str) -> None:
    """Milliseconds to lay all edits onto labels, and then one more, undone, redone."""
    print(
        f"Edits laid onto {what}, {len(labels.cuboids):,} boxes of {TRACKS} tracks,\n"
        f"ms of this process: anew; then by a resolver that goes on, median (most) of {REPEATS}"
    )
    print(f"  {'edits':>6} {'anew':>8}" + "".join(f"{step:>15}" for step in STEPS))
    for n in EDITS:
        anew = min(worked(lambda n=n: resolve(labels, edits[:n])) for _ in range(2))
        took = going_on(labels, edits[:n])
        cells = (f"{np.median(took[step]):.2f} ({max(took[step]):.2f})" for step in STEPS)
        print(f"  {n:6} {anew:8.1f}" + "".join(f"{cell:>15}" for cell in cells))


def going_on(labels: AutoLabels, edits: list[Edit]) -> Mapping[str, list[float]]:
    """Milliseconds of each step of a person who goes on after some edits."""
    random, resolver = np.random.default_rng(1), Resolver(labels)
    seen, done = resolver(edits), list(edits)
    took: dict[str, list[float]] = defaultdict(list)

    def does(step: str, draft: Draft) -> Edit:
        done.append(signed(draft, len(done), labels.commit))
        took[step].append(worked(lambda: resolver(done)))
        return done[-1]

    for _ in range(REPEATS):
        row = int(random.integers(len(labels.cuboids)))
        last = does("one more", moved(seen, row, random, "between"))
        does("undone", compose.undo(last))
        does("redone", compose.redo(last))
        old = edits[int(random.integers(len(edits)))]
        does("old undone", compose.undo(old))
        does("old redone", compose.redo(old))
        seen = resolver(done)
    return took


def composing(labels: AutoLabels, edits: list[Edit]) -> None:
    """Milliseconds to make an edit from what a person sees."""
    seen = resolve(labels, edits)
    row, track = 4242, int(seen.cuboids.track_id[4242])
    place = {"center": [0.0, 0, 0], "quat_wxyz": [1.0, 0, 0, 0], "size_lwh": [4.0, 2, 1.5]}
    work: dict[str, Callable[[], object]] = {
        "rows_of": lambda: compose.rows_of(seen, track),
        "track_of": lambda: seen.track_of(seen.key_of(track)),
        "set_box": lambda: compose.set_box(seen, row),
        "add_box": lambda: compose.add_box(seen, frame_idx=9, category="car", **place),  # type: ignore[arg-type]
        "delete_boxes, one": lambda: compose.delete_boxes(seen, [row]),
        "set_category": lambda: compose.set_category(seen, track, "truck"),
        "decide, a track": lambda: compose.decide(seen, "accept", track),
        "split": lambda: compose.split(seen, track, 100),
        "merge": lambda: compose.merge(seen, track, 7),
        "delete_track": lambda: compose.delete_track(seen, track),
    }
    print(f"An edit made from what a person sees after {len(edits):,}, ms of this process: median")
    for name, make in work.items():
        make()
        print(f"  {name:22} {np.median([worked(make) for _ in range(REPEATS)]):6.3f}")


def clocked(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def worked(work: Callable[[], object]) -> float:
    """Milliseconds that this process worked, whatever others did meanwhile."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


if __name__ == "__main__":
    main()
