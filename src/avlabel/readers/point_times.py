"""Per-point times of LiDAR drivers to nanoseconds on the recording's clock.

Drivers disagree about a point's time: seconds or nanoseconds, from the message's header or since
1970, with the header at the turn's first point or its last. Names help little, since the same name
means different things. What tells them apart is the span, which must be about one period, and how
far the times lie from the header. ``docs/formats.md`` lists what drivers write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avlabel.core.arrays import Int32, Int64
from avlabel.core.findings import NOWHERE, Finding
from avlabel.errors import ReadError
from avlabel.readers.point_time_checks import notes_on

TIME_FIELDS = ("t", "time", "timestamp", "offset_time", "time_stamp", "t_offset_ns", "offset_ns")
"""Names under which drivers and data sets store a point's time."""
UNIT_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
MAX_SPAN = 1.25
MIN_SPAN = 0.05
"""Of a period: no turn takes longer, and less is no turn. Units are a thousand apart, so one at
most comes close, and several sweeps in one are not taken for a smaller unit."""
MAX_AWAY = 1.5
"""Periods between a sweep's header and its middle, at most."""
LATEST_NS = 7.3e18

Unit = Literal["s", "ms", "us", "ns"]
Origin = Literal["header", "epoch"]


@dataclass(frozen=True, slots=True, eq=False)
class PointTimes:
    """When N points were measured.

    Attributes:
        timestamp_ns: (N,) int64 on the recording's clock.
        unit: of the field as stored.
        origin: what its zero is: the message's header, or 1970.
        header_at: which end of the sweep the header stands at; "elsewhere" within it or beside.
        findings: what a person should know.
    """

    timestamp_ns: Int64
    unit: Unit
    origin: Origin
    header_at: Literal["start", "end", "elsewhere"]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def ref_ns(self) -> int:
        """Middle of the sweep; 0 if it has no points."""
        if not len(self.timestamp_ns):
            return 0
        first, last = int(self.timestamp_ns.min()), int(self.timestamp_ns.max())
        return first + (last - first) // 2

    @property
    def t_offset_ns(self) -> Int32:
        """(N,) int32 relative to ``ref_ns``, as ``core.sweep.Sweep`` takes them."""
        return offsets_ns(self.timestamp_ns, self.ref_ns)


def offsets_ns(timestamp_ns: Int64, ref_ns: int) -> Int32:
    """(N,) int32 relative to ``ref_ns``; beyond 2.1 s, which no sweep has, what fits."""
    limits = np.iinfo(np.int32)
    return np.clip(timestamp_ns - ref_ns, limits.min, limits.max).astype(np.int32)


def time_field(names: Iterable[str]) -> str | None:
    """The field of a point cloud that holds times, None if there is none.

    Args:
        names: the cloud's fields, as they are spelt; capitals do not matter.
    """
    by_name = {name.lower(): name for name in names}
    return next((by_name[known] for known in TIME_FIELDS if known in by_name), None)


def point_times(
    values: NDArray[Any], *, header_ns: int, period_ns: int, where: str, frame_idx: int = NOWHERE
) -> PointTimes:
    """Find out what a time field means, and convert it.

    Args:
        values: (N,) as stored, of points that are returns, in stored order; integers or floats.
        header_ns: time of the message, on the recording's clock.
        period_ns: nominal time from one sweep to the next.
        where: file and field, for messages.
        frame_idx: for findings.

    Returns:
        Times, what they meant, and findings: a sweep much shorter than a period, or with a hole
        in it; times in no order; a header at neither end.

    Raises:
        ReadError: if they are no numbers, not finite, all the same, span more than a period or
            nearly nothing in every unit, or lie nowhere near the header.
    """
    values = np.asarray(values)
    _check_numbers(values, where)
    if not len(values):
        return PointTimes(np.zeros(0, np.int64), "ns", "header", "elsewhere")
    values = _unwrapped(values, period_ns)
    unit = _unit_of(values, period_ns, where)
    origin, timestamp_ns = _placed(values, unit, header_ns, period_ns, where)
    header_at, findings = notes_on(timestamp_ns, header_ns, period_ns, where, frame_idx)
    return PointTimes(timestamp_ns, unit, origin, header_at, tuple(findings))


