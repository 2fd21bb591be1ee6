"""How fast tracked objects turn, and where turning objects get to."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import NO_TRACK, Cuboids

WINDOW_NS = 250_000_000
"""Yaws within this of a cuboid's own time tell its turn rate, and the next ones either side;
twice as far where that makes fewer than five."""
MAX_NEIGHBOURS = 4
"""Cuboids looked at on either side; more would only cost time."""
MAX_GAP_NS = 1_000_000_000
"""Yaws of one object further apart than this say nothing of the turn between them."""
MAX_TURN_RATE = 1.5
"""Radians a second; a car on full lock at 30 km/h. Faster turns are jumps between labels."""


def turn_rates(cuboids: Cuboids) -> Float64:
    """Turn rate of each cuboid from the yaws of its track's neighbouring cuboids.

    The median of the slopes of all pairs around it (Theil 1950, Sen 1968), at the cuboids' real
    times: one wrong yaw among five does not move it, and at a track's ends it is the slope of
    the side that there is. Half a turn between two cuboids is taken as a flip of the heading,
    not as motion.

    Args:
        cuboids: N boxes of any number of tracks, in any order.

    Returns:
        (N,) float64 radians a second, counter-clockwise; 0 where it cannot be known: no track,
        no neighbour within a second, a yaw that is not finite, or a jump.
    """
    rows = np.flatnonzero((cuboids.track_id != NO_TRACK) & np.isfinite(cuboids.yaw))
    rows = rows[np.lexsort((cuboids.timestamp_ns[rows], cuboids.track_id[rows]))]
    rate = np.zeros(len(cuboids))
    rate[rows] = _theil_sen(cuboids.track_id[rows], cuboids.timestamp_ns[rows], cuboids.yaw[rows])
    return rate


@njit(cache=True, nogil=True)
def arc_m(velocity, turn_rate, dt_s):  # type: ignore[no-untyped-def]
    """Way of an object at constant turn rate and velocity over ground.

    With w = turn rate, t = time and v = velocity at the start, the way is ``(sin(wt) / w) v``
    along and ``((1 - cos(wt)) / w) v`` to the left (R. Schubert et al., "Comparison and
    evaluation of advanced motion models for vehicle tracking", FUSION 2008, written for a
    velocity vector and without a pole at w = 0).

    Args:
        velocity: (3,) metres a second; what is not a number counts as none.
        turn_rate: radians a second about z, counter-clockwise.
        dt_s: seconds; may be negative.

    Returns:
        x, y and z, metres.
    """
    if not (np.isfinite(velocity[0]) and np.isfinite(velocity[1])):
        return 0.0, 0.0, 0.0
    half = turn_rate * dt_s / 2
    # sin(h) / h, fine at 0.
    chord = np.sin(half) / half if abs(half) > 1e-9 else 1.0
    along, left = chord * np.cos(half) * dt_s, chord * np.sin(half) * dt_s
    x, y, z = velocity[0], velocity[1], velocity[2]
    return along * x - left * y, along * y + left * x, dt_s * z if np.isfinite(z) else 0.0


@njit(cache=True, nogil=True)
def _theil_sen(track, t_ns, yaw):  # type: ignore[no-untyped-def]
    """(N,) slopes of rows that are sorted by track and time."""
    n = len(track)
    rate = np.zeros(n)
    slopes = np.empty((2 * MAX_NEIGHBOURS + 1) * MAX_NEIGHBOURS)
    near, angle = np.empty(2 * MAX_NEIGHBOURS + 1, np.int64), np.empty(2 * MAX_NEIGHBOURS + 1)
    for i in range(n):
        first, last = _neighbours(track, t_ns, i, i, i, WINDOW_NS)
        if last - first < 4:
            first, last = _neighbours(track, t_ns, i, first, last, 2 * WINDOW_NS)
        m = last - first + 1
        near[0], angle[0] = first, yaw[first]
        for k in range(1, m):
            near[k] = first + k
            step = yaw[first + k] - yaw[first + k - 1]
            angle[k] = angle[k - 1] + step - np.pi * np.round(step / np.pi)
        n_slopes = 0
        for a in range(m):
            for b in range(a + 1, m):
                span_ns = t_ns[near[b]] - t_ns[near[a]]
                if span_ns > 0:
                    slopes[n_slopes] = 1e9 * (angle[b] - angle[a]) / span_ns
                    n_slopes += 1
        if n_slopes:
            slope = np.median(slopes[:n_slopes])
            rate[i] = slope if abs(slope) <= MAX_TURN_RATE else 0.0
    return rate


@njit(cache=True, nogil=True)
def _neighbours(track, t_ns, i, first, last, window_ns):  # type: ignore[no-untyped-def]
    """Grow ``first`` to ``last`` by the rows that say something of row ``i``'s turn."""
    while first > 0 and _tells(track, t_ns, i, first - 1, first, window_ns):
        first -= 1
    while last < len(track) - 1 and _tells(track, t_ns, i, last + 1, last, window_ns):
        last += 1
    return first, last


@njit(cache=True, nogil=True)
def _tells(track, t_ns, i, j, before, window_ns):  # type: ignore[no-untyped-def]
    if track[j] != track[i] or abs(j - i) > MAX_NEIGHBOURS:
        return False
    if abs(t_ns[j] - t_ns[before]) > MAX_GAP_NS:
        return False
    return before == i or abs(t_ns[j] - t_ns[i]) <= window_ns
