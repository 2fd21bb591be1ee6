"""Sweeps of a native drive: an index and one file a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.log import SweepIndex
from avlabel.core.rig import Lidar
from avlabel.core.sweep import Sweep
from avlabel.errors import ReadError
from avlabel.readers.csv_table import CsvTable, Kind, read_csv
from avlabel.readers.files import inside
from avlabel.readers.native_points import read_points

SWEEPS: dict[str, Kind] = {
    "sensor_id": "text",
    "frame_idx": "int",
    "start_ns": "int",
    "end_ns": "int",
    "file": "text",
}
MAX_SWEEP_NS = 2_000_000_000
"""Longer turns are a mistake in the times."""
SLACK_NS = 5_000_000
"""How far a point's time may lie outside its sweep."""


@dataclass(frozen=True, slots=True, eq=False)
class NativeSweeps:
    """The sweeps of one LiDAR.

    Attributes:
        lidar: which, and where it sits.
        index: the sweeps by ascending frame number.
        compensated: whether ego motion has been taken out of the points.
    """

    lidar: Lidar
    index: SweepIndex
    compensated: bool

    @classmethod
    def load(cls, root: Path, lidar: Lidar, compensated: bool) -> NativeSweeps:
        """Read ``sweeps.csv``.

        Raises:
            ReadError: naming line and column.
        """
        table = read_csv(root / "sweeps.csv", SWEEPS)
        _check(table)
        mine = np.flatnonzero(np.array(table.texts("sensor_id")) == lidar.sensor_id)
        if not len(mine):
            known = ", ".join(sorted(set(table.texts("sensor_id")))) or "none"
            raise ReadError(f"{table.path}: expected sweeps of '{lidar.sensor_id}', got {known}")
        rows = mine[np.argsort(table.ints("frame_idx")[mine])]
        start_ns, files = table.ints("start_ns")[rows], table.texts("file")
        if (late := np.flatnonzero(np.diff(start_ns) <= 0)).size:
            row = int(rows[late[0] + 1])
            raise ReadError(f"{table.where(row)}: start_ns: expected later than the frame before")
        paths = [inside(root, files[row], table.where(row)) for row in rows.tolist()]
        index = SweepIndex(
            lidar.sensor_id,
            table.ints("frame_idx")[rows].astype(np.int32),
            start_ns,
            table.ints("end_ns")[rows],
            paths,
        )
        return cls(lidar, index, compensated)

    def read(self, index: int) -> Sweep:
        """Sweep at a position in ``index``.

        Raises:
            ReadError: naming the file.
        """
        path, ref_ns = self.index.files[index], int(self.index.ref_ns[index])
        start_ns, end_ns = int(self.index.start_ns[index]), int(self.index.end_ns[index])
        points = read_points(path)
        if points.t_offset_ns is None:
            t_offset_ns = np.zeros(len(points.xyz_m), np.int64)
        else:
            _check_times(path, points.t_offset_ns, end_ns - start_ns)
            t_offset_ns = points.t_offset_ns - (ref_ns - start_ns)
        # Infinite coordinates times zero are NaN; the ingest stage drops both.
        with np.errstate(invalid="ignore", over="ignore"):
            points_ego = self.lidar.ego_from_sensor.apply(points.xyz_m)
        return Sweep(
            frame_idx=int(self.index.frame_idx[index]),
            sensor_id=self.lidar.sensor_id,
            ref_ns=ref_ns,
            points_ego=points_ego.astype(np.float32),
            intensity=points.intensity,
            ring=points.ring,
            t_offset_ns=t_offset_ns.astype(np.int32),
            compensated=self.compensated,
        )


def _check(table: CsvTable) -> None:
    frames, span_ns = table.ints("frame_idx"), table.ints("end_ns") - table.ints("start_ns")
    for name, values, low, high in (
        ("frame_idx", frames, 0, 2**31 - 1),
        ("end_ns - start_ns", span_ns, 0, MAX_SWEEP_NS),
    ):
        if (bad := np.flatnonzero((values < low) | (values > high))).size:
            row = int(bad[0])
            raise ReadError(
                f"{table.where(row)}: {name}: expected {low} to {high}, got {values[row]}"
            )
    keys = list(zip(table.texts("sensor_id"), frames.tolist(), strict=True))
    table.refuse_twins(keys, "a sweep of that lidar and frame")


def _check_times(path: Path, t_offset_ns: np.ndarray, span_ns: int) -> None:
    if not len(t_offset_ns):
        return
    first, last = int(t_offset_ns.min()), int(t_offset_ns.max())
    if first < -SLACK_NS or last > span_ns + SLACK_NS:
        raise ReadError(
            f"{path}: t_offset_ns: expected 0 to {span_ns} (the sweep's span in sweeps.csv), "
            f"got {first} to {last}"
        )
