"""Laying every edit onto the newest automatic labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from avlabel.edits.affinity import DEFAULTS, MatchConfig
from avlabel.edits.components import Component, Components
from avlabel.edits.index import AutoIndex
from avlabel.edits.labels import AutoLabels
from avlabel.edits.laid import Layer
from avlabel.edits.matching import Matching
from avlabel.edits.model import Edit, Order
from avlabel.edits.nearby import Nearby
from avlabel.edits.numbering import numbered
from avlabel.edits.part import Part, finish
from avlabel.edits.placing import Placing
from avlabel.edits.resolved import Resolved
from avlabel.edits.settle import Settled, Sighted, settle
from avlabel.edits.stories import Stories
from avlabel.edits.story import Story
from avlabel.edits.timeline import Timeline
from avlabel.edits.topics import tracks_of
from avlabel.edits.whole import Whole

Island = Component[Story, Sighted]


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

    Edits that name the same tracks are one story; stories whose boxes are of the same automatic
    tracks are one island. What a story or an island comes to depends on nothing outside of it, so
    only those that change are looked at, be it by the last edit or one long ago. Not for several
    threads.

    Args:
        labels: the automatic labels.
        config: when boxes of other labels are taken for the same object.
    """

    def __init__(self, labels: AutoLabels, config: MatchConfig = DEFAULTS) -> None:
        self.labels = labels
        self._index = AutoIndex(labels)
        self._timeline, self._placing = Timeline(), Placing(labels)
        self._stories, self._matching = Stories(self._index), Matching(Nearby(self._index, config))
        self._islands = Components[Story, Sighted](lambda sighted: sighted.story.order)
        self._layer, self._whole = Layer(labels), Whole(labels)
        self._settled: dict[Island, Settled] = {}
        self._parts: dict[Island, Part] = {}

    def __call__(self, edits: Sequence[Edit]) -> Resolved:
        """Resolve; see ``resolve``."""
        turn = self._placing.place(self._timeline.take(edits), self._timeline.holding)
        went, came = self._stories.update(turn)
        keys = self._matching.update(went, came)
        others = {story for key in keys if (story := self._stories.of(key))} - set(came)
        self._settle([*went, *others], [*came, *others])
        self._finish(numbered(self._unnumbered(), self._index.by_track))
        return self._whole.resolved()

    def _settle(self, gone: Iterable[Story], come: Iterable[Story]) -> None:
        """Part stories into islands anew, and settle those that have changed."""
        sighted = {story: Sighted(story, self._matching.found(story)) for story in come}
        topics = {s: s.topics | tracks_of(sighted[s].found, self._index) for s in sighted}
        went, came = self._islands.update(gone, {s: (sighted[s], topics[s]) for s in sighted})
        for island in went:
            del self._settled[island]
            self._whole.take_off(self._parts.pop(island))
        for island in came:
            stories = tuple(island.items.values())
            self._settled[island] = settle(stories, self._index, self._layer)

    def _unnumbered(self) -> list[str]:
        """Keys of tracks that people made, in the order in which they were first mentioned."""
        found: list[tuple[Order, int, str]] = []
        for settled in self._settled.values():
            found += settled.unnumbered
        return [key for _, _, key in sorted(found)]

    def _finish(self, numbers: Mapping[str, int]) -> None:
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
