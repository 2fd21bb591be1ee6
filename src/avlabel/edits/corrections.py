"""What people did to some boxes of a track, carried over to the automatic ones between."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.geometry.quaternions import (
    canonical,
    from_rotvec,
    inverse,
    multiply,
    rotate,
    scaled,
    to_rotvec,
    unit,
)


@njit(cache=True, nogil=True)
def carry(  # type: ignore[no-untyped-def]
    anchors: Int64,
    reached: BoolArray,
    time_ns: Int64,
    free: BoolArray,
    known: BoolArray,
    auto_center: Float64,
    auto_quat: Float64,
    center: Float64,
    quat: Float64,
    size: Float64,
):
    """Move the F boxes of a track from anchor to anchor, in place.

    The correction at an anchor is what takes the automatic box to the human one, in the
    automatic box's own axes. In between it turns from the one anchor's into the next's by time.

    Args:
        anchors: (A,) positions of the boxes whose correction reaches others, ascending.
        reached: (A + 1,) whether the boxes before each anchor, and those after the last, are.
        time_ns: (F,).
        free: (F,) automatic boxes that no person set.
        known: (F,) whether there is an automatic box.
        auto_center: (F, 3) where it is.
        auto_quat: (F, 4) unit quaternions, headings without sudden half turns.
        center: (F, 3) at the anchors where people set it; written where ``free``.
        quat: (F, 4) the same.
        size: (F, 3) the same.
    """
    n = len(anchors)
    for k in range(n + 1):
        if n == 0 or not reached[k]:
            continue
        first, last = anchors[max(k - 1, 0)], anchors[min(k, n - 1)]
        begin, end = 0 if k == 0 else first + 1, len(free) if k == n else last
        span_ns = max(time_ns[last] - time_ns[first], 1)
        a, b = first if known[first] else last, last if known[last] else first
        turn_a, shift_a = _correction(a, auto_center, auto_quat, center, quat)
        turn_b, shift_b = _correction(b, auto_center, auto_quat, center, quat)
        between = to_rotvec(multiply(inverse(turn_a), turn_b))
        # Half a turn was put right on one side: boxes turn over, they do not spin.
        jumps = between[0] ** 2 + between[1] ** 2 + between[2] ** 2 > (np.pi / 2) ** 2
        for i in range(begin, end):
            if not free[i]:
                continue
            weight = min(max((time_ns[i] - time_ns[first]) / span_ns, 0.0), 1.0)
            for axis in range(3):
                size[i, axis] = _mix(size[first, axis], size[last, axis], weight)
            if not known[a]:
                continue
            if jumps:
                weight = np.round(weight)
            shift = (
                _mix(shift_a[0], shift_b[0], weight),
                _mix(shift_a[1], shift_b[1], weight),
                _mix(shift_a[2], shift_b[2], weight),
            )
            there = unit(auto_quat[i])
            way = rotate(there, shift)
            for axis in range(3):
                center[i, axis] = auto_center[i, axis] + way[axis]
            turn = multiply(turn_a, from_rotvec(scaled(between, weight)))
            quat[i] = canonical(multiply(there, turn))


@njit(cache=True, nogil=True)
def _correction(at, auto_center, auto_quat, center, quat):  # type: ignore[no-untyped-def]
    back = inverse(unit(auto_quat[at]))
    x, y, z = center[at] - auto_center[at]
    return multiply(back, unit(quat[at])), rotate(back, (x, y, z))


@njit(cache=True, nogil=True)
def _mix(a, b, share):  # type: ignore[no-untyped-def]
    return a + share * (b - a)
