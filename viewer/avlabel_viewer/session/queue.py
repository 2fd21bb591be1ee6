"""The items that most need eyes, what is left of them, and where the person is in them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.core.findings import NOWHERE, Finding
from avlabel.edits.model import Edit
from avlabel.edits.resolved import Resolved
from avlabel_viewer.session.breaks import broken_tracks
from avlabel_viewer.session.cameras import camera_doubts
from avlabel_viewer.session.grounds import Grounds
from avlabel_viewer.session.items import Item, Place, places
from avlabel_viewer.session.needs import few_points, low_scores, short_tracks, varying_sizes
from avlabel_viewer.session.said import conflicts, flags, found
from avlabel_viewer.session.track_facts import TrackFacts
from avlabel_viewer.session.unlabelled import unlabelled
from avlabel_viewer.session.verdicts import Said, Verdicts

SETTLED = (Said.ACCEPT, Said.REJECT)


def doubts(
    labels: Resolved, findings: Sequence[Finding] = (), grounds: Grounds | None = None
) -> tuple[Item, ...]:
    """What the labels themselves show to be doubtful; a function of its arguments alone.

    Args:
        labels: resolved.
        findings: of the stages.
        grounds: detections and what cameras say; None for none.
    """
    facts = TrackFacts.of(labels)
    below = () if grounds is None else (*unlabelled(labels, grounds),)
    if not len(facts):
        return (*found(labels, findings), *below)
    return (
        *found(labels, findings),
        *below,
        *(() if grounds is None else camera_doubts(facts, grounds.evidence)),
        *low_scores(facts),
        *broken_tracks(facts),
        *varying_sizes(facts),
        *short_tracks(facts),
        *few_points(facts),
    )


class Queue:
    """Items in order of need; those that people have settled are left out.

    Attributes:
        items: what is left, neediest first.
        n_done: how many have been settled.
        current: the item that the person is at, which may be settled by now; None before the
            first.
    """

    def __init__(self) -> None:
        self.items: tuple[Item, ...] = ()
        self.n_done = 0
        self.current: Item | None = None
        self._doubts: tuple[Item, ...] = ()
        self._places: list[Place] = []
        self._here: Place | None = None

    def renew(self, doubtful: tuple[Item, ...]) -> bool:
        """Take what is doubtful from ``doubts``; whether it is anything new, to be filtered."""
        is_new = doubtful != self._doubts
        self._doubts = doubtful
        return is_new

    def filter(
        self,
        labels: Resolved,
        edits: Sequence[Edit],
        verdicts: Verdicts,
        dismissed: frozenset[str],
    ) -> None:
        """Leave out what is settled: accepted, rejected, gone, or dismissed by the person.

        Conflicts and flags are read off the labels, and are settled by what came after them.
        """
        everything = (*self._doubts, *conflicts(labels, edits), *flags(labels))
        unsettled = _Unsettled(labels, verdicts)
        left = [i for i in everything if i.item_id not in dismissed and unsettled(i)]
        tracks = labels.tracks
        score = dict(zip(tracks.track_id.tolist(), tracks.score.tolist(), strict=True))
        place = places(left, score)
        left.sort(key=lambda item: place[item.item_id])
        self.items, self.n_done = tuple(left), len(everything) - len(left)
        self._places = [place[item.item_id] for item in left]
        if self.current is not None and self.current.item_id in place:
            self._here = place[self.current.item_id]

    def go_to(self, item_id: str) -> Item | None:
        """Make an item current by its id; None if it is not there."""
        for item, place in zip(self.items, self._places, strict=True):
            if item.item_id == item_id:
                self.current, self._here = item, place
                return item
        return None

    def step(self, way: int) -> Item | None:
        """Make the next item current (``way`` 1) or the one before (-1); None at the end.

        Where the current one has been settled, the next one is what followed it.
        """
        if self._here is None:
            at = 0 if way > 0 else len(self.items) - 1
        elif way > 0:
            at = bisect_right(self._places, self._here)
        else:
            at = bisect_left(self._places, self._here) - 1
        if not 0 <= at < len(self.items):
            return None
        return self.go_to(self.items[at].item_id)


class _Unsettled:
    """Tells what nobody has settled."""

    def __init__(self, labels: Resolved, verdicts: Verdicts) -> None:
        self._labels, self._verdicts = labels, verdicts
        self._tracks = set(labels.tracks.track_id.tolist())
        tracks, frames = labels.tracks.track_id, labels.labels.frames.frame_idx
        self._settled_tracks = set(tracks[np.isin(verdicts.track, SETTLED)].tolist())
        self._settled_frames = set(frames[verdicts.reviewed].tolist())
        rows = np.flatnonzero(np.isin(verdicts.row, SETTLED))
        slots = labels.cuboids.track_id[rows].tolist(), labels.cuboids.frame_idx[rows].tolist()
        self._settled_boxes = set(zip(*slots, strict=True))
        self._decided_ns = _decided_ns(labels)

    def __call__(self, item: Item) -> bool:
        if item.track_id != NO_TRACK and item.track_id not in self._tracks:
            return False
        if item.time_ns:
            decided = max(self._decided_ns.get(slot, 0) for slot in _slots(item))
            return decided <= item.time_ns
        if self._verdicts.scene == Said.ACCEPT:
            return False
        if item.track_id == NO_TRACK:
            return item.frame_idx not in self._settled_frames
        slot = item.track_id, item.frame_idx
        return item.track_id not in self._settled_tracks and slot not in self._settled_boxes


def _slots(item: Item) -> list[tuple[int, int]]:
    """What a verdict may be pinned to so that it settles an item."""
    wider = [(NO_TRACK, NOWHERE), (NO_TRACK, item.frame_idx), (item.track_id, NOWHERE)]
    return [*wider, (item.track_id, item.frame_idx)]


def _decided_ns(labels: Resolved) -> dict[tuple[int, int], int]:
    """When each thing was last accepted or rejected, by track and frame."""
    return {
        (note.track_id, NOWHERE if note.frame_idx is None else note.frame_idx): note.edit.time_ns
        for note in labels.decisions
        if note.verdict in ("accept", "reject")
        and (note.track_id != NO_TRACK or not note.target.track)
    }
