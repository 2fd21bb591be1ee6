"""The fixes by the rule whose findings they mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from avlabel.checks.registry import Hit
from avlabel.checks.subject import Subject
from avlabel.core.arrays import BoolArray, Int64
from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.compose import rows_of
from avlabel.edits.model import Draft
from avlabel.edits.resolved import Resolved


@dataclass(frozen=True, slots=True)
class Fix:
    """One track mended.

    Attributes:
        rule: whose finding it mends.
        track_id: of the track.
        what: was done, for people.
        drafts: edits, one action.
    """

    rule: str
    track_id: int
    what: str
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, eq=False)
class Job:
    """What one rule found in the labels as they are.

    Attributes:
        rule: its id.
        seen: the labels.
        subject: the same boxes, as the rule saw them.
        hits: boxes that it found.
        taboo: tracks that people have had a hand in.
    """

    rule: str
    seen: Resolved
    subject: Subject
    hits: tuple[Hit, ...]
    taboo: frozenset[int]

    @cached_property
    def tracks(self) -> list[int]:
        """Tracks that hits are in and that may be mended, ascending."""
        found = {int(self.subject.cuboids.track_id[hit.row]) for hit in self.hits}
        return sorted(found - self.taboo - {NO_TRACK})

    @cached_property
    def is_hit(self) -> BoolArray:
        """(N,) bool."""
        mask = np.zeros(len(self.subject.cuboids), np.bool_)
        mask[[hit.row for hit in self.hits]] = True
        return mask

    def rows(self, track_id: int) -> Int64:
        """Rows of a track, by frame."""
        return rows_of(self.seen, track_id)

    def fix(self, track_id: int, what: str, *drafts: Draft) -> Fix:
        """A fix of this rule."""
        return Fix(self.rule, track_id, what, drafts)


Mend = Callable[[Job], Iterator[Fix]]

MENDS: dict[str, Mend] = {}
"""Rules whose findings can be mended safely. Filled by ``avlabel.checks.fixing.fix``."""


def mends(*rules: str) -> Callable[[Mend], Mend]:
    """Register a function as the fix of some rules."""

    def register(mend: Mend) -> Mend:
        MENDS.update(dict.fromkeys(rules, mend))
        return mend

    return register


def counted(n: int, what: str = "box", many: str = "boxes") -> str:
    """``1 box``, ``7 boxes``."""
    return f"{n} {what if n == 1 else many}"
