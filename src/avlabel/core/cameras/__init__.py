"""Camera models: from points in the camera frame to pixels, and back.

Camera frame: x right, y down, z forward. Pixel centres lie at integers.
"""

from __future__ import annotations

from avlabel.core.cameras.model import NEAR_M, CameraModel
from avlabel.core.cameras.pinhole import Pinhole
from avlabel.core.cameras.registry import MODELS, camera_model

__all__ = ["MODELS", "NEAR_M", "CameraModel", "Pinhole", "camera_model"]
