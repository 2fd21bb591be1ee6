"""What edits and stories are about: the tracks whose resolution they may change."""

from __future__ import annotations

from collections.abc import Iterable

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.found import Found
from avlabel.edits.index import AutoIndex
from avlabel.edits.model import (
    NO_AUTO,
    Comment,
    Decide,
    Edit,
    Link,
    SetValues,
    Target,
    auto_key,
    boxes_of,
)


def topics_of(edit: Edit) -> frozenset[str]:
    """Topics of an edit; what others without a common one do is told without it.

    They are the keys of tracks that it names, and the automatic tracks that its boxes were in
    the labels it was made on; of what is about no track, the frame or the scene.
    """
    change = edit.change
    topics: set[str] = set()
    for box in boxes_of(change):
        topics.add(box.track)
        if box.auto_track != NO_AUTO:
            topics.add(auto_key(edit.base, box.auto_track))
    if isinstance(change, Link):
        topics.add(change.to)
    elif isinstance(change, SetValues | Decide | Comment):
        topics.add(_topic_of(change.target))
    return frozenset(topics or {f"edit {edit.edit_id}"})


def tracks_of(found: Iterable[Found], index: AutoIndex) -> frozenset[str]:
    """Keys of the automatic tracks of which boxes were found."""
    commit, track_id = index.labels.commit, index.labels.cuboids.track_id
    rows = {row for mine in found for row in mine.rows.values() | mine.dropped.keys()}
    tracks = set(track_id[list(rows)].tolist()) - {NO_TRACK}
    return frozenset(auto_key(commit, track) for track in tracks)


def _topic_of(target: Target) -> str:
    if target.track:
        return target.track
    return "scene" if target.frame_idx is None else f"frame {target.frame_idx}"
