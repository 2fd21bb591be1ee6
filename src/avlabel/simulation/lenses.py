"""Lenses for simulated cameras, one of each camera model."""

from __future__ import annotations

import numpy as np

from avlabel.core.cameras import MODELS, CameraModel, camera_model

LENSES = tuple(MODELS)
"""What ``lens`` can be asked for."""


def lens(name: str, width_px: int, height_px: int) -> CameraModel:
    """A lens that fills an image of any size.

    The pinhole sees 78 degrees across. The fisheye and the mirror (``mei``) see 220 and 250, and
    end in a circle as wide as the image. Panoramas show a full turn.

    Args:
        name: one of ``LENSES``.
        width_px: image width.
        height_px: image height.
    """
    middle = [(width_px - 1) / 2, (height_px - 1) / 2]
    off_centre = [middle[0] + 3.0, middle[1] - 4.0]
    a_radian = width_px / (2 * np.pi)
    fx_fy_cx_cy, distortion = {
        "pinhole": ([0.62 * width_px] * 2 + off_centre, [-0.12, 0.03, 0.0004, -0.0003, 0.0]),
        "fisheye": ([0.39 * width_px] * 2 + off_centre, [-0.09, 0.0, 0.0, 0.0]),
        "mei": ([0.62 * width_px] * 2 + off_centre, [1.6, 0.02, -0.01, 0.0004, -0.0003]),
        "equirectangular": ([a_radian, height_px / np.pi, *middle], []),
        "cylindrical": ([a_radian, a_radian, *middle], []),
    }[name]
    return camera_model(
        name, width_px, height_px, np.array(fx_fy_cx_cy), np.array(distortion, np.float64)
    )
