"""Boxes moved, turned and resized."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from avlabel.checks.fixing.mend import Fix, Job, counted, mends
from avlabel.core.arrays import Float64, FloatArray, Int64
from avlabel.core.se3 import matrix_from_quat, quat_from_yaw, wrap_angle
from avlabel.edits.compose import boxes_at, set_boxes
from avlabel.edits.model import Draft

CLOSE_M = 0.01
"""Boxes that would move less are left as they are."""
TURNED_RAD = np.deg2rad(150.0)
"""A heading that jumps by this much is taken for its opposite; less is another fault."""
MIN_WAY_M = 3.0
"""Over which motion tells the front."""
STEADY_M = 0.1
"""How far the heights of a track's boxes over the ground may scatter about their median."""
MIN_HEIGHTS = 3
MAX_DRIFT_M = 1.0
"""What drifts further may have been moved."""


@mends("size-changes")
def one_size(job: Job) -> Iterator[Fix]:
    """Give all boxes of a track its median size; the faces towards the vehicle stay in place."""
    c, frames = job.subject.cuboids, job.subject.frames
    for track in job.tracks:
        rows = job.rows(track)
        size = c.size_lwh[rows].astype(np.float64)
        usual = np.median(size, axis=0)
        ego = frames.world_from_ego.translation[job.subject.position[rows]]
        rotation = matrix_from_quat(c.quat_wxyz[rows])
        side = np.sign(np.einsum("nji,nj->ni", rotation, ego - c.center[rows]))
        side[:, 2] = -1.0
        shift = np.einsum("nij,nj->ni", rotation, side * (size - usual) / 2)
        odd = np.abs(size - usual).max(axis=1) > 1e-3
        place = c.center[rows] + shift, c.quat_wxyz[rows], np.tile(usual, (len(rows), 1))
        metres = " x ".join(f"{side:.2f}" for side in usual)
        what = f"{counted(int(odd.sum()))} of one size: {metres} m"
        yield job.fix(track, what, _put(job, rows, *place, odd, "one size"))


@mends("heading-flip", "heading-against-motion")
def face_forward(job: Job) -> Iterator[Fix]:
    """Turn boxes that face the opposite way: of the track's motion, else of most of its boxes."""
    c = job.subject.cuboids
    for track in job.tracks:
        rows = job.rows(track)
        turn = np.abs(wrap_angle(np.diff(c.yaw[rows])))
        flips = turn > np.pi / 2
        if np.any(flips & (turn < TURNED_RAD)):
            continue
        turned = np.concatenate([[0], np.cumsum(flips)]) % 2 == 1
        ahead = _way_ahead(c.center[rows, :2], c.yaw[rows] + np.pi * turned)
        wrong = turned
        if ahead < -MIN_WAY_M or (abs(ahead) <= MIN_WAY_M and 2 * turned.sum() > len(rows)):
            wrong = ~turned
        if not wrong.any():
            continue
        w, x, y, z = c.quat_wxyz[rows].T
        around = np.column_stack([-z, y, -x, w])
        draft = _put(job, rows, c.center[rows], around, c.size_lwh[rows], wrong, "flip heading")
        yield job.fix(track, f"{counted(int(wrong.sum()))} turned around", draft)


@mends("floating", "sunk")
def onto_the_ground(job: Job) -> Iterator[Fix]:
    """Put a whole track onto the ground, where its boxes agree on how far off it is."""
    c, gap = job.subject.cuboids, job.subject.around.gap_m
    for track in job.tracks:
        rows = job.rows(track)
        known = gap[rows][np.isfinite(gap[rows])]
        off = float(np.median(known))
        scatter = float(np.median(np.abs(known - off)))
        if len(known) < MIN_HEIGHTS or scatter > STEADY_M or abs(off) < STEADY_M:
            continue
        center = c.center[rows] - [0.0, 0.0, off]
        every = np.ones(len(rows), np.bool_)
        size = c.size_lwh[rows]
        draft = _put(job, rows, center, c.quat_wxyz[rows], size, every, "onto the ground")
        what = f"{counted(len(rows))} {'lowered' if off > 0 else 'lifted'} by {abs(off):.2f} m"
        yield job.fix(track, what, draft)


@mends("parked-drifts")
def hold_still(job: Job) -> Iterator[Fix]:
    """Put all boxes of a parked vehicle where most of them are."""
    c = job.subject.cuboids
    for track in job.tracks:
        rows = job.rows(track)
        center = np.median(c.center[rows], axis=0)
        away = np.linalg.norm(c.center[rows] - center, axis=1)
        if away.max() > MAX_DRIFT_M:
            continue
        yaw = c.yaw[rows]
        middle = yaw[0] + np.median(wrap_angle(yaw - yaw[0]))
        n = len(rows)
        quat = np.tile(quat_from_yaw(np.array(middle)), (n, 1))
        place, moves = np.tile(center, (n, 1)), away > CLOSE_M
        draft = _put(job, rows, place, quat, c.size_lwh[rows], moves, "hold still")
        yield job.fix(track, f"{counted(int(moves.sum()))} held still", draft)


def _way_ahead(xy: Float64, yaw: Float64) -> float:
    """Metres that boxes (N, 2) move the way they face, less those against it."""
    step = np.diff(xy, axis=0)
    middle = np.exp(1j * yaw[:-1]) + np.exp(1j * yaw[1:])
    facing = np.angle(middle)
    return float((step[:, 0] * np.cos(facing) + step[:, 1] * np.sin(facing)).sum())


def _put(
    job: Job,
    rows: Int64,
    center: Float64,
    quat_wxyz: Float64,
    size_lwh: FloatArray,
    which: np.ndarray,
    name: str,
) -> Draft:
    """Set boxes of some rows, each in its own frame only."""
    boxes = boxes_at(job.seen, rows[which])
    places = zip(boxes, center[which], quat_wxyz[which], size_lwh[which], strict=True)
    after = [
        replace(
            box,
            center=tuple(map(float, xyz)),
            quat_wxyz=tuple(map(float, quat)),
            size_lwh=tuple(map(float, lwh)),
            source="human",
        )
        for box, xyz, quat, lwh in places
    ]
    return set_boxes(job.seen, after, name=name, scope="frame")
