"""Sweeps of a plain folder: a file each, its time in its name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avlabel.core.log import SweepIndex
from avlabel.core.rig import Lidar
from avlabel.core.sweep import Sweep
from avlabel.errors import ReadError
from avlabel.readers.named_times import NOMINAL_NS, TimedFiles
from avlabel.readers.point_fields import PointFields
from avlabel.readers.point_files import read_point_file
from avlabel.readers.point_times import offsets_ns, point_times


@dataclass(frozen=True, slots=True, eq=False)
class FolderSweeps:
    """The sweeps of one LiDAR.

    Attributes:
        mount: the LiDAR, where it sits.
        files: a file each.
        index: by time. All sweeps are taken to begin and end as the first does, relative to the
            time of its file, so that opening reads one file only.
        compensated: ego motion has been taken out of the points.
        scale: what intensities are multiplied by.
    """

    mount: Lidar
    files: TimedFiles
    index: SweepIndex
    compensated: bool
    scale: float

    @classmethod
    def of(cls, mount: Lidar, files: TimedFiles, compensated: bool) -> FolderSweeps:
        """Look at the first sweep that can be read.

        Raises:
            ReadError: if none can.
        """
        points, at = _first(files)
        begin_ns, end_ns = 0, 0
        times_ns = _times_ns(points, files, at)
        if times_ns is not None and len(times_ns):
            header_ns = int(files.timestamp_ns[at])
            begin_ns, end_ns = (int(t) - header_ns for t in (times_ns.min(), times_ns.max()))
        stamps = files.timestamp_ns
        numbers = np.arange(len(stamps), dtype=np.int32)
        if files.nominal:
            numbers = (stamps // NOMINAL_NS).astype(np.int32)
        spans = stamps + begin_ns, stamps + end_ns
        index = SweepIndex(mount.sensor_id, numbers, *spans, files.files)
        return cls(mount, files, index, compensated, points.unit_scale())

    def read(self, index: int) -> Sweep:
        """Sweep at a position in ``index``.

        Raises:
            ReadError: naming the file.
        """
        points = read_point_file(self.files.files[index])
        points = PointFields(points.where, points.points[points.returns()])
        ref_ns = int(self.index.ref_ns[index])
        times_ns = _times_ns(points, self.files, index)
        if times_ns is None:
            times_ns = np.full(len(points.points), ref_ns)
        return Sweep(
            frame_idx=int(self.index.frame_idx[index]),
            sensor_id=self.mount.sensor_id,
            ref_ns=ref_ns,
            points_ego=self.mount.ego_from_sensor.apply(points.xyz_m()),
            intensity=points.intensity("", self.scale),
            ring=points.ring(),
            t_offset_ns=offsets_ns(times_ns, ref_ns),
            compensated=self.compensated,
        )


def _first(files: TimedFiles) -> tuple[PointFields, int]:
    """The first file that holds returns: those, and its position."""
    problem = ReadError("expected sweeps, got none")
    for at, path in enumerate(files.files):
        try:
            points = read_point_file(path)
        except ReadError as error:
            problem = error
            continue
        returns = points.returns()
        if returns.any():
            return PointFields(points.where, points.points[returns]), at
        problem = ReadError(f"{path}: expected points, got none")
    raise problem


def _times_ns(points: PointFields, files: TimedFiles, at: int) -> NDArray[np.int64] | None:
    """(N,) times of the points, None where they carry none."""
    stored = points.times("")
    if stored is None or not stored.any():
        return None
    steps = np.diff(files.timestamp_ns)
    return point_times(
        stored,
        header_ns=int(files.timestamp_ns[at]),
        period_ns=int(np.median(steps)) if len(steps) else NOMINAL_NS,
        where=f"{points.where}: point times",
    ).timestamp_ns
