"""Items that come and go, in order."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class InOrder(Generic[T]):
    """A sorted list of items.

    Args:
        key: to sort by; items of equal keys are equal.
    """

    def __init__(self, key: Callable[[T], Any]) -> None:
        self._key = key
        self._items: list[T] = []

    def add(self, items: Iterable[T]) -> None:
        """Put items in."""
        for item in items:
            bisect.insort(self._items, item, key=self._key)

    def remove(self, items: Iterable[T]) -> None:
        """Take items out that are in."""
        for item in items:
            del self._items[bisect.bisect_left(self._items, self._key(item), key=self._key)]

    def all(self) -> tuple[T, ...]:
        """Every item."""
        return tuple(self._items)
