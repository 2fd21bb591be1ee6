"""Edits that have to do with each other, and no others, together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from avlabel.edits.model import Edit


@dataclass(frozen=True, slots=True, eq=False)
class Island:
    """Edits that hold; what they come to depends on no other edit.

    Attributes:
        edits: in order of time.
        topics: what they are about.
    """

    edits: tuple[Edit, ...]
    topics: frozenset[str]


class Islands:
    """Edits parted into islands, kept up to date as edits come and go.

    Two edits are on one island if they share a topic, or others in between do: islands are the
    connected components of edits and topics. So they are the same whichever way edits came.

    Args:
        topics_of: what each of some edits is about, something at least.
    """

    def __init__(self, topics_of: Callable[[Sequence[Edit]], list[frozenset[str]]]) -> None:
        self._topics_of = topics_of
        self._by_topic: dict[str, Island] = {}
        self._by_edit: dict[str, Island] = {}
        self._topics: dict[str, frozenset[str]] = {}

    def update(
        self, gone: Iterable[str], come: Sequence[Edit]
    ) -> tuple[list[Island], list[Island]]:
        """Take edits away, given by id, and in; the islands that went, and those that came."""
        gone = set(gone)
        topics = self._topics_of(come)
        self._topics.update(zip((edit.edit_id for edit in come), topics, strict=True))
        about = {topic for those in topics for topic in those}
        went = {self._by_edit[of] for of in gone}
        went |= {self._by_topic[topic] for topic in about & self._by_topic.keys()}
        left = [edit for island in went for edit in island.edits if edit.edit_id not in gone]
        for island in went:
            self._forget(island)
        came = self._parted([*left, *come])
        for island in came:
            self._by_topic.update(dict.fromkeys(island.topics, island))
            self._by_edit.update({edit.edit_id: island for edit in island.edits})
        for of in gone - {edit.edit_id for edit in come}:
            del self._topics[of]
        return list(went), came

    def _forget(self, island: Island) -> None:
        for topic in island.topics:
            del self._by_topic[topic]
        for edit in island.edits:
            del self._by_edit[edit.edit_id]

    def _parted(self, edits: Sequence[Edit]) -> list[Island]:
        """The connected components, by union and find over topics."""
        parent: dict[str, str] = {}

        def root(topic: str) -> str:
            while (above := parent.setdefault(topic, topic)) != topic:
                parent[topic] = topic = parent[above]
            return topic

        for edit in edits:
            first, *others = map(root, self._topics[edit.edit_id])
            parent.update(dict.fromkeys(others, first))
        members: dict[str, list[Edit]] = defaultdict(list)
        for edit in sorted(edits, key=lambda edit: edit.order):
            members[root(next(iter(self._topics[edit.edit_id])))].append(edit)
        topics: dict[str, set[str]] = defaultdict(set)
        for topic in parent:
            topics[root(topic)].add(topic)
        return [Island(tuple(own), frozenset(topics[at])) for at, own in members.items()]
