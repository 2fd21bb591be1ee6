"""Things that have to do with each other, and no others, together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Component(Generic[K, T]):
    """Items that share topics, directly or through others.

    Attributes:
        items: by name, in order.
        topics: of all of them.
    """

    items: Mapping[K, T]
    topics: frozenset[str]


class Components(Generic[K, T]):
    """Items parted into connected components, kept up to date as items come and go.

    Two items are together if they share a topic, or others in between do. So the components are
    the same whichever way items came.

    Args:
        order: to sort the items of a component by.
    """

    def __init__(self, order: Callable[[T], Any]) -> None:
        self._order = order
        self._topics: dict[K, frozenset[str]] = {}
        self._by_topic: dict[str, Component[K, T]] = {}
        self._by_name: dict[K, Component[K, T]] = {}

    def of_topic(self, topic: str) -> Component[K, T] | None:
        """The component that a topic belongs to, None if no item is about it."""
        return self._by_topic.get(topic)

    def update(
        self, gone: Iterable[K], come: Mapping[K, tuple[T, frozenset[str]]]
    ) -> tuple[list[Component[K, T]], list[Component[K, T]]]:
        """Take items out, and others in with their topics, at least one each.

        Returns:
            The components that went, and those that came.
        """
        gone = set(gone)
        about = set().union(*(topics for _, topics in come.values()))
        went = {self._by_name[name]: None for name in gone}
        went |= {self._by_topic[topic]: None for topic in about & self._by_topic.keys()}
        items = {name: item for one in went for name, item in one.items.items() if name not in gone}
        for component in went:
            self._forget(component)
        for name in gone:
            del self._topics[name]
        self._topics |= {name: topics for name, (_, topics) in come.items()}
        came = self._parted(items | {name: item for name, (item, _) in come.items()})
        for component in came:
            self._by_topic |= dict.fromkeys(component.topics, component)
            self._by_name |= dict.fromkeys(component.items, component)
        return list(went), came

    def _forget(self, component: Component[K, T]) -> None:
        for topic in component.topics:
            del self._by_topic[topic]
        for name in component.items:
            del self._by_name[name]

    def _parted(self, items: Mapping[K, T]) -> list[Component[K, T]]:
        """The connected components, by union and find over topics."""
        parent: dict[str, str] = {}

        def root(topic: str) -> str:
            while (above := parent.setdefault(topic, topic)) != topic:
                parent[topic] = topic = parent[above]
            return topic

        for name in items:
            first, *others = map(root, self._topics[name])
            parent.update(dict.fromkeys(others, first))
        members: dict[str, dict[K, T]] = defaultdict(dict)
        for name, item in sorted(items.items(), key=lambda pair: self._order(pair[1])):
            members[root(next(iter(self._topics[name])))][name] = item
        topics: dict[str, set[str]] = defaultdict(set)
        for topic in parent:
            topics[root(topic)].add(topic)
        return [Component(own, frozenset(topics[at])) for at, own in members.items()]
