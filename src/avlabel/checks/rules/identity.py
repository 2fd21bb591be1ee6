"""Which box belongs to which object."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.breaks import continuations
from avlabel.checks.registry import Hit, rule
from avlabel.checks.subject import Subject


@rule("duplicate-id", "error", "a track has two boxes in one frame")
def duplicate_id(subject: Subject) -> Iterator[Hit]:
    """Rows whose track is already in their frame."""
    c, order = subject.cuboids, subject.order
    again = (np.diff(subject.track_of) == 0) & (np.diff(c.frame_idx[order]) == 0)
    for row in order[1:][again].tolist():
        reason = f"track {c.track_id[row]} has more than one box in frame {c.frame_idx[row]}"
        yield Hit(row, reason)


@rule("class-changes", "error", "the boxes of a track are of several classes")
def class_changes(subject: Subject) -> Iterator[Hit]:
    """Rows of another class than the one before."""
    steps, category = subject.steps, subject.cuboids.category
    for k in np.flatnonzero(category[steps.after] != category[steps.before]).tolist():
        was, row = int(steps.before[k]), int(steps.after[k])
        yield Hit(row, f"a {subject.leaf(was)} becomes a {subject.leaf(row)}")


@rule("gap", "info", "a track has no box in frames between its own")
def gap(subject: Subject) -> Iterator[Hit]:
    """Rows after which frames follow that the track is missing in."""
    steps, frame_idx, position = subject.steps, subject.cuboids.frame_idx, subject.position
    missing = position[steps.after] - position[steps.before] - 1
    for k in np.flatnonzero(missing > 0).tolist():
        row, then = int(steps.before[k]), int(frame_idx[steps.after[k]])
        n = int(missing[k])
        frames = f"{n} frame{'s' if n > 1 else ''}"
        yield Hit(row, f"not there for {frames}, until frame {then} ({steps.seconds[k]:.1f} s)", n)


@rule("fragmented-track", "warning", "a track ends where another begins")
def fragmented_track(subject: Subject) -> Iterator[Hit]:
    """Last boxes of tracks that go on in another."""
    found = continuations(subject)
    for end, begin, away, seconds in zip(
        found.end.tolist(), found.begin.tolist(), found.away_m, found.seconds, strict=True
    ):
        other = subject.cuboids.track_id[begin]
        reason = f"ends; track {other} begins {seconds:.1f} s later, {away:.1f} m off its way"
        yield Hit(end, reason, 1.0 / max(float(away), 0.1))
