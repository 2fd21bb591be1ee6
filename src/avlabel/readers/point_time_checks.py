"""Whether the times of a sweep's points look like those of a sweep."""

from __future__ import annotations

from typing import Literal

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.findings import Finding

AT_END = 0.1
"""Periods from the header within which an end of the sweep is called the header's."""
SHORT = 0.5
"""Of a period: a sweep shorter than this is worth a word."""
BINS, MAX_EMPTY = 20, 4
"""A sweep of which so many of its twentieths in a row have no point has a hole."""
MAX_JUMPS = 0.01
"""Share of steps from one stored point to the next that may go far back in time. Ring by ring
there is one such step a ring; in no order at all, one in eight."""


def notes_on(
    timestamp_ns: Int64, header_ns: int, period_ns: int, where: str, frame_idx: int
) -> tuple[Literal["start", "end", "elsewhere"], list[Finding]]:
    """Which end of a sweep the header stands at, and what is odd about the times (N,)."""
    first, last = int(timestamp_ns.min()), int(timestamp_ns.max())
    notes = [
        _short(last - first, period_ns),
        _hole(timestamp_ns, first, last),
        _disorder(timestamp_ns, last - first),
    ]
    header_at: Literal["start", "end", "elsewhere"] = "elsewhere"
    if abs(header_ns - first) <= AT_END * period_ns:
        header_at = "start"
    elif abs(header_ns - last) <= AT_END * period_ns:
        header_at = "end"
    else:
        notes.append(
            f"the header stands {(header_ns - first) / 1e6:.1f} ms after the first point and "
            f"{(header_ns - last) / 1e6:.1f} ms after the last; expected at one of them"
        )
    findings = [
        Finding("point-times-odd", "warning", f"{where}: {note}", frame_idx)
        for note in notes
        if note
    ]
    return header_at, findings


def _short(span_ns: int, period_ns: int) -> str:
    if span_ns >= SHORT * period_ns:
        return ""
    return (
        f"point times span {span_ns / 1e6:.1f} ms; expected about one period "
        f"({period_ns / 1e6:g} ms): lost packets, or a sensor that looks one way"
    )


def _hole(timestamp_ns: Int64, first: int, last: int) -> str:
    counts = np.bincount((timestamp_ns - first) * BINS // (last - first + 1), minlength=BINS)
    full = np.flatnonzero(counts)
    widest = int(np.diff(full).max(initial=1)) - 1
    if widest < MAX_EMPTY:
        return ""
    return (
        f"no point for {widest / BINS * (last - first) / 1e6:.1f} ms or more within the sweep: "
        "lost packets, or parts of two sweeps"
    )


def _disorder(timestamp_ns: Int64, span_ns: int) -> str:
    steps = np.diff(timestamp_ns)
    if not len(steps):
        return ""
    far_back = float(np.mean(steps < -span_ns / 2))
    if far_back > MAX_JUMPS:
        return f"{far_back:.0%} of the points jump back by half a sweep: times are in no order"
    moving = steps[(steps != 0) & (np.abs(steps) <= span_ns / 2)]
    if len(moving) and np.mean(moving < 0) > 0.9:
        return "times fall from point to point: stored from last to first, or counted backwards"
    return ""
