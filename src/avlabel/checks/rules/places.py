"""Boxes where there is no room for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.overlaps import overlaps
from avlabel.checks.registry import Hit, rule
from avlabel.checks.subject import Subject


@rule("overlap", "warning", "two boxes of one frame are in the same place")
def overlap(subject: Subject) -> Iterator[Hit]:
    """Rows that share ground and height with an earlier row of their frame."""
    pairs, config = overlaps(subject), subject.config
    deep = (pairs.iou > config.max_overlap) | (pairs.contained > config.max_contained)
    for k in np.flatnonzero(deep & ~pairs.same & ~pairs.rides).tolist():
        track, iou = subject.cuboids.track_id[pairs.first[k]], pairs.iou[k]
        reason = f"overlaps track {track} (BEV IoU {iou:.2f})"
        excess = max(iou / config.max_overlap, pairs.contained[k] / config.max_contained)
        yield Hit(int(pairs.second[k]), reason, float(excess))


@rule("duplicate-box", "error", "an object has two boxes, of two tracks")
def duplicate_box(subject: Subject) -> Iterator[Hit]:
    """Rows that are the same object as an earlier row of their frame."""
    pairs = overlaps(subject)
    for k in np.flatnonzero(pairs.same).tolist():
        first, row = int(pairs.first[k]), int(pairs.second[k])
        other = f"track {subject.cuboids.track_id[first]}, a {subject.leaf(first)}"
        reason = f"the same object as {other} (BEV IoU {pairs.iou[k]:.2f})"
        yield Hit(row, reason, float(pairs.iou_3d[k]) / subject.config.same_iou)


@rule("tilted", "warning", "a box is tilted more than any street")
def tilted(subject: Subject) -> Iterator[Hit]:
    """Rows whose upward axis is far from the world's."""
    _, x, y, _ = subject.cuboids.quat_wxyz.T
    tilt = np.arccos(np.clip(1 - 2 * (x * x + y * y), -1.0, 1.0))
    limit = subject.config.max_tilt_rad
    for row in np.flatnonzero(tilt > limit).tolist():
        degrees = np.rad2deg([tilt[row], limit])
        reason = f"tilted by {degrees[0]:.0f} degrees; expected at most {degrees[1]:.0f}"
        yield Hit(row, reason, float(tilt[row]) / limit)
