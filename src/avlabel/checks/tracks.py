"""Numbers of whole tracks."""

from __future__ import annotations

import numpy as np

from avlabel.checks.subject import Subject
from avlabel.core.arrays import Float64


def medians(subject: Subject, values: Float64) -> Float64:
    """(T, C) medians over each track, ignoring NaN, of values (K, C) in ``subject.order``."""
    values = np.asarray(values, np.float64)
    out = np.full((len(subject.starts), values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        ranked = np.lexsort((values[:, column], subject.track_of))
        # NaN sorts last within its track, and is not counted.
        known = np.isfinite(values[ranked, column])
        count = np.bincount(subject.track_of[ranked][known], minlength=len(out))
        some = count > 0
        low = subject.starts[some] + (count[some] - 1) // 2
        high = subject.starts[some] + count[some] // 2
        pair = values[ranked[low], column] + values[ranked[high], column]
        out[some, column] = pair / 2
    return out
