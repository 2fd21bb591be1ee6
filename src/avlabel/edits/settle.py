"""What the stories of one island come to."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from avlabel.edits.conflicts import Conflict
from avlabel.edits.found import Found
from avlabel.edits.index import AutoIndex
from avlabel.edits.laid import Laid, Layer
from avlabel.edits.model import Order
from avlabel.edits.numbering import own_tracks
from avlabel.edits.spread import spread
from avlabel.edits.story import Story
from avlabel.edits.suppress import suppress
from avlabel.edits.unite import unite
from avlabel.edits.wishes import Wish

Unnumbered = tuple[Order, int, str]


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
            them, their key.
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
    unnumbered: tuple[Unnumbered, ...]
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
    there = [pair for pair in zip(objects, cut.rows, strict=True) if pair[1] or pair[0].keyframes]
    laid = [layer.lay(wish, rows) for wish, rows in there if _is_touched(wish)]
    tracks = own_tracks(laid, cut.removed, index)
    return Settled(
        stories=stories,
        objects=objects,
        found=found,
        one=one,
        laid=laid,
        untouched=_untouched(there, index),
        removed=frozenset(cut.removed),
        tracks=tracks,
        unnumbered=_unnumbered(laid, tracks),
        conflicts=cut.conflicts,
    )


def _untouched(there: Iterable[tuple[Wish, Mapping[int, int]]], index: AutoIndex) -> dict[str, int]:
    """Automatic track of each object that nobody changed, by key."""
    track_id = index.labels.cuboids.track_id
    return {
        wish.key: int(track_id[next(iter(rows.values()))])
        for wish, rows in there
        if not _is_touched(wish)
    }


def _unnumbered(laid: Iterable[Laid], tracks: Container[str]) -> tuple[Unnumbered, ...]:
    new = (one.wish for one in laid if one.wish.key not in tracks)
    return tuple((wish.first.order, i, wish.key) for i, wish in enumerate(new))


def _is_touched(wish: Wish) -> bool:
    return bool(wish.keyframes or wish.linked or wish.category)
