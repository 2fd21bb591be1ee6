"""The drives that benchmarks run on: real ones beside the checkout, and the sample drive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from avlabel.core.log import Log
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.readers.recorded_log import RecordedLog
from avlabel.readers.registry import open_log

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Recording:
    """A drive and how to open it."""

    name: str
    path: Path
    format: str
    sequence: str | None = None
    first: int | None = None
    last: int | None = None

    def open(self) -> Log:
        """Open the log."""
        return open_log(self.path, self.format, sequence=self.sequence)


RECORDINGS = (
    Recording("sample drive", ROOT / "sample_data" / "drive", "native"),
    Recording("PandaSet 002", SHARED / "pandaset" / "002", "pandaset", first=36, last=51),
    Recording("KITTI tracking 0000", SHARED / "kitti-tracking", "kitti-tracking", "0000"),
)


def available() -> list[Recording]:
    """Those that are here; the others are named on standard output."""
    here = [recording for recording in RECORDINGS if recording.path.exists()]
    for recording in RECORDINGS:
        if recording not in here:
            print(f"{recording.name}: not here, left out")
    return here


def repeated(log: RecordedLog, n_sweeps: int) -> RecordedLog:
    """A longer log: the sweeps of ``log`` there and back again, on a clock that goes on.

    Poses are taken along, so that neighbours in time are neighbours in space.
    """
    n = len(log.sweeps)
    there_and_back = np.concatenate([np.arange(n), np.arange(n - 2, 0, -1)])
    source = np.resize(there_and_back, n_sweeps)
    period = int(np.median(np.diff(log.sweeps.ref_ns)))
    start = np.arange(n_sweeps, dtype=np.int64) * period + int(log.sweeps.start_ns[0])
    poses = log.trajectory.at(log.sweeps.ref_ns[source], extrapolate_ns=MAX_EXTRAPOLATION_NS)
    duration = (log.sweeps.end_ns - log.sweeps.start_ns)[source]
    sweeps = replace(
        log.sweeps,
        frame_idx=np.arange(n_sweeps, dtype=np.int32),
        start_ns=start,
        end_ns=start + duration,
        files=(),
    )
    times = sweeps.ref_ns

    def load(index: int):  # type: ignore[no-untyped-def]
        sweep = log.read_sweep(int(source[index]))
        return replace(sweep, frame_idx=index, ref_ns=int(times[index]), compensated=True)

    return replace(
        log,
        log_id=f"{log.log_id}-{n_sweeps}",
        trajectory=replace(log.trajectory, timestamp_ns=times, world_from_ego=poses),
        sweeps=sweeps,
        images={},
        load_sweep=load,
        load_truth=lambda: None,
    )
