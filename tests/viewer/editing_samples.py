"""Boxes, views and clouds that the tests of editing share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from avlabel.core.arrays import Float32
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel_viewer.editing.placement import Placement, Signs
from avlabel_viewer.viewpoints.ortho import OrthoView
from avlabel_viewer.viewpoints.perspective import PerspectiveView

SIDES: tuple[Signs, ...] = tuple(
    (a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1) if (a, b, c) != (0, 0, 0)
)
METRES = st.floats(-50, 50)
placements = st.builds(
    lambda center, turn, size: Placement(
        center, SE3.from_quat(turn / np.linalg.norm(turn), center).quat_wxyz, size
    ),
    hnp.arrays(np.float64, 3, elements=METRES),
    hnp.arrays(np.float64, 4, elements=st.floats(0.1, 1)),
    hnp.arrays(np.float64, 3, elements=st.floats(0.2, 12)),
)


def box_at(
    x: float = 0.0,
    y: float = 0.0,
    z: float = 0.75,
    yaw: float = 0.0,
    size: tuple[float, float, float] = (4.0, 2.0, 1.5),
) -> Placement:
    return Placement(np.array([x, y, z]), quat_from_yaw(np.float64(yaw)), np.array(size))


def top_view(px_per_m: float = 50.0) -> OrthoView:
    """1 m is 50 px; world +x to the right, +y up; (0, 0) is at pixel (200, 150)."""
    axes = np.eye(3)
    return OrthoView(np.zeros(3), axes[0], axes[1], px_per_m, 401, 301)


def side_view() -> OrthoView:
    axes = np.eye(3)
    return OrthoView(np.zeros(3), axes[0], axes[2], 50.0, 401, 301)


def rear_view() -> OrthoView:
    axes = np.eye(3)
    return OrthoView(np.zeros(3), -axes[1], axes[2], 50.0, 401, 301)


def oblique_view() -> PerspectiveView:
    """From 12 m behind and 8 m above the origin, 34 degrees downwards, looking along +x."""
    down = np.arctan2(8.0, 12.0)
    forward = np.array([np.cos(down), 0.0, -np.sin(down)])
    right = np.array([0.0, -1.0, 0.0])
    rotation = np.stack([right, np.cross(forward, right), forward], axis=1)
    return PerspectiveView.with_fov(SE3(rotation, np.array([-12.0, 0, 8.0])), 1.0, 640, 480)


def car_cloud(box: Placement, spacing: float = 0.1) -> Float32:
    """Points on the rear and the left side of a box, and 1 cm inside them."""
    half = box.size_lwh / 2
    along = np.arange(-half[0], half[0] + 1e-9, spacing)
    across = np.arange(-half[1], half[1] + 1e-9, spacing)
    up = np.arange(-half[2] + 0.2, half[2] + 1e-9, spacing)
    rear = np.stack(np.meshgrid([-half[0]], across, up), axis=-1).reshape(-1, 3)
    left = np.stack(np.meshgrid(along, [half[1]], up), axis=-1).reshape(-1, 3)
    local = np.concatenate([rear, left])
    return (box.center + local @ box.rotation.T).astype(np.float32)


def ground_cloud(reach_m: float = 8.0, spacing: float = 0.25, height: float = 0.0) -> Float32:
    axis = np.arange(-reach_m, reach_m + 1e-9, spacing)
    x, y = (a.ravel() for a in np.meshgrid(axis, axis))
    return np.column_stack([x, y, np.full(len(x), height)]).astype(np.float32)
