"""Lines in the street that say what the mouse is about to do."""

from __future__ import annotations

from itertools import product

import numpy as np

from avlabel.core.arrays import Float32, Float64
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.editing.handles import Handle, Kind
from avlabel_viewer.editing.placement import Placement

NOTHING = np.zeros((0, 2, 3), np.float32)


def hint_lines(desk: Desk) -> Float32:
    """(M, 2, 3) metres, world: the rectangle that is drawn, or the handle under the mouse."""
    if desk.rectangle is not None:
        return _closed(desk.rectangle)
    view, handle = desk.hot
    place = desk.box.placement
    if view != "street" or handle is None or place is None:
        return NOTHING
    return _handle(place, handle)


def _handle(place: Placement, handle: Handle) -> Float32:
    """The face or edge that would be dragged; of a knob, the way to it."""
    if handle.kind is Kind.KNOB:
        ends = place.point(np.stack([np.array(handle.signs, np.float64), handle.at]))
        return ends[None].astype(np.float32)
    free = [axis for axis in range(3) if handle.signs[axis] == 0]
    if handle.kind is Kind.BODY or not free:
        return NOTHING
    corners = np.tile(np.array(handle.signs, np.float64), (2 ** len(free), 1))
    corners[:, free] = list(product((-1, 1), repeat=len(free)))
    if len(free) == 1:
        return place.point(corners)[None].astype(np.float32)
    return _closed(place.point(corners[[0, 1, 3, 2]]))


def _closed(corners: Float64) -> Float32:
    """(K, 2, 3) sides of a polygon (K, 3)."""
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1).astype(np.float32)
