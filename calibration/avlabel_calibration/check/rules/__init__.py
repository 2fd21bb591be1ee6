"""The rules. Importing this package registers them, in the order in which they are imported."""

from __future__ import annotations

# isort: off
from avlabel_calibration.check.rules import (
    rotation,
    naming,
    optics,
    view,
    ground,
    lidars,
    odometry,
)

# isort: on

__all__ = ["ground", "lidars", "naming", "odometry", "optics", "rotation", "view"]
