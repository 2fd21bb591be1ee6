"""Edge maps of images: how strongly brightness changes across a direction, against surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from avlabel.core.arrays import Float32, Float64, Int64, UInt8
from avlabel.core.cameras import CameraModel

Int8 = NDArray[np.int8]

BLURS_RAD = tuple(np.deg2rad([0.8, 0.4, 0.2, 0.1]).tolist())
"""Widths of the edges of each level, coarse to fine."""
PIXELS_A_BLUR = 1.2
"""Each level is stored at the resolution that its blur leaves."""
DIRECTIONS = 4
"""Directions across which brightness changes: right, right-down, down, left-down."""
LOCAL_RAD = np.deg2rad(1.5)
"""Gradients are divided by their usual size within this radius: shade and sun count alike."""
MAX_CONTRAST = 3.0
NOISE_LEVEL = 1.5
"""Gray levels a pixel that count as nothing."""
SURROUND = 4.0
"""A level shows the blurred edges less the same blurred this many times wider."""
QUANTUM = 1 / 16
"""Stored values are multiples of this many standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class EdgeMaps:
    """One level of the edge maps of F images.

    Attributes:
        values: (F, DIRECTIONS, H, W) int8, in ``QUANTUM`` standard deviations of the map; its
            mean is about zero everywhere, so that 0 is what a point at random would meet.
        scale: (2,) float64 pixels of the level per pixel of the image, along u and v.
        blur_rad: width of an edge.
    """

    values: Int8
    scale: Float64
    blur_rad: float


def working_size(model: CameraModel, blur_rad: float) -> tuple[int, int]:
    """Width and height of a level; never more than the image's own."""
    focal = float(model.intrinsics[0])
    share = min(1.0, PIXELS_A_BLUR / (blur_rad * focal))
    return max(16, round(model.width_px * share)), max(16, round(model.height_px * share))


def edge_levels(gray: UInt8, model: CameraModel) -> list[Int8]:
    """Maps (DIRECTIONS, H, W) int8 of every level of one image (H, W)."""
    fine = cv2.resize(gray, working_size(model, BLURS_RAD[-1]), interpolation=cv2.INTER_AREA)
    px_a_rad = float(model.intrinsics[0]) * fine.shape[1] / model.width_px
    contrast = _contrast(fine.astype(np.float32), LOCAL_RAD * px_a_rad)
    return [_level(contrast, working_size(model, blur_rad)) for blur_rad in BLURS_RAD]


def _level(contrast: list[Float32], size: tuple[int, int]) -> Int8:
    out = np.empty((DIRECTIONS, size[1], size[0]), np.int8)
    for k, strength in enumerate(contrast):
        small = _resize(strength, size)
        narrow, wide = (_blur(small, times * PIXELS_A_BLUR) for times in (1.0, SURROUND))
        edges = narrow - wide
        out[k] = np.clip(np.rint(edges / (max(edges.std(), 1e-6) * QUANTUM)), -127, 127)
    return out


def _resize(image: Float32, size: tuple[int, int]) -> Float32:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


def _blur(image: Float32, sigma_px: float) -> Float32:
    """Gaussian blur, computed at the resolution that it leaves."""
    shrink = max(1, int(sigma_px / 2.4))
    height, width = image.shape
    small = _resize(image, (max(1, width // shrink), max(1, height // shrink)))
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), sigma_px / shrink), np.float32)
    wide = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32)


def _contrast(gray: Float32, local_px: float) -> list[Float32]:
    """Edge strength across each direction, 0 to ``MAX_CONTRAST``."""
    gx = cv2.Scharr(gray, cv2.CV_32F, 1, 0) / 16.0
    gy = cv2.Scharr(gray, cv2.CV_32F, 0, 1) / 16.0
    half = np.float32(np.sqrt(0.5))
    strength = [np.abs(gx), half * np.abs(gx + gy), np.abs(gy), half * np.abs(gx - gy)]
    usual = _blur(np.hypot(gx, gy), local_px)
    return [np.minimum(s / (usual + NOISE_LEVEL), MAX_CONTRAST) for s in strength]


def direction_index(across_px: Float64) -> Int64:
    """(N,) index of the direction nearest to each vector (N, 2) across an edge."""
    angle = np.arctan2(across_px[:, 1], across_px[:, 0]) % np.pi
    return np.rint(angle / (np.pi / DIRECTIONS)).astype(np.int64) % DIRECTIONS
