"""Points grouped by cluster, as indices in order of clusters and the bounds of each."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Int32, Int64, IntArray


def members(labels: Int32) -> tuple[Int64, Int64]:
    """Points grouped by cluster.

    Args:
        labels: (N,) int32 from ``cluster``.

    Returns:
        (M,) int64 point indices ordered by cluster, and (C + 1,) int64 offsets: cluster c owns
        ``indices[offsets[c]:offsets[c + 1]]``.
    """
    grouped: tuple[Int64, Int64] = _members(labels, int(labels.max(initial=-1)) + 1)
    return grouped


def members_of(clusters: BoolArray | IntArray, order: Int64, offsets: Int64) -> tuple[Int64, Int64]:
    """Order and offsets, as ``members`` gives them, of the chosen clusters (mask or indices)."""
    start, length = offsets[:-1][clusters], np.diff(offsets)[clusters]
    bounds = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return order[np.arange(bounds[-1]) + np.repeat(start - bounds[:-1], length)], bounds


@njit(cache=True, nogil=True)
def _members(labels, n_clusters):  # type: ignore[no-untyped-def]
    """Counting sort: points of a cluster stay in their order."""
    offsets = np.zeros(n_clusters + 1, np.int64)
    for label in labels:
        if label >= 0:
            offsets[label + 1] += 1
    offsets = np.cumsum(offsets)
    order = np.empty(offsets[-1], np.int64)
    fill = offsets[:-1].copy()
    for p in range(len(labels)):
        if labels[p] >= 0:
            order[fill[labels[p]]] = p
            fill[labels[p]] += 1
    return order, offsets
