"""Camera models: from points in the camera frame to pixels, and back.

Camera frame: x right, y down, z forward. Pixel centres lie at integers.
"""

from __future__ import annotations

from avlabel.core.cameras.cylindrical import Cylindrical
from avlabel.core.cameras.equirectangular import Equirectangular
from avlabel.core.cameras.fisheye import Fisheye
from avlabel.core.cameras.mei import Mei
from avlabel.core.cameras.model import NEAR_M, CameraModel
from avlabel.core.cameras.pinhole import Pinhole
from avlabel.core.cameras.registry import DISTORTION_COUNTS, MODELS, camera_model

__all__ = [
    "DISTORTION_COUNTS",
    "MODELS",
    "NEAR_M",
    "CameraModel",
    "Cylindrical",
    "Equirectangular",
    "Fisheye",
    "Mei",
    "Pinhole",
    "camera_model",
]
