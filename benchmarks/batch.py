"""What the batch engine costs: efficiency, overhead, memory, bytes, resuming, parts.

python benchmarks/batch.py                    every table, written to results/batch.txt too
python benchmarks/batch.py --only workers
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import one_core  # noqa: F401 (first: it sets threads before libraries read them)

# isort: split
from fleet import kitti, write_drive
from tee import Tee

from avlabel.pipeline import PipelineConfig, label_log
from avlabel.pipeline.stamp import input_stamp
from avlabel.pipeline.warm import warm
from avlabel.pipeline.work import prepare
from avlabel.readers.registry import open_log
from avlabel.scenes.scene import open_scene

RESULTS = Path(__file__).parent / "results" / "batch.txt"
LOGS, SWEEPS = 8, 25
LENGTHS = (50, 100, 200)
RUNS = 3


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=TABLES, help="one table; nothing is written")
    parser.add_argument("--loop", nargs=2, metavar=("DRIVES", "ROOT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.loop:
        plain_loop(*map(Path, arguments.loop))
        return
    names = (arguments.only,) if arguments.only else tuple(TABLES)
    if arguments.only:
        tables(names)
        return
    with RESULTS.open("w") as stream, redirect_stdout(Tee(sys.stdout, stream)):  # type: ignore[type-var]
        tables(names)


def tables(names: Sequence[str]) -> None:
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start; "
        f"best of {RUNS} where runs are compared"
    )
    warm()
    with tempfile.TemporaryDirectory(prefix="avlabel-batch-") as folder:
        for name in names:
            TABLES[name](Path(folder) / name)


def workers(folder: Path) -> None:
    """The engine against a plain loop, on one worker and on two."""
    drives = fleet(folder, LOGS, SWEEPS)
    total = LOGS * SWEEPS
    loop = best(lambda root: timed_loop(folder / "drives", root), folder)
    here = best(lambda root: timed_run(drives, root, "--synchronous"), folder)
    one = best(lambda root: timed_run(drives, root, "--workers", "1"), folder)
    two = best(lambda root: timed_run(drives, root, "--workers", "2"), folder)
    print(f"\nWorkers: {LOGS} logs of {SWEEPS} sweeps of 123 k points; without start and stop")
    print("                      seconds  sweeps/s")
    for name, spent in (
        ("plain loop", loop["work_s"]),
        ("--synchronous", here["work_s"]),
        ("1 worker", one["work_s"]),
        ("2 workers", two["work_s"]),
    ):
        print(f"  {name:<18} {spent:>8.2f} {total / spent:>9.1f}")
    overhead = one["work_s"] / loop["work_s"] - 1
    print(f"  overhead of the engine, 1 worker against the loop: {overhead:+.1%}")
    print(f"  efficiency of 2 workers: {one['work_s'] / two['work_s'] / 2:.0%}")
    print(f"  from the command to the first scene: {two['first_s']:.1f} s with 2 workers")
    print(f"  start and stop of the cluster: {two['all_s'] - two['work_s']:.1f} s")


def memory(folder: Path) -> None:
    """Peak memory of a worker by length of its log."""
    print("\nMemory of one worker, sweeps of 123 k points")
    print("  sweeps   peak MB   bytes a point   scene MB")
    for length in LENGTHS:
        drives = fleet(folder / str(length), 1, length)
        root = folder / f"scenes-{length}"
        outcome = timed_run(drives, root, "--workers", "1")["outcomes"][0]
        scene = open_scene(root)
        points = scene.table("sweeps").column("n_points").to_numpy().sum()
        stored = next(e.bytes for n, e in scene.metadata.files.items() if n.startswith("points/"))
        all_mb = sum(entry.bytes for entry in scene.metadata.files.values()) / 1e6
        print(f"  {length:>6} {outcome['peak_mb']:>9.0f} {stored / points:>15.2f} {all_mb:>10.1f}")


def resuming(folder: Path) -> None:
    """What it costs to find out that there is nothing to do."""
    drives = fleet(folder, 1, max(LENGTHS))
    log, config = open_log(drives[0], "native"), PipelineConfig()
    stamp = seconds(lambda: input_stamp(drives[0]))
    index = seconds(lambda: open_log(drives[0], "native"))
    content = seconds(lambda: prepare(log, config))
    size = sum(path.stat().st_size for path in drives[0].rglob("*") if path.is_file())
    root = folder / "scenes"
    timed_run(drives, root, "--synchronous")
    again = timed_run(drives * 200, root, "--synchronous", manifest=folder / "again.txt")
    print(f"\nResuming: one log of {max(LENGTHS)} sweeps, {size / 1e6:.0f} MB, in the page cache")
    print(f"  stamp of names, sizes, times   {1e3 * stamp:>8.1f} ms")
    print(f"  opening its index              {1e3 * index:>8.1f} ms")
    print(f"  hash of its content            {1e3 * content:>8.1f} ms")
    print(f"  a whole survey of a done log   {again['work_s'] / 200 * 1e3:>8.1f} ms")


def parts(folder: Path) -> None:
    """A long log whole and in parts."""
    drives = fleet(folder, 1, max(LENGTHS))
    print(f"\nParts: one log of {max(LENGTHS)} sweeps")
    print("                      seconds   peak MB of a worker")
    for name, n, size in (
        ("whole, 1 worker", 1, 0),
        ("parts of 40, 1", 1, 40),
        ("parts of 40, 2", 2, 40),
        ("parts of 20, 2", 2, 20),
    ):
        config = folder / "parts.toml"
        config.write_text(f"[run]\nlong_frames = 1\npart_frames = {size}\n")
        run = best(
            lambda root, n=n: timed_run(
                drives, root, "--workers", str(n), "--config", str(folder / "parts.toml")
            ),
            folder,
        )
        outcome = run["outcomes"][0]
        print(f"  {name:<18} {run['work_s']:>8.2f} {outcome['peak_mb']:>10.0f}")
        if size:
            later = {k: v for k, v in outcome["stage_ms"].items() if k in ("join", "refine")}
            print(f"      {', '.join(f'{k} {v / 1e3:.2f} s' for k, v in later.items())}")


TABLES: dict[str, Callable[[Path], None]] = {
    "workers": workers,
    "memory": memory,
    "resuming": resuming,
    "parts": parts,
}


def fleet(folder: Path, n_logs: int, n_sweeps: int) -> list[Path]:
    log = kitti()
    return [write_drive(log, folder / "drives", f"drive-{k}", n_sweeps) for k in range(n_logs)]


def best(run: Callable[[Path], dict[str, Any]], folder: Path) -> dict[str, Any]:
    found = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(dir=folder) as root:
            found.append(run(Path(root)))
    return min(found, key=lambda one: one["work_s"])


def timed_run(
    drives: Sequence[Path], root: Path, *options: str, manifest: Path | None = None
) -> dict[str, Any]:
    """Seconds of a run: of the command, of the work between start and end, to the first scene."""
    words = [str(drive) for drive in drives]
    if manifest is not None:
        # The same log many times over: told apart by a frame number that is never reached.
        lines = [f"{drive} native frames=0:{9999 + k}" for k, drive in enumerate(drives)]
        manifest.write_text("\n".join(lines))
        words = ["--manifest", str(manifest)]
    command = [sys.executable, "-m", "avlabel", "run", *words, "--out", str(root), "--json"]
    begun = time.perf_counter()
    started = first = ended = begun
    outcomes = []
    with subprocess.Popen(  # noqa: S603
        [*command, *([] if manifest else ["--format", "native"]), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        for line in process.stdout or ():
            event = json.loads(line)
            if event["event"] == "start":
                started = time.perf_counter()
            elif event["event"] == "end":
                ended = time.perf_counter()
            else:
                first = first if outcomes else time.perf_counter()
                outcomes.append(event)
    return {
        "work_s": ended - started,
        "first_s": first - begun,
        "all_s": time.perf_counter() - begun,
        "outcomes": outcomes,
    }


def timed_loop(drives: Path, root: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--loop", str(drives), str(root)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return {"work_s": float(out)}


def plain_loop(drives: Path, root: Path) -> None:
    """What a user would write: open, label, next; in this process."""
    warm()
    start = time.perf_counter()
    for drive in sorted(drives.iterdir()):
        label_log(open_log(drive, "native"), root, PipelineConfig())
    print(time.perf_counter() - start)


def seconds(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent)


if __name__ == "__main__":
    main()
