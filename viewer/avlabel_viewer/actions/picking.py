"""What lies under a pixel of a view, as far as the view shows it."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float32
from avlabel.core.cuboids import Cuboids
from avlabel_viewer.drawing.box_wires import rows_in_view
from avlabel_viewer.drawing.object_points import AROUND_M, NO_BOX_M, OneBox
from avlabel_viewer.editing.pick_point import pick_point
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.rays import first_box
from avlabel_viewer.viewpoints.ortho import OrthoView
from avlabel_viewer.viewpoints.viewpoint import Viewpoint


def box_at_pixel(
    view: Viewpoint, cuboids: Cuboids, selected: int | None, u_px: float, v_px: float
) -> int | None:
    """Row of the box under a pixel; None if there is none.

    The views of an object show it before all others, and nothing that is far before or behind it.

    Args:
        view: in which.
        cuboids: the frame's boxes, world.
        selected: row of the selected one.
        u_px: column.
        v_px: row.
    """
    ray = view.ray(u_px, v_px)
    if not isinstance(view, OrthoView):
        return first_box(ray, cuboids)
    rows = rows_in_view(view, cuboids)
    front = np.flatnonzero(rows == selected) if selected is not None else rows[:0]
    found = first_box(ray, cuboids.select(rows), int(front[0]) if len(front) else None)
    return None if found is None else int(rows[found])


def point_at_pixel(
    view: Viewpoint, points: Float32, shown: Placement | None, u_px: float, v_px: float
) -> int | None:
    """Index of the foremost point (N, 3), world, under a pixel; None if there is none.

    Args:
        view: in which.
        points: of the frame.
        shown: the object whose view it is, None if it is nobody's.
        u_px: column.
        v_px: row.
    """
    if not isinstance(view, OrthoView):
        return pick_point(points, view, u_px, v_px)
    middle, reach = view.center, NO_BOX_M
    if shown is not None:
        box = OneBox(shown.center, shown.rotation, shown.size_lwh)
        middle, reach = shown.center, AROUND_M + box.reach_m(view.into)
    depth = points @ view.into.astype(np.float32) - np.float32(middle @ view.into)
    rows = np.flatnonzero(np.abs(depth) <= reach)
    found = pick_point(points[rows], view, u_px, v_px)
    return None if found is None else int(rows[found])
