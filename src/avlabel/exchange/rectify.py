"""Pinhole images without distortion, for formats that know no other lens."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from avlabel.core.arrays import Float32, UInt8
from avlabel.core.cameras import CameraModel, Pinhole
from avlabel.core.rig import Camera

STEP = 1e-4
"""Radians off the axis by which a lens' focal length is measured."""


def rectified(camera: Camera) -> Camera:
    """The same camera with a pinhole: same axis, size, and scale in the middle of the image."""
    return camera if is_rectified(camera.model) else replace(camera, model=_pinhole(camera.model))


def is_rectified(model: CameraModel) -> bool:
    """Whether a lens is a pinhole without distortion."""
    return model.name == "pinhole" and not np.any(model.distortion)


def rectify(image: UInt8, camera: Camera) -> UInt8:
    """(H, W, 3) uint8: an image of ``camera`` as ``rectified(camera)`` had taken it."""
    if is_rectified(camera.model):
        return image
    u, v = _maps(camera)
    return np.asarray(cv2.remap(image, u, v, cv2.INTER_LINEAR), np.uint8)


@lru_cache(maxsize=16)
def _maps(camera: Camera) -> tuple[Float32, Float32]:
    """(H, W) columns and rows of the image in which each rectified pixel is; -1 for none."""
    flat = _pinhole(camera.model)
    rows, columns = np.mgrid[: flat.height_px, : flat.width_px]
    pixels = np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64)
    uv, valid = camera.model.project(flat.unproject(pixels))
    there = np.where(valid[:, None], uv, -1.0).astype(np.float32).reshape(*rows.shape, 2)
    return np.ascontiguousarray(there[..., 0]), np.ascontiguousarray(there[..., 1])


def _pinhole(model: CameraModel) -> Pinhole:
    rays = np.array([[0.0, 0.0, 1.0], [STEP, 0.0, 1.0], [0.0, STEP, 1.0]])
    uv, _ = model.project(rays)
    focal = np.array([uv[1, 0] - uv[0, 0], uv[2, 1] - uv[0, 1]]) / STEP
    return Pinhole(model.width_px, model.height_px, np.array([*focal, *uv[0]]))
