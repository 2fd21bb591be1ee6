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
        self.labels, self._config = labels, config
        self._state: _State | None = None

    def __call__(self, edits: Sequence[Edit]) -> Resolved:
        """Resolve; see ``resolve``."""
        state = self._state or _State(self.labels, self._config)
        # After an error, which leaves things half done, the next call begins anew.
        self._state = None
        resolved = state.take(edits)
        self._state = state
        return resolved


class _State:
    """What a resolver knows of the edits that it was called with."""

    def __init__(self, labels: AutoLabels, config: MatchConfig) -> None:
        self._index = AutoIndex(labels)
        self._timeline, self._placing = Timeline(), Placing(labels)
        self._stories, self._matching = Stories(self._index), Matching(Nearby(self._index, config))
        self._islands = Components[Story, Sighted](lambda sighted: sighted.story.order)
        self._layer, self._whole = Layer(labels), Whole(labels)
        self._settled: dict[Island, Settled] = {}
        self._unnumbered: dict[Island, Settled] = {}
        self._parts: dict[Island, Part] = {}

    def take(self, edits: Sequence[Edit]) -> Resolved:
        """Go on from the edits of the last time to these."""
        turn = self._placing.place(self._timeline.take(edits), self._timeline.holding)
        went, came = self._stories.update(turn)
        keys = self._matching.update(went, came)
        others = {story for key in keys if (story := self._stories.of(key))} - set(came)
        islands = self._settle([*went, *others], [*came, *others])
        self._finish(islands)
        return self._whole.resolved()

    def _settle(self, gone: Iterable[Story], come: Iterable[Story]) -> list[Island]:
        """Part stories into islands anew, and settle those that have changed."""
        sighted = {story: Sighted(story, self._matching.found(story)) for story in come}
        topics = {s: s.topics | tracks_of(sighted[s].found, self._index) for s in sighted}
        went, came = self._islands.update(gone, {s: (sighted[s], topics[s]) for s in sighted})
        for island in went:
            del self._settled[island]
            self._unnumbered.pop(island, None)
            self._whole.take_off(self._parts.pop(island))
        for island in came:
            settled = settle(tuple(island.items.values()), self._index, self._layer)
            self._settled[island] = settled
            if settled.unnumbered:
                self._unnumbered[island] = settled
        return came

    def _finish(self, came: Iterable[Island]) -> None:
        """Put on the parts of islands that came, or whose tracks are numbered anew."""
        numbers = self._numbers()
        renumbered = [
            island
            for island, settled in self._unnumbered.items()
            if island in self._parts and self._parts[island].numbers != settled.own(numbers)
        ]
        for island in renumbered:
            self._whole.take_off(self._parts[island])
        for island in [*came, *renumbered]:
            self._parts[island] = finish(self._settled[island], numbers, self._index)
            self._whole.put_on(self._parts[island])

    def _numbers(self) -> Mapping[str, int]:
        """Numbers of tracks that people made, in the order in which they were first mentioned."""
        found: list[tuple[Order, int, str]] = []
        for settled in self._unnumbered.values():
            found += settled.unnumbered
        return numbered((key for _, _, key in sorted(found)), self._index.by_track)
