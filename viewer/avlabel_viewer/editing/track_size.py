"""One size for a whole track."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cuboids import Source
from avlabel.core.se3 import matrix_from_quat
from avlabel.edits import compose
from avlabel.edits.model import Box, Draft
from avlabel.edits.resolved import Resolved
from avlabel_viewer.editing.keyframes import sparse
from avlabel_viewer.editing.over_time import with_place
from avlabel_viewer.editing.placement import MIN_SIZE_M, Placement

TOLERANCE_M = 0.02


def resize_track(seen: Resolved, row: int, size_lwh: Float64) -> Draft:
    """Give all boxes of a track one size.

    Of each box the point nearest to the vehicle stays where it is, since that is what was seen
    best, and its bottom stays on the ground. Only as many boxes are set as it takes to carry the
    others along; that of ``row`` in any case.
    """
    after = _resized(seen, row, size_lwh, open_ends=True)
    return compose.set_boxes(seen, after, name="resize track", scope="track")


def put_sized(seen: Resolved, row: int, placement: Placement, *, name: str) -> Draft:
    """Set a box to a placement, and give its size to all boxes of the track (``resize_track``).

    Where it was moved as well, that reaches to the track's other keyframes, and to its ends.
    """
    carried = _resized(seen, row, placement.size_lwh, open_ends=True)
    here = int(seen.cuboids.frame_idx[row])
    mine = next(box for box in carried if box.frame_idx == here)
    if _is_at(mine, placement):
        return compose.set_boxes(seen, carried, name=name, scope="track")
    after = [
        with_place(box, placement) if box.frame_idx == here else box
        for box in _resized(seen, row, placement.size_lwh, open_ends=False)
    ]
    return compose.set_boxes(seen, after, name=name)


def _resized(seen: Resolved, row: int, size_lwh: Float64, *, open_ends: bool) -> list[Box]:
    """The boxes to set: people's own, that of ``row``, and those that carry the others."""
    cuboids = seen.cuboids
    rows = compose.rows_of(seen, int(cuboids.track_id[row]))
    size = np.maximum(size_lwh, MIN_SIZE_M)
    center = _nearest_kept(seen, rows, size)
    must = (cuboids.source[rows] == Source.HUMAN) | (rows == row)
    correction = _correction(seen, rows, center)
    keys = sparse(cuboids.timestamp_ns[rows], correction, must, TOLERANCE_M, open_ends=open_ends)
    return [
        with_place(box, Placement(c, cuboids.quat_wxyz[r], size))
        for box, r, c in zip(
            compose.boxes_at(seen, rows[keys]), rows[keys], center[keys], strict=True
        )
    ]


def _nearest_kept(seen: Resolved, rows: Int64, size: Float64) -> Float64:
    """(F, 3) centres of boxes of a new size whose point nearest to the vehicle stays."""
    cuboids, frames = seen.cuboids.select(rows), seen.labels.frames
    ego = frames.world_from_ego.translation[frames.positions(cuboids.frame_idx)]
    rotation = matrix_from_quat(cuboids.quat_wxyz)
    half = cuboids.size_lwh.astype(np.float64) / 2
    local = np.einsum("nij,ni->nj", rotation, ego - cuboids.center)
    keeping = np.clip(local / half, -1, 1)
    keeping[:, 2] = -1
    shift = (half - size / 2) * keeping
    return np.asarray(cuboids.center + np.einsum("nij,nj->ni", rotation, shift))


def _correction(seen: Resolved, rows: Int64, center: Float64) -> Float64:
    """(F, 3) ways from the labels' own boxes, along the boxes' axes.

    That is what ``resolve`` carries from keyframe to keyframe.
    """
    auto = seen.auto_row[rows]
    known = (auto >= 0)[:, None]
    origin = np.where(known, seen.labels.cuboids.center[auto], seen.cuboids.center[rows])
    rotation = matrix_from_quat(seen.cuboids.quat_wxyz[rows])
    return np.asarray(np.einsum("nij,ni->nj", rotation, center - origin))


def _is_at(box: Box, placement: Placement) -> bool:
    """Whether an edit's box is where a placement is, whatever their sizes."""
    near = np.linalg.norm(np.array(box.center) - placement.center) <= TOLERANCE_M
    turned = abs(float(np.array(box.quat_wxyz) @ placement.quat_wxyz)) < 1 - 1e-6
    return bool(near and not turned)
