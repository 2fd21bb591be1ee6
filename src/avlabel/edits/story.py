"""All that was done to some tracks, folded, and which of their boxes are to be found by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from avlabel.edits.found import Found
from avlabel.edits.index import AutoIndex
from avlabel.edits.model import Box, Edit, Order
from avlabel.edits.replay import Wishes, replay
from avlabel.edits.wishes import Claim, Wish


@dataclass(frozen=True, slots=True)
class Sought:
    """A box of other labels, or of a person on other labels, to be found by place.

    Attributes:
        key: of the object.
        box: where it was.
        is_dropped: whether it was deleted.
        is_set: whether a person set it: looked for last, if nothing else of it was found.
    """

    key: str
    box: Box
    is_dropped: bool
    is_set: bool

    @property
    def rank(self) -> tuple[str, bool, bool, int]:
        """An order of those in one frame that does not depend on how they came."""
        return self.key, self.is_set, self.is_dropped, self.box.auto_track


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """Edits that name the same tracks, and what can be told of them without other edits.

    Attributes:
        edits: in order of time, one at least.
        topics: what they are about.
        wishes: what they come to.
        objects: what people want of each object.
        found: automatic boxes of each, by id.
        sought: boxes to be found by place, by frame.
    """

    edits: tuple[Edit, ...]
    topics: frozenset[str]
    wishes: Wishes
    objects: Sequence[Wish]
    found: Sequence[Found]
    sought: Mapping[int, Sequence[Sought]]

    @property
    def order(self) -> Order:
        """That of the first edit."""
        return self.edits[0].order

    @property
    def taken(self) -> set[int]:
        """Automatic rows that are spoken for."""
        return set().union(*(mine.rows.values() | mine.dropped.keys() for mine in self.found))


def tell(
    edits: tuple[Edit, ...], topics: frozenset[str], index: AutoIndex, before: Story | None = None
) -> Story:
    """Fold edits, and find by id what was seen in these very labels.

    Args:
        edits: in order of time, one at least.
        topics: what they are about.
        index: automatic labels.
        before: a story of the first of them, to be told on.
    """
    known = () if before is None else before.edits
    wishes = replay(edits[len(known) :], None if before is None else before.wishes)
    commit = index.labels.commit
    objects = tuple(wishes.objects.values())
    found = {wish.key: Found() for wish in objects}
    said = list(_last_said(objects))
    for key, claim, is_dropped in said:
        frame = claim.box.frame_idx
        row = index.row(claim.box.auto_track, frame) if claim.base == commit else None
        if row is not None:
            found[key].add(frame, row, is_dropped=is_dropped, exact=True)
    sought: dict[int, list[Sought]] = defaultdict(list)
    for one in _seen_elsewhere(objects, said, commit):
        # One object has one box a frame; by id is better than by place.
        if one.is_dropped or one.box.frame_idx not in found[one.key].rows:
            sought[one.box.frame_idx].append(one)
    return Story(edits, topics, wishes, objects, tuple(found.values()), sought)


def _seen_elsewhere(
    objects: Iterable[Wish], said: Iterable[tuple[str, Claim, bool]], commit: int
) -> Iterator[Sought]:
    """Boxes of other labels than these, and what people set there."""
    for key, claim, is_dropped in said:
        if claim.base != commit:
            yield Sought(key, claim.box.as_labelled(), is_dropped, is_set=False)
    for wish in objects:
        for keyframe in wish.keyframes.values():
            if keyframe.edit.base != commit:
                yield Sought(wish.key, keyframe.box, is_dropped=False, is_set=True)


def _last_said(wishes: Iterable[Wish]) -> Iterator[tuple[str, Claim, bool]]:
    """Every box of earlier labels that edits mention, as what was said of it last.

    Yields:
        The object's key, the box, and whether it was deleted.
    """
    last: dict[tuple[int, int, int], tuple[str, Claim, bool]] = {}
    for wish in wishes:
        said = [(claim, False) for claim in wish.claims.values()]
        said += [(claim, True) for claim in wish.dropped]
        for claim, is_dropped in said:
            which = claim.base, claim.box.frame_idx, claim.box.auto_track
            if which not in last or last[which][1].edit.order <= claim.edit.order:
                last[which] = wish.key, claim, is_dropped
    yield from last.values()
