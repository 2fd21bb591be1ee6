"""LiDAR points over an image, coloured by depth."""

from __future__ import annotations

import cv2
import numpy as np

from avlabel.core.arrays import Float64, FloatArray, UInt8
from avlabel.core.rig import Camera
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.mounting import in_image

WIDTH_PX = 1100
NEAR_M, FAR_M = 3.0, 80.0
DIM = 0.75
"""Of the image's brightness: points stand out."""


def overlay(evidence: Evidence, camera: Camera, frame: int) -> UInt8 | None:
    """(H, W, 3) BGR image of a frame with its points; None if the sweep cannot be read.

    Raises:
        InputError: if the image cannot be read, or there is no pose at its exposure.
    """
    points_cam = evidence.points_cam(camera, frame)
    if points_cam is None:
        return None
    image = evidence.image(camera.sensor_id, frame)
    factor = min(1.0, WIDTH_PX / image.shape[1])
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    drawn = (small * DIM).astype(np.uint8)
    seen = points_cam[in_image(camera, points_cam)]
    uv, _ = camera.model.project(seen)
    # The camera model's pixels, also where the file has another size.
    scale = drawn.shape[1] / camera.model.width_px, drawn.shape[0] / camera.model.height_px
    return _dots(drawn, (uv + 0.5) * scale - 0.5, np.linalg.norm(seen, axis=1))


def depth_colors(depth_m: FloatArray) -> UInt8:
    """(N, 3) BGR colours of depths (N,), red near to blue far, even steps in log depth."""
    part = np.log(np.clip(depth_m, NEAR_M, FAR_M) / NEAR_M) / np.log(FAR_M / NEAR_M)
    levels = np.round(255 * (1 - part)).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels[:, None], cv2.COLORMAP_TURBO)[:, 0], np.uint8)


def _dots(image: UInt8, uv: Float64, depth_m: Float64) -> UInt8:
    """Draw dots of 2 x 2 pixels, near ones over far ones."""
    order = np.argsort(-depth_m, kind="stable")
    u, v = np.round(uv[order]).astype(np.int64).T
    colors = depth_colors(depth_m[order])
    height, width = image.shape[:2]
    for du in (0, 1):
        for dv in (0, 1):
            image[np.clip(v + dv, 0, height - 1), np.clip(u + du, 0, width - 1)] = colors
    return image
