"""What the stories of one island come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.edits.conflicts import Conflict
from avlabel.edits.found import Found
from avlabel.edits.index import AutoIndex
from avlabel.edits.laid import Laid, Layer
from avlabel.edits.model import Order, auto_key
from avlabel.edits.path import NO_ROW
from avlabel.edits.spread import spread
from avlabel.edits.story import Story
from avlabel.edits.suppress import suppress
from avlabel.edits.unite import unite
from avlabel.edits.wishes import Wish


@dataclass(frozen=True, slots=True, eq=False)
class Sighted:
    """A story and which automatic boxes its objects are.

    Attributes:
        story: what was done.
        found: automatic boxes of each of its objects.
    """

    story: Story
    found: Sequence[Found]


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Objects of an island, but for the numbers of tracks that people made.

    Attributes:
        stories: that are of the same automatic tracks.
        objects: what people want of each object.
        found: which automatic boxes each is.
        one: key of the object that each key belongs to.
        laid: objects that were touched, and have boxes.
        untouched: automatic track of each other object that has boxes, by key.
        removed: rows of automatic boxes that were deleted.
        tracks: automatic track by whose number each of ``laid`` goes, by key.
        unnumbered: the others of ``laid``: the first edit that mentions them, their place among
            the island's objects, their key.
        conflicts: deletions that cut a longer track.
    """

    stories: Sequence[Story]
    objects: Sequence[Wish]
    found: Sequence[Found]
    one: Mapping[str, str]
    laid: Sequence[Laid]
    untouched: Mapping[str, int]
    removed: frozenset[int]
    tracks: Mapping[str, int]
    unnumbered: tuple[tuple[Order, int, str], ...]
    conflicts: Sequence[Conflict]

    def own(self, numbers: Mapping[str, int]) -> tuple[int, ...]:
        """Those of numbers by key that are its objects'."""
        return tuple(numbers[key] for _, _, key in self.unnumbered)


def settle(island: Sequence[Sighted], index: AutoIndex, layer: Layer) -> Settled:
    """Join what is one object, give it its boxes, and lay what was touched.

    Args:
        island: stories that share automatic tracks with each other, and with no others.
        index: automatic labels.
        layer: lays objects.
    """
    stories = [sighted.story for sighted in island]
    seen = [pair for of in island for pair in zip(of.story.objects, of.found, strict=True)]
    seen.sort(key=lambda pair: pair[0].first.order)
    apart = set[frozenset[str]]().union(*(story.wishes.apart for story in stories))
    objects, found, one = unite([w for w, _ in seen], [f for _, f in seen], apart, index)
    cut = suppress(objects, found, spread(objects, found, index), index)
    pairs = [pair for pair in zip(objects, cut.rows, strict=True) if pair[1] or pair[0].keyframes]
    laid = [layer.lay(wish, rows) for wish, rows in pairs if _is_touched(wish)]
    track_id = index.labels.cuboids.track_id
    tracks = _tracks_of(laid, cut.removed, index)
    place = {wish.key: i for i, wish in enumerate(objects)}
    return Settled(
        stories=stories,
        objects=objects,
        found=found,
        one=one,
        laid=laid,
        untouched={
            wish.key: int(track_id[next(iter(rows.values()))])
            for wish, rows in pairs
            if not _is_touched(wish)
        },
        removed=frozenset(cut.removed),
        tracks=tracks,
        unnumbered=tuple(
            (mine.wish.first.order, place[mine.wish.key], mine.wish.key)
            for mine in laid
            if mine.wish.key not in tracks
        ),
        conflicts=cut.conflicts,
    )


def _is_touched(wish: Wish) -> bool:
    return bool(wish.keyframes or wish.linked or wish.category)


def _tracks_of(laid: Sequence[Laid], removed: Sequence[int], index: AutoIndex) -> dict[str, int]:
    """An object goes by the automatic track it mostly is, if nothing else goes by it."""
    track_id = index.labels.cuboids.track_id
    claimed = set(removed).union(*(one.ground.rows.values() for one in laid))
    left = Counter(track_id[list(claimed)].tolist())
    tracks: dict[str, int] = {}
    for one in laid:
        whole = (t for t in _own_tracks(one, index) if left[t] == len(index.by_track[t]))
        choice = next((t for t in whole if t not in tracks.values()), None)
        if choice is not None:
            tracks[one.wish.key] = choice
    return tracks


def _own_tracks(one: Laid, index: AutoIndex) -> list[int]:
    """Tracks that an object's automatic boxes had: its own first, then the one of most boxes."""
    rows = one.path.row[one.path.row != NO_ROW]
    tracks, counts = np.unique(index.labels.cuboids.track_id[rows], return_counts=True)
    by_count = tracks[np.argsort(-counts, kind="stable")].tolist()
    return sorted(
        (int(track) for track in by_count if track >= 0),
        key=lambda track: one.wish.key != auto_key(index.labels.commit, track),
    )
