"""Sweeps of a bag: an index made in one pass, clouds read when asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.core.log import SweepIndex
from avlabel.core.rig import Lidar
from avlabel.core.sweep import Sweep
from avlabel.errors import ReadError
from avlabel.readers.point_fields import PointFields
from avlabel.readers.point_times import offsets_ns, point_times
from avlabel.readers.ros_bag import RosBag, stamp_ns
from avlabel.readers.ros_cloud import read_cloud
from avlabel.readers.ros_topics import LidarTopic

USUAL_PERIOD_NS = 100_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the pass keeps of a cloud; ``extent`` are its points' earliest and latest times."""

    header_ns: int
    received_ns: int
    extent: NDArray[Any] | None


@dataclass(slots=True)
class CloudPass:
    """Looks at the clouds of one LiDAR as they go by.

    Attributes:
        bag: where they are.
        lidar: which they are.
        seen: in order of receipt.
        digest: of their data.
    """

    bag: RosBag
    lidar: LidarTopic
    seen: list[_Seen] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)

    def take(self, message: Any, received_ns: int) -> None:
        """Look at one cloud. One that cannot be read is kept: whoever reads it says why."""
        self.digest.update(message.data)
        try:
            cloud = read_cloud(message, "")
            times = cloud.times(self.lidar.time_field)
            extent = None if times is None else _extent(times[cloud.returns()])
        except ReadError:
            extent = None
        self.seen.append(_Seen(stamp_ns(message, received_ns), received_ns, extent))

    def period_ns(self) -> int:
        """Median time from one sweep's header to the next; 0.1 s for a single sweep."""
        steps = np.diff(np.unique([one.header_ns for one in self.seen]))
        return int(np.median(steps)) if len(steps) else USUAL_PERIOD_NS

    def sweeps(self, mount: Lidar) -> BagSweeps:
        """The index, by header; of several clouds with one header the first.

        Raises:
            ReadError: if there is none.
        """
        if not self.seen:
            raise ReadError(f"{self.bag.path}: topic {self.lidar.topic}: expected clouds, got none")
        period_ns = self.period_ns()
        first = {one.header_ns: one for one in reversed(self.seen)}
        kept = [first[header_ns] for header_ns in sorted(first)]
        spans = np.array([_span(one, period_ns) for one in kept], np.int64)
        numbers = np.arange(len(kept), dtype=np.int32)
        index = SweepIndex(mount.sensor_id, numbers, spans[:, 0], spans[:, 1])
        return BagSweeps(self.bag, self.lidar, mount, index, kept, period_ns)


def _extent(values: NDArray[Any]) -> NDArray[Any] | None:
    """Earliest and latest; of unsigned offsets that ran below zero, as signed ones."""
    if not len(values) or (values.dtype.kind == "f" and not np.isfinite(values).all()):
        return None
    if values.dtype.kind == "u" and values.dtype.itemsize == 4 and values.max() >= 2**31:
        signed = values.view(np.int32)
        if signed.min() < 0 and signed.max() < 2**30:
            values = signed
    return np.array([values.min(), values.max()])


def _span(one: _Seen, period_ns: int) -> tuple[int, int]:
    """First and last point's times; the header's, where points have none that make sense."""
    if one.extent is not None and one.extent[0] != one.extent[1]:
        try:
            times = point_times(
                one.extent, header_ns=one.header_ns, period_ns=period_ns, where=""
            ).timestamp_ns
            return int(times[0]), int(times[1])
        except ReadError:
            pass  # Whoever reads the sweep says why.
    return one.header_ns, one.header_ns


@dataclass(frozen=True, slots=True, eq=False)
class BagSweeps:
    """The sweeps of one LiDAR.

    Attributes:
        bag: where they are.
        lidar: which they are.
        mount: the LiDAR, where it sits.
        index: by ascending header.
        seen: a cloud each.
        period_ns: from one to the next.
    """

    bag: RosBag
    lidar: LidarTopic
    mount: Lidar
    index: SweepIndex
    seen: list[_Seen]
    period_ns: int

    def read(self, index: int) -> Sweep:
        """Sweep at a position in ``index``, by random access.

        Raises:
            ReadError: naming bag, topic and header.
        """
        where = f"{self.bag.path}: topic {self.lidar.topic}: {self.seen[index].header_ns} ns"
        cloud = read_cloud(self._message(index, where), where)
        ref_ns = int(self.index.ref_ns[index])
        cloud = PointFields(where, cloud.points[cloud.returns()])
        t_offset_ns = self._times(cloud, index, ref_ns)
        return Sweep(
            frame_idx=int(self.index.frame_idx[index]),
            sensor_id=self.mount.sensor_id,
            ref_ns=ref_ns,
            points_ego=self.mount.ego_from_sensor.apply(cloud.xyz_m()),
            intensity=cloud.intensity(self.lidar.intensity_field, self.lidar.intensity_scale),
            ring=cloud.ring(),
            t_offset_ns=t_offset_ns,
            compensated=self.lidar.compensated,
        )

    def _times(self, cloud: PointFields, index: int, ref_ns: int) -> NDArray[np.int32]:
        stored = cloud.times(self.lidar.time_field)
        # Some drivers have the field and leave it empty.
        if stored is None or not stored.any():
            return np.zeros(len(cloud.points), np.int32)
        times = point_times(
            stored,
            header_ns=self.seen[index].header_ns,
            period_ns=self.period_ns,
            where=f"{cloud.where}: point times",
        )
        return offsets_ns(times.timestamp_ns, ref_ns)

    def _message(self, index: int, where: str) -> Any:
        one = self.seen[index]
        found = self.bag.messages([self.lidar.topic], one.received_ns, one.received_ns + 1)
        for _, received_ns, message in found:
            if stamp_ns(message, received_ns) == one.header_ns:
                return message
        raise ReadError(f"{where}: the cloud is gone; the bag was changed since it was opened")
