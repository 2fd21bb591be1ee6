"""Pictures of LiDAR edges over an image, before and after."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int16, UInt8
from avlabel.render.ink import draw_circle, draw_text, shade
from avlabel_calibration.alignment import Features, moved_camera

COLOURS = {0: (255, 70, 60), 1: (80, 255, 90), 2: (70, 190, 255)}
"""By kind of edge: upright, level, change of echo."""
HALF_PX = 960
DIM = 0.75
WINDOW = 5
"""The close-up is this many times smaller than the image."""
STEPS = 24


def before_and_after(root: Path, features: Features, delta: Float64, title: str) -> UInt8:
    """Two columns, given and refined extrinsics: a whole image, and a close-up of it.

    Args:
        root: folder of the log that image files are relative to.
        features: the camera's edges.
        delta: (7,) the refinement.
        title: written at the top.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    counts = np.bincount(features.image, features.weight, len(features.frame_idx))
    chosen = int(np.argmax(counts))
    encoded = np.fromfile(root / features.uris[chosen], np.uint8)
    image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), np.float32)
    dim = (image * DIM).astype(np.uint8)
    mine = features.select(features.image == chosen)
    corner, size = _window(mine, delta)
    columns = []
    for move, name in ((np.zeros_like(delta), "given"), (delta, "refined")):
        uv, keep = project(mine, move)
        whole = _dots(dim, uv[keep], mine.kind[keep], HALF_PX / dim.shape[1], (0, 0))
        u, v = corner
        part = dim[v : v + size[1], u : u + size[0]]
        close = _dots(part, uv[keep], mine.kind[keep], HALF_PX / size[0], corner)
        column = np.concatenate([whole, close])
        shade(column, (0, 0, column.shape[1], 34), (0, 0, 0), 0.6)
        frame = f"frame {features.frame_idx[chosen]}"
        draw_text(column, f"{title}, {frame}: {name}", (10.0, 24.0), 18)
        columns.append(column)
    return np.concatenate(columns, axis=1)


def project(features: Features, delta: Float64) -> tuple[Float64, BoolArray]:
    """Pixels (N, 2) of the edge points after a delta, and (N,) bool which are seen at all."""
    points = features.points_ego + delta[6] * features.velocity
    place = moved_camera(features.camera.ego_from_sensor, delta)
    return features.camera.model.project(place.inverse().apply(points))


def _window(features: Features, delta: Float64) -> tuple[tuple[int, int], tuple[int, int]]:
    """Corner and size of the part of the image where edges move most, or else are most."""
    model = features.camera.model
    size = model.width_px // WINDOW, model.height_px // WINDOW
    uv, keep = project(features, delta)
    was, _ = project(features, np.zeros_like(delta))
    moved_px = np.linalg.norm(uv - was, axis=1)
    interest = features.weight * (moved_px if delta.any() else 1.0)
    best, corner = -1.0, (0, 0)
    for u in np.linspace(0, model.width_px - size[0], STEPS).astype(int).tolist():
        for v in np.linspace(0, model.height_px - size[1], STEPS).astype(int).tolist():
            inside = keep & ((uv >= (u, v)) & (uv < (u + size[0], v + size[1]))).all(axis=1)
            if (weight := float(interest[inside].sum())) > best:
                best, corner = weight, (u, v)
    return corner, size


def _dots(image: UInt8, uv: Float64, kind: Int16, scale: float, corner: tuple[int, int]) -> UInt8:
    height = round(image.shape[0] * scale)
    drawn = np.asarray(cv2.resize(image, (HALF_PX, height), interpolation=cv2.INTER_AREA), np.uint8)
    radius = 1.6 if scale < 1 else 3.2
    # Pixel centres lie at integers at either size.
    for (u, v), k in zip((uv - corner + 0.5) * scale - 0.5, kind.tolist(), strict=True):
        if 0 <= u < HALF_PX and 0 <= v < height:
            draw_circle(drawn, np.array([u, v]), radius, COLOURS[k], -1)
    return drawn
