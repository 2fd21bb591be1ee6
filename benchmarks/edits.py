"""What an edit costs: on disk, read again, and laid onto labels.

python benchmarks/edits.py              every table, written to benchmarks/results/edits.txt too
python benchmarks/edits.py --folder F   on another disk
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

from one_core import pin  # first: it sets threads before libraries read them

# isort: split
import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.edits import compose
from avlabel.edits.labels import AutoLabels
from avlabel.edits.log import EditLog
from avlabel.edits.model import Draft, Edit
from avlabel.edits.reading import read_edits
from avlabel.edits.resolve import Resolver, resolve
from avlabel.edits.resolved import Resolved
from avlabel.scenes.store import Store

RESULTS = Path(__file__).parent / "results" / "edits.txt"
FRAMES, TRACKS, PERIOD_NS = 200, 60, 100_000_000
EDITS = (10, 100, 300, 1000)
SCOPES = ("frame", "between", "onward", "track")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where to write logs")
    arguments = parser.parse_args()
    pin()
    lines: list[str] = []
    labels = made_labels()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        lines += appending(labels, Path(folder))
    lines += resolving(labels)
    text = "\n".join(lines) + "\n"
    print(text, end="")
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(kept):
        print(text, end="")


def appending(labels: AutoLabels, folder: Path) -> list[str]:
    """Milliseconds of one synced append, and of reading all of them."""
    seen = resolve(labels, [])
    one = compose.set_box(seen, 4242)
    whole = compose.delete_track(seen, 7)
    lines = ["One edit appended and synced, ms: median (99th percentile)"]
    for name, draft, n in (("one box", one, 1000), ("a track of 200 boxes", whole, 200)):
        store = Store.at(folder / name.replace(" ", "-"))
        with EditLog(store, "ann", 1, (0.0, 0.0, 0.0)) as log:
            took = [clocked(lambda d=draft: log.append(d)) for _ in range(n)]
        size = sum(store.sizes().values())
        read_ms = min(clocked(lambda s=store: read_edits(s)) for _ in range(3))
        lines.append(
            f"  {name:22} {np.median(took):6.2f} ({np.percentile(took, 99):.2f}), "
            f"{size / n:,.0f} bytes; {n} read again in {read_ms:.0f} ms"
        )
    raw = bare_append(folder / "bare", len(b"x" * 700))
    lines.append(
        f"  {'700 bytes, no more':22} {np.median(raw):6.2f} ({np.percentile(raw, 99):.2f})"
    )
    return lines


def bare_append(path: Path, n_bytes: int) -> list[float]:
    """What the disk takes for a write and fsync."""
    import os

    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write() -> None:
        os.write(handle, b"x" * n_bytes)
        os.fsync(handle)

    took = [clocked(write) for _ in range(1000)]
    os.close(handle)
    return took


def resolving(labels: AutoLabels) -> list[str]:
    """Milliseconds to lay all edits onto labels: anew, after one more, and onto other labels."""
    lines = [
        f"Edits laid onto {len(labels.cuboids):,} boxes of {TRACKS} tracks, ms of this process",
        f"  {'edits':>6} {'anew':>8} {'one more':>9} {'other labels':>13}",
    ]
    other = renumbered(labels)
    for n in EDITS:
        edits = some_edits(labels, n + 5)
        anew = min(worked(lambda e=edits: resolve(labels, e)) for _ in range(3))
        resolver = Resolver(labels)
        resolver(edits[:n])
        longer = [edits[: n + k] for k in range(1, 6)]
        more = [worked(lambda e=e, r=resolver: r(e)) for e in longer]
        onto = min(worked(lambda e=edits: resolve(other, e)) for _ in range(3))
        lines.append(f"  {n:6} {anew:8.1f} {min(more):9.1f} {onto:13.1f}")
    return lines


def clocked(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def worked(work: Callable[[], object]) -> float:
    """Milliseconds that this process worked, whatever others did meanwhile."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


def made_labels() -> AutoLabels:
    """Cars that drive side by side, each in every frame."""
    frame = np.repeat(np.arange(FRAMES), TRACKS)
    track = np.tile(np.arange(TRACKS), FRAMES)
    n = len(frame)
    yaw = 0.01 * frame
    cuboids = Cuboids.build(
        "world",
        frame_idx=frame,
        timestamp_ns=frame * PERIOD_NS,
        category=np.zeros(n, np.int64),
        center=np.column_stack([0.8 * frame, 6.0 * track, np.zeros(n)]),
        quat_wxyz=quat_from_yaw(yaw),
        size_lwh=np.tile([4.5, 1.9, 1.6], (n, 1)),
        track_id=track,
        velocity=np.zeros((n, 3)),
    )
    tracks = Tracks(
        track_id=np.arange(TRACKS),
        category=np.zeros(TRACKS, np.int16),
        score=np.ones(TRACKS, np.float32),
        first_frame=np.zeros(TRACKS, np.int32),
        last_frame=np.full(TRACKS, FRAMES - 1, np.int32),
        n_observed=np.full(TRACKS, FRAMES, np.int32),
        size_lwh=np.tile(np.float32([4.5, 1.9, 1.6]), (TRACKS, 1)),
        is_static=np.zeros(TRACKS, np.bool_),
    )
    pose = SE3.from_yaw(np.zeros(FRAMES), np.zeros((FRAMES, 3)))
    frames = Frames(np.arange(FRAMES, dtype=np.int32), PERIOD_NS * np.arange(FRAMES), pose)
    return AutoLabels(cuboids, tracks, frames, default_taxonomy(), commit=1)


def renumbered(labels: AutoLabels) -> AutoLabels:
    """The same from another run: other ids, places a little off."""
    cuboids = labels.cuboids
    off = np.random.default_rng(1).normal(0, 0.1, cuboids.center.shape)
    ids = TRACKS - 1 - cuboids.track_id
    moved = replace(cuboids, track_id=ids, center=cuboids.center + off)
    return replace(labels, cuboids=moved, commit=2)


def some_edits(labels: AutoLabels, n: int) -> list[Edit]:
    """Boxes moved a little, all over the scene, with every scope."""
    random, resolver = np.random.default_rng(0), Resolver(labels)
    seen, edits = resolver([]), []
    for i in range(n):
        if i % 10 == 0:
            seen = resolver(edits)
        row = int(random.integers(len(labels.cuboids)))
        edits.append(signed(moved(seen, row, random, SCOPES[i % 4]), i))
    return edits


def moved(seen: Resolved, row: int, random: np.random.Generator, scope: str) -> Draft:
    center = seen.cuboids.center[row] + random.normal(0, 0.2, 3)
    return compose.set_box(seen, row, center=center, scope=scope)  # type: ignore[arg-type]


def signed(draft: Draft, i: int) -> Edit:
    return Edit(f"sitting:{i}", draft.name, "ann", i, 1, draft.change)


if __name__ == "__main__":
    main()
