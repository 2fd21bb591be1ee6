"""What of a box can be grabbed in a view, and where it lies on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import product

import cv2
import numpy as np

from avlabel.core.arrays import Float64
from avlabel.geometry.boxes import UNIT_CORNERS
from avlabel_viewer.editing.placement import Placement, Signs
from avlabel_viewer.editing.rays import looks_down, sight_of
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

END_ON = 0.966
"""Cosine of 15 degrees: an axis seen closer to end-on than this cannot be dragged along."""
EDGE_ON = 0.17
"""Sine of 10 degrees: a face seen flatter than this is a line on the screen."""
KNOB_PX = 26.0
NO_AXIS = -1


class Kind(IntEnum):
    """What a handle does; a higher one is grabbed before a lower one."""

    BODY = 0
    FACE = 1
    CORNER = 2
    KNOB = 3


@dataclass(frozen=True, slots=True, eq=False)
class Handle:
    """One thing that can be grabbed.

    Attributes:
        kind: what it does.
        signs: the faces that it drags; of a knob, the face that it stands before.
        at: (3,) where it lies, in half sizes of the box; see ``Placement.point``.
        outline_px: (K, 2) float64 on the screen: a point, a line, or the body's outline.
        axis: that a knob turns about, ``NO_AXIS`` for others.
    """

    kind: Kind
    signs: Signs
    at: Float64
    outline_px: Float64
    axis: int = NO_AXIS

    @property
    def px(self) -> Float64:
        """(2,) float64 middle, where it is drawn."""
        return np.asarray(self.outline_px.mean(axis=0))

    def distance_px(self, u_px: float, v_px: float) -> float:
        """From a pixel; of a body 0 inside."""
        if self.kind is Kind.BODY:
            inside = cv2.pointPolygonTest(self.outline_px.astype(np.float32), (u_px, v_px), True)
            return max(-float(inside), 0.0)
        start, way = self.outline_px[0], self.outline_px[-1] - self.outline_px[0]
        to = np.array([u_px, v_px]) - start
        share = np.clip(to @ way / max(float(way @ way), 1e-9), 0.0, 1.0)
        return float(np.hypot(*(to - share * way)))


def handles_of(placement: Placement, view: Viewpoint, *, tilt: bool = False) -> tuple[Handle, ...]:
    """Handles of a box that make sense in a view, the body first.

    Faces that are seen, or seen edge-on, unless their normal points at the viewer; corners of the
    two axes that the view shows best, on the ground plane's if it looks down; the knob before the
    front if the view looks down.

    Args:
        placement: the box.
        view: in which it is seen.
        tilt: from the side a knob pitches the box, from behind one rolls it.
    """
    sight = sight_of(view, placement.center)
    if sight is None:
        return ()
    ends_px = view.project(placement.point(2 * UNIT_CORNERS))
    ends_px = ends_px[np.isfinite(ends_px).all(axis=1)]
    if len(ends_px) < 3:
        return ()
    outline = cv2.convexHull(ends_px.astype(np.float32))[:, 0].astype(np.float64)
    along = sight @ placement.rotation
    axes = [axis for axis in range(3) if abs(along[axis]) < END_ON]
    found = [Handle(Kind.BODY, (0, 0, 0), np.zeros(3), outline)]
    found += [face for axis in axes for face in _faces(placement, view, axis, along)]
    found += _corners(placement, view, axes, sight)
    knob = _knob(placement, view, sight, tilt)
    return tuple(found if knob is None else [*found, knob])


def pick(
    handles: Sequence[Handle], u_px: float, v_px: float, tolerance_px: float = 9.0
) -> Handle | None:
    """The handle under a pixel: knob before corner before face before body; None if there is none.

    On a box that is small on the screen faces and corners reach less far, so that its body can
    still be grabbed between them.
    """
    if not handles:
        return None
    area = cv2.contourArea(handles[0].outline_px.astype(np.float32))
    small = min(tolerance_px, 0.2 * float(np.sqrt(area)) + 1.0)
    best, best_rank = None, (-1, 0.0)
    for handle in handles:
        reach = {Kind.BODY: 0.0, Kind.KNOB: tolerance_px}.get(handle.kind, small)
        distance = handle.distance_px(u_px, v_px)
        rank = (int(handle.kind), -distance)
        if distance <= reach and rank > best_rank:
            best, best_rank = handle, rank
    return best


def _faces(placement: Placement, view: Viewpoint, axis: int, along: Float64) -> list[Handle]:
    """Both faces across an axis, as far as the view shows them."""
    found = []
    other = min((a for a in range(3) if a != axis), key=lambda a: abs(along[a]))
    for sign in (1, -1):
        at = np.zeros(3)
        at[axis] = sign
        sight = sight_of(view, placement.point(at))
        if sight is None:
            continue
        away = sign * float(sight @ placement.rotation[:, axis])
        if away > EDGE_ON:
            continue
        ends = np.tile(at, (2, 1))
        if away > -EDGE_ON:
            ends[:, other] = -1, 1
        found += _handle(placement, view, Kind.FACE, at, ends)
    return found


def _corners(
    placement: Placement, view: Viewpoint, axes: list[int], sight: Float64
) -> list[Handle]:
    along = np.abs(sight @ placement.rotation)
    pair = [0, 1] if looks_down(sight) else sorted(np.argsort(along)[:2].tolist())
    if not set(pair) <= set(axes):
        return []
    third = 3 - sum(pair)
    found = []
    for signs in product((1, -1), repeat=2):
        at = np.zeros(3)
        at[pair] = signs
        where = at.copy()
        where[third] = -1 if sight @ placement.rotation[:, third] > 0 else 1
        found += _handle(placement, view, Kind.CORNER, at, where[None])
    return found


def _handle(
    placement: Placement, view: Viewpoint, kind: Kind, sides: Float64, ends: Float64
) -> list[Handle]:
    """A handle on the points ``ends`` (K, 3) of the box, none if they are not seen."""
    outline = view.project(placement.point(ends))
    if not np.isfinite(outline).all():
        return []
    return [Handle(kind, (int(sides[0]), int(sides[1]), int(sides[2])), ends.mean(axis=0), outline)]


def _knob(placement: Placement, view: Viewpoint, sight: Float64, tilt: bool) -> Handle | None:
    """Before the front, turning about the axis that the view looks along; or above, to roll."""
    along = np.abs(sight @ placement.rotation)
    axis = 2 if looks_down(sight) else int(np.argmax(along[:2]))
    if axis != 2 and not tilt:
        return None
    signs: Signs = (0, 0, 1) if axis == 0 else (1, 0, 0)
    pointer = 2 if axis == 0 else 0
    at = np.array(signs, np.float64)
    near = view.project(placement.point(np.stack([at, 1.02 * at])))
    per_half = float(np.hypot(*(near[1] - near[0]))) / 0.02
    if not np.isfinite(per_half) or per_half < 1e-3:
        return None
    at[pointer] = 1 + min(KNOB_PX / per_half, 3.0)
    px = view.project(placement.point(at)[None])
    return Handle(Kind.KNOB, signs, at, px, axis) if np.isfinite(px).all() else None
