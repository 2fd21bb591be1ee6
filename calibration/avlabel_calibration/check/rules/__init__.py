"""The rules. Importing this package registers them, in the order in which they are imported."""

from __future__ import annotations

# isort: off
from avlabel_calibration.check.rules import (
    rotation,
    naming,
    optics,
    view,
    ground,
    mounting,
    alignment,
    lidars,
    odometry,
)

# isort: on

__all__ = [
    "alignment",
    "ground",
    "lidars",
    "mounting",
    "naming",
    "odometry",
    "optics",
    "rotation",
    "view",
]
