"""Laying every edit onto the newest automatic labels."""

from __future__ import annotations

from collections.abc import Sequence

from avlabel.edits.affinity import DEFAULTS, MatchConfig
from avlabel.edits.index import AutoIndex
from avlabel.edits.islands import Island, Islands
from avlabel.edits.labels import AutoLabels
from avlabel.edits.laid import Layer
from avlabel.edits.match import Order
from avlabel.edits.model import Edit
from avlabel.edits.nearby import Nearby
from avlabel.edits.numbering import numbered
from avlabel.edits.part import Part, finish
from avlabel.edits.placing import Placing
from avlabel.edits.resolved import Resolved
from avlabel.edits.settle import Settled, settle
from avlabel.edits.timeline import Timeline
from avlabel.edits.topics import topics_of
from avlabel.edits.whole import Whole


def resolve(labels: AutoLabels, edits: Sequence[Edit], config: MatchConfig = DEFAULTS) -> Resolved:
    """Lay edits of any authors, made on any commit, onto labels.

    The same labels and edits give the same result, in whatever order the edits are given.

    Args:
        labels: the newest automatic labels.
        edits: all of a scene, undone ones among them.
        config: when boxes of other labels are taken for the same object.
    """
    return Resolver(labels, config)(edits)


class Resolver:
    """``resolve`` for the same labels again and again, as fast as a person edits.

    Edits are parted into islands that have nothing to do with each other. What the edits of an
    island come to depends on them alone, so only islands that gain or lose an edit are resolved
    anew, be it the last edit or one long ago. Not for several threads.

    Args:
        labels: the automatic labels.
        config: when boxes of other labels are taken for the same object.
    """

    def __init__(self, labels: AutoLabels, config: MatchConfig = DEFAULTS) -> None:
        self.labels = labels
        self._index = AutoIndex(labels)
        self._nearby, self._layer = Nearby(self._index, config), Layer(labels)
        self._timeline, self._placing = Timeline(), Placing(labels)
        self._islands = Islands(lambda edits: topics_of(edits, self._nearby))
        self._settled: dict[Island, Settled] = {}
        self._parts: dict[Island, Part] = {}
        self._whole = Whole(labels)

    def __call__(self, edits: Sequence[Edit]) -> Resolved:
        """Resolve; see ``resolve``."""
        turn = self._placing.place(self._timeline.take(edits), self._timeline.holding)
        went, came = self._islands.update((edit.edit_id for edit in turn.gone), turn.come)
        for island in went:
            del self._settled[island]
            self._whole.take_off(self._parts.pop(island))
        for island in came:
            self._settled[island] = settle(island, self._nearby, self._layer)
        self._finish(numbered(self._unnumbered(), self._index.by_track))
        return self._whole.resolved()

    def _unnumbered(self) -> list[str]:
        """Keys of tracks that people made, in the order in which they were first mentioned."""
        found: list[tuple[Order, int, str]] = []
        for settled in self._settled.values():
            found += settled.unnumbered
        return [key for _, _, key in sorted(found)]

    def _finish(self, numbers: dict[str, int]) -> None:
        """Put on the parts of islands that are new, or whose tracks are numbered anew."""
        stale = [
            island
            for island, settled in self._settled.items()
            if island not in self._parts or self._parts[island].numbers != settled.own(numbers)
        ]
        for island in stale:
            if island in self._parts:
                self._whole.take_off(self._parts[island])
        for island in stale:
            self._parts[island] = finish(self._settled[island], numbers, self._index)
            self._whole.put_on(self._parts[island])
