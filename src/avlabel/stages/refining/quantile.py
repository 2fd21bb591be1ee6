"""Quantiles of small arrays, without the overhead of the general function."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def quantile(values, share):  # type: ignore[no-untyped-def]
    """Value below which a share of (N,) values lies, N > 0; linear between neighbours."""
    ordered = np.sort(values)
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])
