"""Boxes as lines and faces in the pixels of an image."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cameras import CameraModel
from avlabel.geometry.boxes import EDGES
from avlabel.geometry.projection import (
    FACES,
    FRONT,
    Polylines,
    faces_away,
    project_boxes,
    project_edges,
    project_polygons,
    project_segments,
)

Crop = tuple[float, float, float, float]
"""u0, v0, u1, v1 in pixels of a camera's image, from border to border: the whole image is
-0.5, -0.5, width - 0.5, height - 0.5."""

_TOUCHES = np.array([[set(edge) <= set(face) for face in FACES.tolist()] for edge in EDGES])


@dataclass(frozen=True, slots=True, eq=False)
class Wireframes:
    """Everything of N boxes that is drawn.

    Attributes:
        edges: line ``12 i + e`` is edge ``e`` of box ``i``.
        edge_is_far: (N * 12,) bool: edges both of whose faces are turned away.
        fronts: outlines of the front faces.
        headings: on the floor, from the middle to the middle of the front edge.
        uv_box: (N, 4) float64 u0, v0, u1, v1 around what is in the camera's image; NaN if nothing.
    """

    edges: Polylines
    edge_is_far: BoolArray
    fronts: Polylines
    headings: Polylines
    uv_box: Float64

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.uv_box)

    def lines_of(self, i: int, far: bool) -> list[int]:
        """Numbers of the edges of box ``i`` on its near side, or of those that it hides itself."""
        sides = self.edge_is_far[12 * i : 12 * i + 12]
        return (np.flatnonzero(sides == far) + 12 * i).tolist()

    def cropped(self, crop: Crop, width_px: int) -> Wireframes:
        """In the pixels of an image ``width_px`` wide that shows ``crop``."""
        u0, v0, u1, _ = crop
        scale, first = width_px / (u1 - u0), np.array([u0, v0])

        def placed(uv: Float64) -> Float64:
            # Pixel centres lie at integers, so an image begins at -0.5.
            return np.asarray((uv - first) * scale - 0.5)

        return replace(
            self,
            edges=replace(self.edges, uv=placed(self.edges.uv)),
            fronts=replace(self.fronts, uv=placed(self.fronts.uv)),
            headings=replace(self.headings, uv=placed(self.headings.uv)),
            uv_box=placed(self.uv_box.reshape(-1, 2)).reshape(-1, 4),
        )


def wireframes(corners_cam: Float64, model: CameraModel) -> Wireframes:
    """Boxes (N, 8, 3) in the camera frame as the lens shows them, in pixels of its whole image."""
    away = faces_away(corners_cam)
    return Wireframes(
        edges=project_edges(corners_cam, model),
        edge_is_far=np.asarray((away[:, None, :] | ~_TOUCHES).all(axis=2).ravel()),
        fronts=project_polygons(corners_cam[:, FACES[FRONT]], model),
        headings=project_segments(_heading_marks(corners_cam), model),
        uv_box=project_boxes(corners_cam, model).uv_box,
    )


def whole_image(model: CameraModel) -> Crop:
    """The crop that is all of a camera's image."""
    return -0.5, -0.5, model.width_px - 0.5, model.height_px - 0.5


def _heading_marks(corners_cam: Float64) -> Float64:
    """(N, 2, 3) from the middle of the floor to the middle of its front edge."""
    floor = corners_cam[:, :4].mean(axis=1)
    return np.stack([floor, corners_cam[:, :2].mean(axis=1)], axis=1)
