"""Objects that were detected again and again and have no box."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.se3 import SE3
from avlabel.edits.resolved import Resolved
from avlabel_viewer.session.grounds import CONFIDENT, Grounds
from avlabel_viewer.session.items import Item, spread
from avlabel_viewer.session.near import nearest_boxes
from avlabel_viewer.session.needs import counted

MARGIN_M = 0.75
LINK_M, FRAME_M = 1.5, 0.5
"""Detections are one object if they are this near; a frame counts as so many metres."""
MIN_FRAMES = 3


def unlabelled(labels: Resolved, grounds: Grounds) -> Iterator[Item]:
    """Detections outside of all boxes that come back in several frames."""
    frames = labels.labels.frames
    alone = np.flatnonzero(~_covered(labels, grounds))
    if not len(alone):
        return
    position = frames.positions(grounds.frame_idx[alone])
    center = grounds.center[alone]
    group = _groups(np.column_stack([center[:, :2], FRAME_M * position]))
    leaves = labels.labels.taxonomy.leaves
    for g in np.flatnonzero(np.bincount(group) >= MIN_FRAMES):
        mine = np.flatnonzero(group == g)
        n_frames = len(np.unique(position[mine]))
        if n_frames < MIN_FRAMES:
            continue
        best = mine[np.argmax(grounds.score[alone[mine]])]
        pose = frames.world_from_ego[int(position[best])]
        leaf = leaves[int(grounds.category[alone[best]])].replace("_", " ")
        score = float(grounds.score[alone[mine]].mean())
        where = direction(pose.inverse().apply(center[best][None])[0])
        yield Item(
            item_id="no-box:{}:{:.0f}:{:.0f}".format(
                grounds.frame_idx[alone[best]], *center[best, :2]
            ),
            kind="no-box",
            reason=f"a {leaf}, {where}, detected in {counted(n_frames, 'frame')}, has no box",
            frame_idx=int(grounds.frame_idx[alone[best]]),
            priority=spread((score - CONFIDENT) / (1 - CONFIDENT), 0.45, 0.6),
            center=tuple(center[best].tolist()),
        )


def direction(point_ego: Float64) -> str:
    """A place (3,) in the ego frame in words: ``12 m ahead to the left``."""
    ahead, left = point_ego[:2]
    way = "ahead" if ahead >= 0 else "behind"
    side = "left" if left >= 0 else "right"
    if abs(left) > 2 * abs(ahead):
        way = f"to the {side}"
    elif abs(left) > 0.2 * abs(ahead):
        way = f"{way} to the {side}"
    return f"{np.hypot(ahead, left):.0f} m {way}"


def _covered(labels: Resolved, grounds: Grounds) -> BoolArray:
    """(D,) whether a detection's centre lies in or right beside a box of its frame."""
    cuboids = labels.cuboids
    out = np.zeros(len(grounds.center), bool)
    for row, hit in nearest_boxes(cuboids, grounds.center, grounds.frame_idx):
        box = SE3.from_quat(cuboids.quat_wxyz[row], cuboids.center[row])
        local = np.abs(box.inverse().apply(grounds.center[hit])[:, :2])
        out[hit] |= (local <= cuboids.size_lwh[row, :2] / 2 + MARGIN_M).all(axis=1)
    return out


def _groups(places: Float64) -> Int64:
    """(N,) group of each of places (N, 3) that hang together."""
    pairs = cKDTree(places).query_pairs(LINK_M, output_type="ndarray")
    ones = np.ones(len(pairs), bool)
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
