"""What labelling costs on one core, how it grows, and a usual glue pipeline beside it.

python benchmarks/speed.py              every table, written to benchmarks/results/speed.txt too
python benchmarks/speed.py --only stages
python benchmarks/speed.py --memory     a log of 100 sweeps, in a process of its own
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from one_core import pin  # first: it sets threads before libraries read them

# isort: split
from glue import missing
from growth import growth_with_points, growth_with_tracks
from recordings import RECORDINGS, SHARED, Recording, available, repeated
from side_by_side import side_by_side
from tee import Tee

from avlabel.core.log import Log
from avlabel.pipeline import LabelResult, PipelineConfig, label_log

RESULTS = Path(__file__).parent / "results" / "speed.txt"
TABLES = ("stages", "points", "tracks", "glue")
RUNS = 5


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=TABLES, help="one table; nothing is written")
    parser.add_argument("--memory", action="store_true", help="peak memory of one long log")
    parser.add_argument("--sweeps", type=int, default=100, help="of the long log")
    arguments = parser.parse_args()
    cores = os.cpu_count()
    pin()
    if arguments.memory:
        memory(arguments.sweeps)
    elif arguments.only:
        tables((arguments.only,))
    else:
        RESULTS.parent.mkdir(exist_ok=True)
        with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):
            print(f"One thread on one of {cores} cores, milliseconds; fastest of several runs.")
            tables(TABLES)


def tables(names: tuple[str, ...]) -> None:
    here = available()
    if "stages" in names:
        for recording in here:
            stages(recording)
    if "points" in names:
        growth_with_points(here[-1])
    if "tracks" in names:
        growth_with_tracks(here[0])
    if "glue" in names:
        compare(here)


def stages(recording: Recording) -> None:
    """Milliseconds a sweep and stage; the first run, which compiles, is left out."""
    log = recording.open()
    frames = label(log, recording).n_frames
    runs = [label(log, recording).stage_ms for _ in range(RUNS)]
    best = {stage: min(run[stage] for run in runs) / frames for stage in runs[0]}
    total = sum(best.values())
    print(
        f"\n{recording.name}: {frames} sweeps of about {len(log.read_sweep(0)):,} points, "
        "ms a sweep"
    )
    for stage, ms in best.items():
        print(f"  {stage:<10} {ms:7.1f}")
    print(f"  {'all':<10} {total:7.1f}   ({total - best['ingest']:.1f} without reading)")


def label(log: Log, recording: Recording | None = None) -> LabelResult:
    """Label into a folder that goes away."""
    first, last = (recording.first, recording.last) if recording else (None, None)
    with tempfile.TemporaryDirectory() as root:
        return label_log(log, root, PipelineConfig(), first=first, last=last)


def compare(here: list[Recording]) -> None:
    """The glue pipeline on the real recordings."""
    if reason := missing():
        print(f"\nGlue pipeline: left out, {reason}")
        return
    for recording in here:
        if recording.path.is_relative_to(SHARED):
            side_by_side(recording)


def memory(n_sweeps: int) -> None:
    """Peak resident memory of this process over one long log."""
    here = [recording for recording in RECORDINGS if recording.path.exists()]
    recording = here[-1]
    log = repeated(recording.open(), n_sweeps)
    imported = peak_mb()
    result = label(log)
    print(
        f"{recording.name} there and back, {result.n_frames} sweeps of about "
        f"{len(log.read_sweep(0)):,} points: peak {peak_mb():.0f} MB "
        f"({imported:.0f} MB after imports)"
    )


def peak_mb() -> float:
    """Peak resident set of this process, megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
