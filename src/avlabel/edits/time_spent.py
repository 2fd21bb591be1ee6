"""How long people worked on each object, as far as their edits say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.model import Comment, Decide, Edit, Link, PutBoxes, Redo, SetValues, Undo
from avlabel.edits.resolved import Resolved

Spent = dict[tuple[int, str], float]
"""Seconds by resolved track (``NO_TRACK``: none, or gone) and author."""


def time_spent(edits: Sequence[Edit], resolved: Resolved) -> Spent:
    """Sum the ``seconds`` of edits; undone ones took their time as well.

    Args:
        edits: of all authors.
        resolved: labels that they were laid onto.
    """
    by_id = {edit.edit_id: edit for edit in edits}
    known = set(resolved.tracks.track_id.tolist())
    spent: Spent = defaultdict(float)
    for edit in edits:
        if edit.seconds:
            key = object_of(edit, by_id)
            track_id = resolved.track_of(key) if key else NO_TRACK
            spent[track_id if track_id in known else NO_TRACK, edit.author] += edit.seconds
    return dict(spent)


def object_of(edit: Edit, by_id: dict[str, Edit]) -> str:
    """Key of the track that an edit is about, the first of several; "" for none."""
    change = edit.change
    if isinstance(change, Undo | Redo) and change.of in by_id:
        change = by_id[change.of].change
    match change:
        case PutBoxes(before=before, after=after):
            return next((box.track for box in (*after, *before)), "")
        case Link(to=to):
            return to
        case SetValues(target=target) | Decide(target=target) | Comment(target=target):
            return target.track
        case Undo() | Redo():
            return ""
