"""Which points belong together: connected columns of a bird's-eye grid.

Each grid cell holds the set of height bins its points fill. Only the lowest run of filled bins
counts, so that a crown over a car stays out. Two cells join when they are close, at a distance
that grows with range as returns thin out, and when their runs overlap in height.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Int32
from avlabel.core.options import option

NO_CLUSTER = -1
HEIGHT_BIN_M = 0.25
HEIGHT_BINS = 30


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """Settings of the clustering."""

    cell_m: float = option(0.2, "side of a grid cell, metres")
    range_m: float = option(80.0, "half the side of the grid, metres")
    min_height_m: float = option(0.25, "points lower than this above ground are ground")
    max_height_m: float = option(6.0, "points higher than this above ground are left out")
    max_gap_m: float = option(0.6, "vertical gap that ends a column's lowest run")
    reach_m: float = option(0.35, "cells closer than this join, close to the sensor")
    reach_per_m: float = option(0.008, "growth of the reach with each metre of range")
    max_reach_m: float = option(0.8, "largest reach")
    min_points: int = option(6, "smaller clusters are dropped")


def cluster(points_ego: Float32, above_ground_m: Float32, config: ClusterConfig) -> Int32:
    """Cluster the points that stand on the ground.

    Args:
        points_ego: (N, 3) float32 metres, ego frame.
        above_ground_m: (N,) float32 height of each point above the ground.
        config: grid and reach.

    Returns:
        (N,) int32 cluster of each point, counted from 0, ``NO_CLUSTER`` for ground, what is too
        high, out of range, or in a cluster of fewer than ``min_points``.
    """
    return join(fill_columns(points_ego, above_ground_m, config), above_ground_m, config)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The U cells of the grid that hold points, each with its lowest run of height bins.

    Attributes:
        cells: number of cells along each side of the grid.
        cell_of: (N,) int32 cell of each point, -1 for what is left out.
        slot: (cells * cells,) int32 which of the U each cell is, -1 for none.
        used: (U,) int32 cell of each.
        first: (U,) int32 lowest bin of the run.
        last: (U,) int32 highest bin of the run.
    """

    cells: int
    cell_of: Int32
    slot: Int32
    used: Int32
    first: Int32
    last: Int32


def fill_columns(points_ego: Float32, above_ground_m: Float32, config: ClusterConfig) -> Columns:
    """Sort points into the grid; the same whatever the reach."""
    cells = int(np.ceil(2 * config.range_m / config.cell_m))
    cell_of = _cell_of(
        points_ego,
        above_ground_m,
        cells,
        config.cell_m,
        config.range_m,
        config.min_height_m,
        config.max_height_m,
    )
    max_gap_bins = max(int(config.max_gap_m / HEIGHT_BIN_M), 1)
    used, first, last, slot = _columns(cell_of, above_ground_m, cells, max_gap_bins)
    return Columns(cells, cell_of, slot, used, first, last)


def join(columns: Columns, above_ground_m: Float32, config: ClusterConfig) -> Int32:
    """Clusters of columns within reach of one another; returns the same as ``cluster``."""
    root = _join(
        columns.used,
        columns.first,
        columns.last,
        columns.slot,
        columns.cells,
        config.cell_m,
        config.reach_m,
        config.reach_per_m,
        config.max_reach_m,
    )
    labels: Int32 = _label(
        columns.cell_of,
        above_ground_m,
        columns.slot,
        columns.first,
        columns.last,
        root,
        config.min_points,
    )
    return labels


@njit(cache=True, nogil=True)
def _cell_of(points, above, cells, cell_m, range_m, low_m, high_m):  # type: ignore[no-untyped-def]
    out = np.full(len(points), -1, np.int32)
    for p in range(len(points)):
        x, y = points[p, 0] + range_m, points[p, 1] + range_m
        if x < 0 or y < 0 or above[p] < low_m or above[p] > high_m:
            continue
        i, j = int(x / cell_m), int(y / cell_m)
        if i < cells and j < cells:
            out[p] = i * cells + j
    return out


@njit(cache=True, nogil=True)
def _columns(cell_of, above, cells, max_gap_bins):  # type: ignore[no-untyped-def]
    """Used cells, the first and last height bin of each one's lowest run, and cell to slot."""
    slot = np.full(cells * cells, -1, np.int32)
    used = np.empty(len(cell_of), np.int32)
    bits = np.zeros(len(cell_of), np.uint32)
    n = 0
    for p in range(len(cell_of)):
        c = cell_of[p]
        if c < 0:
            continue
        if slot[c] < 0:
            slot[c] = n
            used[n] = c
            n += 1
        height = min(int(above[p] / HEIGHT_BIN_M), HEIGHT_BINS)
        bits[slot[c]] |= np.uint32(1) << np.uint32(height)
    first = np.zeros(n, np.int32)
    last = np.zeros(n, np.int32)
    for s in range(n):
        started, gap = False, 0
        for h in range(HEIGHT_BINS + 1):
            if (bits[s] >> np.uint32(h)) & np.uint32(1):
                if not started:
                    first[s], started = h, True
                last[s], gap = h, 0
            elif started:
                gap += 1
                if gap > max_gap_bins:
                    break
    return used[:n], first, last, slot


@njit(cache=True, nogil=True)
def _find(parent, a):  # type: ignore[no-untyped-def]
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    return a


@njit(cache=True, nogil=True)
def _join(used, first, last, slot, cells, cell_m, reach_m, reach_per_m, max_reach_m):  # type: ignore[no-untyped-def]
    parent = np.arange(len(used))
    middle = cells / 2
    for s in range(len(used)):
        i, j = used[s] // cells, used[s] % cells
        range_of_cell = np.sqrt((i - middle) ** 2 + (j - middle) ** 2) * cell_m
        reach = min(reach_m + reach_per_m * range_of_cell, max_reach_m) / cell_m
        span = int(reach)
        for di in range(span + 1):
            for dj in range(-span, span + 1):
                if (di == 0 and dj <= 0) or di * di + dj * dj > reach * reach:
                    continue
                a, b = i + di, j + dj
                if a >= cells or b < 0 or b >= cells:
                    continue
                t = slot[a * cells + b]
                if t < 0 or first[s] > last[t] + 1 or first[t] > last[s] + 1:
                    continue
                x, y = _find(parent, s), _find(parent, t)
                if x != y:
                    parent[max(x, y)] = min(x, y)
    for s in range(len(used)):
        parent[s] = _find(parent, s)
    return parent


@njit(cache=True, nogil=True)
def _label(cell_of, above, slot, first, last, root, min_points):  # type: ignore[no-untyped-def]
    labels = np.full(len(cell_of), NO_CLUSTER, np.int32)
    count = np.zeros(len(root), np.int32)
    for p in range(len(cell_of)):
        if cell_of[p] < 0:
            continue
        s = slot[cell_of[p]]
        height = int(above[p] / HEIGHT_BIN_M)
        if first[s] <= height <= last[s]:
            labels[p] = root[s]
            count[root[s]] += 1
    number = np.full(len(root), NO_CLUSTER, np.int32)
    n = 0
    for r in range(len(root)):
        if count[r] >= min_points:
            number[r] = n
            n += 1
    for p in range(len(labels)):
        if labels[p] >= 0:
            labels[p] = number[labels[p]]
    return labels
