"""Scores as log odds and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from avlabel.core.arrays import Float64

SUREST = 1e-7
"""Scores are kept this far from 0 and 1, so that their log odds stay finite."""


def log_odds(score: ArrayLike) -> Float64:
    """(...) float64 log odds of scores in 0..1; of 0 and 1, of the nearest that have any."""
    p = np.clip(np.asarray(score, np.float64), SUREST, 1 - SUREST)
    return np.asarray(np.log(p / (1 - p)))


def probability(odds: ArrayLike) -> Float64:
    """(...) float64 scores in 0..1 of log odds."""
    limit = np.log((1 - SUREST) / SUREST)
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(odds, np.float64), -limit, limit))))
