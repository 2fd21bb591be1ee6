"""Tracks against what the sensors together, and images alone, show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.registry import Hit, rule
from avlabel.checks.subject import Subject
from avlabel.core.arrays import Float64, Int64
from avlabel.stages.camera.agree import AgreeConfig, pool


@rule("unseen", "warning", "an object that no sensor shows", "images")
def unseen(subject: Subject) -> Iterator[Hit]:
    """First boxes of tracks on which no point ever falls, and that lie in no image."""
    order, starts = subject.order, subject.starts
    if not len(order):
        return
    seen = (subject.around.solid > 0) | subject.shown.in_view
    ever = np.logical_or.reduceat(seen[order], starts)
    # A track that no sweep was there for may have had points.
    looked = np.logical_and.reduceat(subject.around.looked[order], starts)
    counts = subject.ends - starts + 1
    for t in np.flatnonzero(looked & ~ever).tolist():
        boxes = f"{counts[t]} box{'es' if counts[t] > 1 else ''}"
        yield Hit(int(order[starts[t]]), f"{boxes} without a point, in no image", float(counts[t]))


@rule("camera-differs", "warning", "cameras see another class", "detector")
def camera_differs(subject: Subject) -> Iterator[Hit]:
    """Loudest boxes of tracks that images call something else."""
    said, limit = _pooled(subject), subject.config.camera_odds
    own = np.take_along_axis(said, _own(subject)[:, None], axis=1)[:, 0]
    best = said.argmax(axis=1)
    more = said.max(axis=1, initial=-np.inf) - own
    odd = (more > limit) & (said.max(axis=1, initial=-np.inf) > 0)
    for t in np.flatnonzero(odd).tolist():
        row = _loudest(subject, t)
        seen = subject.taxonomy.parents[best[t]]
        reason = f"cameras see a {seen}, not a {subject.leaf(row)} (log odds {more[t]:.1f})"
        yield Hit(row, reason, float(more[t]) / limit)


@rule("camera-misses", "warning", "cameras see nothing of the kind", "detector")
def camera_misses(subject: Subject) -> Iterator[Hit]:
    """Loudest boxes of tracks that stand in full view of images that show no such thing."""
    said, limit = _pooled(subject), subject.config.camera_miss_odds
    own = np.take_along_axis(said, _own(subject)[:, None], axis=1)[:, 0]
    for t in np.flatnonzero((own < -limit) & (said.max(axis=1, initial=-np.inf) <= 0)).tolist():
        row = _loudest(subject, t)
        reason = f"no camera sees a {subject.leaf(row)} here (log odds {own[t]:.1f})"
        yield Hit(row, reason, float(-own[t]) / limit)


def _own(subject: Subject) -> Int64:
    """(T,) coarse class of each track's first box."""
    first = subject.order[subject.starts]
    return subject.taxonomy.coarse(subject.cuboids.category[first]).astype(np.int64)


def _pooled(subject: Subject) -> Float64:
    """(T, P) log odds of each coarse class, by all images of each track together."""
    says, n = subject.shown.says[subject.order], len(subject.starts)
    # Classes are compared: no bound at which all are equally sure.
    config = AgreeConfig(most=np.inf)
    columns = [pool(subject.track_of, column, n, config) for column in says.T]
    return np.stack(columns, axis=1)


def _loudest(subject: Subject, t: int) -> int:
    rows = subject.order[subject.starts[t] : subject.ends[t] + 1]
    return int(rows[np.abs(subject.shown.says[rows]).max(axis=1).argmax()])
