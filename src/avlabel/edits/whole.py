"""Resolved labels put together from what islands of edits add to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.tracks import Tracks
from avlabel.edits.canvas import Canvas
from avlabel.edits.conflicts import Conflict
from avlabel.edits.in_order import InOrder
from avlabel.edits.labels import AutoLabels
from avlabel.edits.notes import Pinned
from avlabel.edits.part import Part
from avlabel.edits.path import NO_ROW
from avlabel.edits.resolved import Resolved


class Whole:
    """Automatic labels, and on them the parts of islands, put on and taken off.

    Args:
        labels: the automatic labels.
    """

    def __init__(self, labels: AutoLabels) -> None:
        self._labels = labels
        self._first_id = int(labels.cuboids.cuboid_id.max(initial=-1)) + 1
        self._cuboids = Canvas(labels.cuboids, self._numbered)
        self._tracks = Canvas(labels.tracks, _by_id)
        self._keys: dict[int, str] = {}
        self._conflicts: InOrder[Conflict] = InOrder(_order_of_conflict)
        self._decisions: InOrder[Pinned] = InOrder(_order_of_note)
        self._comments: InOrder[Pinned] = InOrder(_order_of_note)
        self._attributes: InOrder[Pinned] = InOrder(_order_of_note)

    def put_on(self, part: Part) -> None:
        """Add what an island adds."""
        self._cuboids.put_on(part.cuboids)
        self._tracks.put_on(part.tracks)
        self._keys |= part.keys
        self._conflicts.add(part.conflicts)
        self._decisions.add(part.decisions)
        self._comments.add(part.comments)
        self._attributes.add(part.attributes)

    def take_off(self, part: Part) -> None:
        """Take away what an island added."""
        self._cuboids.take_off(part.cuboids)
        self._tracks.take_off(part.tracks)
        for track in part.keys:
            del self._keys[track]
        self._conflicts.remove(part.conflicts)
        self._decisions.remove(part.decisions)
        self._comments.remove(part.comments)
        self._attributes.remove(part.attributes)

    def resolved(self) -> Resolved:
        """The labels as they are now; later parts do not change what was given out."""
        cuboids, auto_row = self._cuboids.view(), self._cuboids.shown
        added = np.full(len(cuboids) - len(auto_row), NO_ROW)
        return Resolved(
            labels=self._labels,
            cuboids=cuboids,
            tracks=self._tracks.view(),
            auto_row=np.concatenate([auto_row, added]),
            keys=dict(self._keys),
            conflicts=self._conflicts.all(),
            decisions=self._decisions.all(),
            comments=self._comments.all(),
            attributes=self._attributes.all(),
        )

    def _numbered(self, added: Cuboids) -> Cuboids:
        """Boxes that the labels did not have, by frame and track."""
        rows = added.select(np.lexsort((added.track_id, added.frame_idx)))
        return replace(rows, cuboid_id=self._first_id + np.arange(len(rows), dtype=np.int64))


def _by_id(tracks: Tracks) -> Tracks:
    return tracks.select(np.argsort(tracks.track_id))


def _order_of_note(note: Pinned) -> Any:
    return note.edit.order


def _order_of_conflict(conflict: Conflict) -> Any:
    where = conflict.frame_idx, conflict.rule, conflict.track_id, conflict.center or ()
    return conflict.time_ns, conflict.edit_id, *where, conflict.message
