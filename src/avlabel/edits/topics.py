"""What an edit is about: the tracks whose resolution it may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.model import (
    NO_AUTO,
    Box,
    Comment,
    Decide,
    Edit,
    Link,
    PutBoxes,
    SetValues,
    Target,
    auto_key,
    boxes_of,
)
from avlabel.edits.nearby import Nearby


def topics_of(edits: Sequence[Edit], nearby: Nearby) -> list[frozenset[str]]:
    """Topics of each edit; edits without a common one cannot touch each other.

    They are the keys of tracks that it names; the automatic tracks that its boxes were, in the
    labels it was made on; and if those are others, the automatic tracks of these labels that its
    boxes may be. Of what is about no track, the frame or the scene.

    Args:
        edits: placed in the labels' frames.
        nearby: which automatic boxes a box may be.
    """
    commit = nearby.index.labels.commit
    nearby.look(box for edit in edits if edit.base != commit for box in _sought(edit))
    return [_topics(edit, nearby) for edit in edits]


def _topics(edit: Edit, nearby: Nearby) -> frozenset[str]:
    change, labels = edit.change, nearby.index.labels
    topics: set[str] = set()
    for box in boxes_of(change):
        topics.add(box.track)
        if box.auto_track != NO_AUTO:
            topics.add(auto_key(edit.base, box.auto_track))
    if isinstance(change, Link):
        topics.add(change.to)
    elif isinstance(change, SetValues | Decide | Comment):
        topics.add(_topic_of(change.target))
    if edit.base != labels.commit:
        for row in {row for box in _sought(edit) for row in nearby.of(box)}:
            track = int(labels.cuboids.track_id[row])
            topics.add(f"row {row}" if track == NO_TRACK else auto_key(labels.commit, track))
    return frozenset(topics or {f"edit {edit.edit_id}"})


def _topic_of(target: Target) -> str:
    if target.track:
        return target.track
    return "scene" if target.frame_idx is None else f"frame {target.frame_idx}"


def _sought(edit: Edit) -> Iterator[Box]:
    """Boxes that may have to be found by place: those of other labels, and what was set."""
    for box in boxes_of(edit.change):
        if box.auto_track != NO_AUTO:
            yield box.as_labelled()
    if isinstance(edit.change, PutBoxes):
        yield from edit.change.after
