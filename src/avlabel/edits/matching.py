"""Boxes of other labels found in these by place, frame by frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from avlabel.edits.affinity import assign
from avlabel.edits.found import Found, drop_strays
from avlabel.edits.nearby import Nearby
from avlabel.edits.story import Sought, Story


class Hit(NamedTuple):
    """An automatic row that is an object's box, and whether that box was deleted."""

    row: int
    is_dropped: bool


class Matching:
    """What each story's boxes are, kept up to date as stories come and go.

    In a frame, boxes of all stories compete for the automatic ones: one to one, best total.
    Frames do not depend on each other, so only those in which something has changed are matched
    anew.

    Args:
        nearby: which automatic boxes a box may be.
    """

    def __init__(self, nearby: Nearby) -> None:
        self._nearby = nearby
        self._sought: dict[int, dict[Story, Sequence[Sought]]] = defaultdict(dict)
        self._taken: set[int] = set()
        self._hits: dict[int, Mapping[str, Sequence[Hit]]] = {}

    def update(self, went: Iterable[Story], came: Iterable[Story]) -> set[str]:
        """Take stories out, and others in; the keys of objects whose boxes are others now."""
        went, came = list(went), list(came)
        before, after = _by_frame(went), _by_frame(came)
        changed = {f for f in before.keys() | after.keys() if before.get(f) != after.get(f)}
        changed |= self._take(went, came)
        for story in went:
            for frame in story.sought:
                del self._sought[frame][story]
        for story in came:
            for frame, sought in story.sought.items():
                self._sought[frame][story] = sought
        return {key for frame in changed for key in self._match_anew(frame)}

    def found(self, story: Story) -> list[Found]:
        """Automatic boxes of each of a story's objects, by id or by place."""
        found = {
            wish.key: mine.copy() for wish, mine in zip(story.objects, story.found, strict=True)
        }
        for frame in sorted(story.sought):
            hits = self._hits[frame]
            for key in dict.fromkeys(one.key for one in story.sought[frame]):
                for hit in hits.get(key, ()):
                    found[key].add(frame, hit.row, is_dropped=hit.is_dropped, exact=False)
        for wish in story.objects:
            drop_strays(wish, found[wish.key], self._nearby.index, self._nearby.config)
        return list(found.values())

    def _take(self, went: Sequence[Story], came: Sequence[Story]) -> set[int]:
        """Note which rows are spoken for by id; the frames in which others are now."""
        before = set[int]().union(*(story.taken for story in went))
        after = set[int]().union(*(story.taken for story in came))
        self._taken.difference_update(before)
        self._taken.update(after)
        frames = self._nearby.index.labels.cuboids.frame_idx
        return set(frames[list(before ^ after)].tolist())

    def _match_anew(self, frame: int) -> Iterator[str]:
        """Match a frame; the keys of objects of which others are found than before."""
        before = self._hits.get(frame, {})
        every = (one for those in self._sought[frame].values() for one in those)
        after = self._hits[frame] = self._match(sorted(every, key=lambda one: one.rank))
        return (key for key in before.keys() | after.keys() if before.get(key) != after.get(key))

    def _match(self, sought: Sequence[Sought]) -> Mapping[str, Sequence[Hit]]:
        """First what was there before people's edits, then what they set."""
        hits: dict[str, list[Hit]] = defaultdict(list)
        self._assign([one for one in sought if not one.is_set], hits)
        found = {key for key, those in hits.items() if not all(hit.is_dropped for hit in those)}
        self._assign([one for one in sought if one.is_set and one.key not in found], hits)
        return dict(hits)

    def _assign(self, sought: Sequence[Sought], hits: dict[str, list[Hit]]) -> None:
        near = [self._nearby.of(one.box) for one in sought]
        taken = {hit.row for those in hits.values() for hit in those}
        free = sorted({row for rows in near for row in rows} - self._taken - taken)
        if free:
            score = np.array([[rows.get(row, 0.0) for row in free] for rows in near])
            for i, j in assign(score):
                hits[sought[i].key].append(Hit(free[j], sought[i].is_dropped))


def _by_frame(stories: Iterable[Story]) -> Mapping[int, Sequence[Sought]]:
    """What stories seek in each frame, in an order that does not depend on theirs."""
    out: dict[int, list[Sought]] = defaultdict(list)
    for story in stories:
        for frame, sought in story.sought.items():
            out[frame] += sought
    return {frame: sorted(sought, key=lambda one: one.rank) for frame, sought in out.items()}