def _check_numbers(values: NDArray[Any], where: str) -> None:
    if values.ndim != 1 or values.dtype.kind not in "fiu":
        raise ReadError(
            f"{where}: expected one number a point, got {values.dtype} of shape {values.shape}"
        )
    if values.dtype.kind != "f" or not len(values):
        return
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise ReadError(f"{where}: {bad} of {len(values)} times are NaN or infinite")
    # Seconds since 1970 in float32 come in steps of two minutes.
    largest = np.abs(values).max()
    if largest > 1e6 and np.spacing(largest) > np.ptp(values) / 1000:
        raise ReadError(
            f"{where}: times around {largest:g} as {values.dtype} are too coarse; expected float64"
        )


def _unwrapped(values: NDArray[Any], period_ns: int) -> NDArray[Any]:
    """Unsigned offsets that ran below zero, which drivers write for points before the header."""
    if values.dtype.kind != "u" or values.dtype.itemsize > 4:
        return values
    signed = values.view(f"i{values.dtype.itemsize}")
    wrapped = signed.min() < 0 and np.ptp(signed.astype(np.int64)) <= MAX_SPAN * period_ns
    return signed if wrapped else values


def _unit_of(values: NDArray[Any], period_ns: int, where: str) -> Unit:
    """The unit in which the values span about a period."""
    span = float(values.max()) - float(values.min())
    if span == 0:
        raise ReadError(f"{where}: all {len(values)} points have the time {values[0]}")
    units: tuple[Unit, ...] = ("s", "ms", "us", "ns")
    for unit in units:
        if MIN_SPAN <= span * UNIT_NS[unit] / period_ns <= MAX_SPAN:
            return unit
    spans = ", ".join(f"{span * UNIT_NS[unit] / 1e9:.3g} s as {unit}" for unit in units)
    raise ReadError(
        f"{where}: times from {values.min()} to {values.max()}; expected a span of about one "
        f"period ({period_ns / 1e9:g} s), got {spans}"
    )


def _placed(
    values: NDArray[Any], unit: Unit, header_ns: int, period_ns: int, where: str
) -> tuple[Origin, Int64]:
    """The values counted from 1970 or from the header, whichever brings them near the header."""
    largest_ns = max(abs(float(values.min())), abs(float(values.max()))) * UNIT_NS[unit]
    if largest_ns > LATEST_NS:
        raise ReadError(f"{where}: time {values.max()} in {unit} is beyond the year 2200")
    from_zero = _to_ns(values, unit)
    middle = int(from_zero.min()) // 2 + int(from_zero.max()) // 2
    candidates: dict[Origin, int] = {"epoch": middle - header_ns, "header": middle}
    origin: Origin = min(candidates, key=lambda name: abs(candidates[name]))
    reach_ns = int(MAX_AWAY * period_ns)
    if abs(candidates[origin]) > reach_ns:
        raise ReadError(
            f"{where}: times lie {candidates['epoch'] / 1e9:.3f} s from the header if they count "
            f"from 1970 and {candidates['header'] / 1e9:.3f} s if from the header; expected at "
            f"most {reach_ns / 1e9:g} s. Sensor and recorder may keep different clocks (37 s: "
            "TAI, 18 s: GPS)"
        )
    return origin, from_zero + (header_ns if origin == "header" else 0)


def _to_ns(values: NDArray[Any], unit: Unit) -> Int64:
    """(N,) int64; whole and broken part apart, so that times since 1970 keep all their digits."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64) * UNIT_NS[unit]
    exact = values.astype(np.float64)
    whole = np.floor(exact)
    broken_ns = np.rint((exact - whole) * UNIT_NS[unit])
    return np.asarray(whole.astype(np.int64) * UNIT_NS[unit] + broken_ns.astype(np.int64))
