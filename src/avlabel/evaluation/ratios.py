"""Fractions that may have nothing to divide by."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from avlabel.core.arrays import Float64


def ratio(part: ArrayLike, whole: ArrayLike) -> Float64:
    """``part / whole`` element by element, NaN where ``whole`` is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0))
