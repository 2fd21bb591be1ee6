"""Parts of a result: by range and by motion."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.evaluation.options import EvaluationOptions


@dataclass(frozen=True, slots=True)
class Slice:
    """Which boxes a result is about.

    A true positive belongs to the slice of its truth box, a false positive to that of its own
    range and velocity.

    Attributes:
        name: key in reports.
        beyond_m: range must exceed this,
        up_to_m: and not exceed this.
        moving: only moving or only static boxes; None for both.
    """

    name: str
    beyond_m: float = -np.inf
    up_to_m: float = np.inf
    moving: bool | None = None

    def contains(self, range_m: Float64, moving: BoolArray) -> BoolArray:
        """(N,) bool for boxes of ranges (N,) and motion (N,)."""
        inside = (range_m > self.beyond_m) & (range_m <= self.up_to_m)
        return inside if self.moving is None else inside & (moving == self.moving)


def slices_of(options: EvaluationOptions) -> tuple[Slice, ...]:
    """Everything, then by range, then by motion."""
    edges = (0.0, *options.range_edges_m, options.max_range_m)
    by_range = (
        Slice(f"range_{low:g}_{high:g}", low if low > 0 else -np.inf, high)
        for low, high in pairwise(edges)
    )
    return (
        Slice("all"),
        *by_range,
        Slice("moving", moving=True),
        Slice("static", moving=False),
    )
