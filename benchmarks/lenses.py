"""One camera of each model, as cars carry them."""

from __future__ import annotations

import numpy as np

from avlabel.core.cameras import CameraModel, camera_model

SURROUND = (
    "pinhole",
    "pinhole 5",
    "pinhole 14",
    "fisheye",
    "mei",
    "equirectangular",
    "cylindrical",
)
"""Names of ``lens``."""

_NARROW = (1600, 900, [1260.0, 1260.0, 799.5, 449.5])
_LENSES: dict[str, tuple[str, tuple[int, int, list[float]], list[float]]] = {
    "pinhole": ("pinhole", _NARROW, []),
    "pinhole 5": ("pinhole", _NARROW, [-0.32, 0.12, 5e-4, -3e-4, -0.02]),
    "pinhole 14": (
        "pinhole",
        _NARROW,
        [0.4, -0.1, 5e-4, -3e-4, 0.01, 0.7, -0.05, 0.01, 1e-4, 2e-5, -1e-4, 1e-5, 5e-3, -3e-3],
    ),
    "fisheye": ("fisheye", (1280, 960, [330.0, 330.0, 639.5, 479.5]), [0.04, -0.01, 2e-3, -4e-4]),
    "mei": ("mei", (1400, 1400, [1336.0, 1335.0, 716.0, 705.0]), [2.2, 0.016, 1.65, 4e-4, 2e-4]),
    "equirectangular": (
        "equirectangular",
        (2048, 1024, [1024 / np.pi, 1024 / np.pi, 1023.5, 511.5]),
        [],
    ),
    "cylindrical": ("cylindrical", (2048, 640, [1024 / np.pi, 320.0, 1023.5, 319.5]), []),
}


def lens(name: str) -> CameraModel:
    """A lens of ``SURROUND``: pinholes of 65 degrees, wide lenses of 190, panoramas of 360."""
    model, (width_px, height_px, intrinsics), distortion = _LENSES[name]
    return camera_model(
        model, width_px, height_px, np.array(intrinsics), np.array(distortion, np.float64)
    )
