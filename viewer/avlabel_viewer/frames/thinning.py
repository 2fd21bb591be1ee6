"""Fewer points where they are far: a cloud of any size, cut to what can be drawn."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int64

NEAR_M = 15.0
"""Points so near to the focus are all kept, while they fit."""

FINEST_M = 0.03
"""Side of the smallest voxels, up to twice ``NEAR_M``; about the noise of a range."""

COARSEST_M = 1000.0
"""Larger voxels are not tried: too many points are left only where hardly any are allowed."""

COARSER = 1.04
"""Least by which voxels grow from one try to the next."""

AIM = 0.95
"""Of the budget, so that what was tried out on a sample nearly always fits at once."""

SAMPLE = 50_000
"""Points, about, on which the side of the voxels is tried out."""

COLUMN_M = 4.0
"""Side of the columns, seen from above, that are in the sample as a whole or not at all."""


def thin(points: Float32, focus: Float64, budget: int, near_m: float = NEAR_M) -> Int64:
    """Choose points so that no more than ``budget`` are left.

    What is near is kept whole. Beyond, one point a voxel is kept, the first one; voxels are twice
    as large at each doubling of the distance, as they look equally large from the focus. Equal
    points give equal choices.

    Args:
        points: (N, 3) metres; all finite.
        focus: (3,) metres, where one looks.
        budget: most points to keep, 1 or more.
        near_m: radius around the focus within which all are kept; smaller where they would take
            more than half of the budget.

    Returns:
        (K,) int64 indices of the points to keep, ascending.
    """
    kept = np.arange(len(points))
    if len(points) <= budget:
        return kept
    whole_m, n_whole = _whole(points, focus, near_m, budget // 2)
    seen = focus, whole_m, near_m
    voxel_m = _voxel(points, seen, AIM * (budget - n_whole) / (len(points) - n_whole))
    while len(kept) > budget and voxel_m < COARSEST_M:
        kept, _ = _one_a_voxel(points, kept, *seen, voxel_m)
        voxel_m *= max(math.sqrt(len(kept) / budget), COARSER)
    return _cut(points, kept, focus, whole_m, budget) if len(kept) > budget else kept


def _cut(points: Float32, kept: Int64, focus: Float64, whole_m: float, budget: int) -> Int64:
    """The points within ``whole_m``, and of the others the first, where hardly any are allowed."""
    is_far = ((points[kept] - focus) ** 2).sum(axis=1) >= whole_m**2
    nearest_first = np.argsort(is_far, kind="stable")
    return np.sort(kept[nearest_first[:budget]])


def _whole(points: Float32, focus: Float64, near_m: float, most: int) -> tuple[float, int]:
    """A radius of at most ``near_m`` around at most ``most`` points, and their number."""
    counts = np.cumsum(_counts(points, focus, near_m))
    shells = int(np.searchsorted(counts, most, side="right"))
    return near_m * shells / len(counts), int(counts[shells - 1]) if shells else 0


def _voxel(points: Float32, seen: tuple[Float64, float, float], share: float) -> float:
    """Side of the voxels at which about ``share`` of the points that are not kept whole are."""
    sample = _columns(points, max(1, len(points) // SAMPLE))
    voxel_m = FINEST_M
    while voxel_m < COARSEST_M:
        kept, n_whole = _one_a_voxel(points, sample, *seen, voxel_m)
        ratio = (len(kept) - n_whole) / max(share * (len(sample) - n_whole), 1.0)
        if ratio <= 1.0:
            break
        # What is seen are surfaces: their voxels become fewer by the square of the side.
        voxel_m *= max(math.sqrt(ratio), COARSER)
    return voxel_m


@njit(cache=True, nogil=True)
def _counts(points, focus, near_m):  # type: ignore[no-untyped-def]
    """Number of points in each of 64 shells around the focus, up to ``near_m``."""
    counts = np.zeros(64, np.int64)
    for p in range(len(points)):
        x, y, z = points[p, 0] - focus[0], points[p, 1] - focus[1], points[p, 2] - focus[2]
        squared = x * x + y * y + z * z
        if squared < near_m * near_m:
            counts[int(math.sqrt(squared) / near_m * 64)] += 1
    return counts


@njit(cache=True, nogil=True)
def _columns(points, every):  # type: ignore[no-untyped-def]
    """Indices of the points in every n-th column, columns taken as if at random."""
    found = np.empty(len(points), np.int64)
    n = 0
    for p in range(len(points)):
        i, j = math.floor(points[p, 0] / COLUMN_M), math.floor(points[p, 1] / COLUMN_M)
        if _mixed(np.int64(i) * 0x10001 + np.int64(j)) % every == 0:
            found[n] = p
            n += 1
    return found[:n].copy()


@njit(cache=True, nogil=True)
def _one_a_voxel(points, among, focus, whole_m, near_m, voxel_m):  # type: ignore[no-untyped-def]
    """Of the points ``among``, those kept, and how many of them lie within ``whole_m``."""
    size = 1
    while size < 2 * len(among):
        size *= 2
    # 32 bits a voxel, which stay in the processor's caches; two voxels that happen to share them
    # cost one far point in millions.
    table = np.zeros(size, np.uint32)
    kept = np.empty(len(among), np.int64)
    n = n_whole = 0
    for p in among:
        x, y, z = points[p, 0] - focus[0], points[p, 1] - focus[1], points[p, 2] - focus[2]
        squared = x * x + y * y + z * z
        if squared < whole_m * whole_m:
            kept[n] = p
            n += 1
            n_whole += 1
            continue
        level, per_m, reach = 0, 1.0 / voxel_m, 2.0 * near_m
        while squared >= reach * reach and level < 15:
            level, per_m, reach = level + 1, 0.5 * per_m, 2.0 * reach
        mixed = _mixed(_key(level, x * per_m, y * per_m, z * per_m))
        slot, mark = mixed & (size - 1), np.uint32(mixed >> 31) | np.uint32(1)
        while table[slot] != 0 and table[slot] != mark:
            slot = (slot + 1) & (size - 1)
        if table[slot] == 0:
            table[slot] = mark
            kept[n] = p
            n += 1
    return kept[:n].copy(), n_whole


@njit(cache=True, nogil=True, inline="always")
def _key(level, u, v, w):  # type: ignore[no-untyped-def]
    """One number for a voxel of a level: 20 bits each way."""
    i = np.int64(math.floor(u)) & 0xFFFFF
    j = np.int64(math.floor(v)) & 0xFFFFF
    k = np.int64(math.floor(w)) & 0xFFFFF
    return ((level << 20 | i) << 20 | j) << 20 | k


@njit(cache=True, nogil=True, inline="always")
def _mixed(key):  # type: ignore[no-untyped-def]
    """63 bits that depend on all of a key's: the finisher of Steele's SplitMix."""
    z = np.uint64(key)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(1))
