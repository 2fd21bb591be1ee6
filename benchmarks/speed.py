"""Milliseconds a sweep and stage on one core, and peak memory of a long log.

python benchmarks/speed.py            every drive that is here
python benchmarks/speed.py --memory   a log of 100 sweeps, in a process of its own
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile

ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(ONE_THREAD, "1"))

import cv2  # noqa: E402 (threads are set before libraries read them)
import pyarrow as pa  # noqa: E402
from recordings import RECORDINGS, Recording, available, repeated  # noqa: E402

from avlabel.core.log import Log  # noqa: E402
from avlabel.pipeline import LabelResult, PipelineConfig, label_log  # noqa: E402


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--sweeps", type=int, default=100)
    arguments = parser.parse_args()
    on_one_core()
    if arguments.memory:
        memory(arguments.sweeps)
    else:
        for recording in available():
            stages(recording)


def on_one_core() -> None:
    """Pin this process and every library in it to one processor."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def stages(recording: Recording) -> None:
    """Milliseconds a sweep, the first run (which compiles) left out, best of three."""
    log = recording.open()
    label(log, recording)
    runs = [label(log, recording) for _ in range(3)]
    best = min(runs, key=lambda run: sum(run.stage_ms.values()))
    frames = best.n_frames
    points = len(log.read_sweep(0))
    total = sum(best.stage_ms.values()) / frames
    reading = best.stage_ms["ingest"] / frames
    print(f"\n{recording.name}: {frames} sweeps of about {points:,} points, ms a sweep")
    for stage, ms in best.stage_ms.items():
        print(f"  {stage:<10} {ms / frames:7.1f}")
    print(f"  {'all':<10} {total:7.1f}   ({total - reading:.1f} without reading the recording)")


def label(log: Log, recording: Recording | None = None) -> LabelResult:
    """Label into a folder that goes away."""
    first, last = (recording.first, recording.last) if recording else (None, None)
    with tempfile.TemporaryDirectory() as root:
        return label_log(log, root, PipelineConfig(), first=first, last=last)


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
