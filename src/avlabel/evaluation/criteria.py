"""When a prediction may count as a truth box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Measure = Literal["bev_iou", "iou_3d", "center"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A measure and the threshold it must reach.

    Attributes:
        measure: "bev_iou", "iou_3d" (of upright boxes) or "center" (BEV distance of centres).
        threshold: least IoU, or greatest distance in metres.
    """

    measure: Measure
    threshold: float

    @property
    def name(self) -> str:
        """Key in reports, such as ``bev_iou_0.5`` or ``center_2m``."""
        unit = "m" if self.measure == "center" else ""
        return f"{self.measure}_{self.threshold:g}{unit}"


CRITERIA = (
    Criterion("bev_iou", 0.5),
    Criterion("bev_iou", 0.7),
    Criterion("iou_3d", 0.25),
    Criterion("iou_3d", 0.5),
    Criterion("iou_3d", 0.7),
    Criterion("center", 0.5),
    Criterion("center", 1.0),
    Criterion("center", 2.0),
    Criterion("center", 4.0),
)

ERROR_CRITERION = Criterion("center", 2.0)
"""True positives at this criterion give the translation, size and heading errors."""

CENTER_REACH_M = max(c.threshold for c in CRITERIA if c.measure == "center")
"""Centres further apart than this match by no distance criterion."""
