"""What the labels themselves show to be doubtful, track by track."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.edits.model import auto_key
from avlabel_viewer.session.items import Item, Kind, spread
from avlabel_viewer.session.reach import RIGID
from avlabel_viewer.session.track_facts import TrackFacts

LOW_SCORE = 0.7
FEW_POINTS = 12
UNDECIDED = 0.5
"""Of reasons that say no more than the score does, but tell a person what he will meet."""
SHORT_S = 0.5
SIZE_SHARE, SIZE_M = 0.12, 0.3
"""Boxes of a rigid object that differ by more than this share, and this much, are not one size."""
AXES = ("length", "width", "height")


def low_scores(facts: TrackFacts) -> Iterator[Item]:
    """Tracks that the pipeline itself hardly believes in."""
    score = facts.score
    for t in np.flatnonzero(score < LOW_SCORE).tolist():
        reason = f"the pipeline is only {score[t]:.0%} sure of this {name(facts, t)}"
        yield item(facts, t, "low-score", reason, 1.0 - float(score[t]))


def few_points(facts: TrackFacts) -> Iterator[Item]:
    """Tracks that never had many points."""
    most = facts.most(facts.labels.cuboids.num_points[facts.rows])
    for t in np.flatnonzero((most >= 0) & (most < FEW_POINTS) & ~facts.by_person).tolist():
        reason = f"never more than {most[t]} points on this {name(facts, t)}"
        yield item(facts, t, "few-points", reason, UNDECIDED)


def short_tracks(facts: TrackFacts) -> Iterator[Item]:
    """Tracks that come and go within a moment; those that the scene cuts may be longer."""
    cuboids, frames = facts.labels.cuboids, facts.labels.labels.frames.frame_idx
    lasts_s = (cuboids.timestamp_ns[facts.last] - cuboids.timestamp_ns[facts.first]) * 1e-9
    whole = cuboids.frame_idx[facts.first] > frames[0]
    whole &= cuboids.frame_idx[facts.last] < frames[-1]
    for t in np.flatnonzero((lasts_s < SHORT_S) & whole & ~facts.by_person).tolist():
        n = counted(int(facts.n_boxes[t]), "frame")
        reason = f"this {name(facts, t)} is there for {n} only"
        yield item(facts, t, "short-track", reason, UNDECIDED)


def varying_sizes(facts: TrackFacts) -> Iterator[Item]:
    """Rigid objects whose boxes differ in size."""
    size = facts.labels.cuboids.size_lwh[facts.rows].astype(np.float64)
    most, least = facts.most(size), facts.least(size)
    share = (most - least) / least
    parents = facts.labels.labels.taxonomy.parents
    rigid = np.isin(facts.parent, [parents.index(p) for p in RIGID if p in parents])
    odd = ((share > SIZE_SHARE) & (most - least > SIZE_M)).any(axis=1) & rigid
    for t in np.flatnonzero(odd).tolist():
        axis = int(np.argmax(share[t]))
        mine = slice(facts.starts[t], facts.starts[t] + facts.n_boxes[t])
        away = np.abs(size[mine, axis] - np.median(size[mine, axis]))
        reason = f"{AXES[axis]} goes from {least[t, axis]:.1f} to {most[t, axis]:.1f} m"
        row = int(facts.rows[mine][np.argmax(away)])
        yield item(facts, t, "size-varies", reason, spread(share[t, axis], 0.65, 0.85), row)


def name(facts: TrackFacts, t: int) -> str:
    """Class of a track."""
    leaves = facts.labels.labels.taxonomy.leaves
    return leaves[int(facts.labels.cuboids.category[facts.first[t]])].replace("_", " ")


def counted(n: int, what: str) -> str:
    """``1 frame``, ``7 frames``."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def item(
    facts: TrackFacts, t: int, kind: Kind, reason: str, priority: float, row: int | None = None
) -> Item:
    """An item about a track, at its best box or a given row."""
    row = int(facts.best[t]) if row is None else row
    track_id = int(facts.track_id[t])
    key = facts.labels.keys.get(track_id) or auto_key(facts.labels.labels.commit, track_id)
    frame_idx = int(facts.labels.cuboids.frame_idx[row])
    return Item(f"{kind}:{key}", kind, reason, frame_idx, track_id, priority)
