"""A table of labels that changes in few rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.tracks import Tracks

T = TypeVar("T", Cuboids, Tracks)


@dataclass(frozen=True, slots=True, eq=False)
class Patch(Generic[T]):
    """A change of some rows.

    Attributes:
        rows: (P,) int64 rows that become others.
        values: what they become.
        hidden: (H,) int64 rows that are left out.
        more: rows that the table did not have.
    """

    rows: Int64
    values: T
    hidden: Int64
    more: T


class Canvas(Generic[T]):
    """A table with patches on it, no two of which change one row.

    Args:
        base: N rows as they are without patches.
        arrange: puts rows that patches add into their final order.
    """

    def __init__(self, base: T, arrange: Callable[[T], T]) -> None:
        self._base: T = base
        self._arrange: Callable[[T], T] = arrange
        self._columns = {name: getattr(base, name).copy() for name in _names(base)}
        self._hidden = np.zeros(len(base), np.bool_)
        self._more: dict[Patch[T], None] = {}
        self._n_painted = 0
        self._view: T | None = base

    @property
    def shown(self) -> Int64:
        """Rows of the table that are not hidden, ascending."""
        return np.flatnonzero(~self._hidden)

    def put_on(self, patch: Patch[T]) -> None:
        """Change the rows of a patch."""
        for name, column in self._columns.items():
            column[patch.rows] = getattr(patch.values, name)
        self._hidden[patch.hidden] = True
        if len(patch.more):
            self._more[patch] = None
        self._note(patch, +1)

    def take_off(self, patch: Patch[T]) -> None:
        """Make the rows of a patch what they were without it."""
        for name, column in self._columns.items():
            column[patch.rows] = getattr(self._base, name)[patch.rows]
        self._hidden[patch.hidden] = False
        self._more.pop(patch, None)
        self._note(patch, -1)

    def _note(self, patch: Patch[T], sign: int) -> None:
        n = len(patch.rows) + len(patch.hidden) + len(patch.more)
        self._n_painted += sign * n
        if n:
            self._view = None

    def view(self) -> T:
        """The rows that are shown, then those that patches add: a copy, which stays as it is."""
        if self._view is None:
            self._view = self._drawn() if self._n_painted else self._base
        return self._view

    def _drawn(self) -> T:
        columns: dict[str, Any] = dict(self._columns)
        if self._hidden.any():
            columns = {name: column[self.shown] for name, column in columns.items()}
        if not self._more:
            columns = {name: column.copy() for name, column in columns.items()}
            return replace(self._base, **columns)
        more = self._arrange(_joined([patch.more for patch in self._more]))
        return _joined([replace(self._base, **columns), more])


def _joined(tables: Sequence[T]) -> T:
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(table, name) for table in tables])
        for name in _names(tables[0])
    }
    return replace(tables[0], **columns)


def _names(table: Cuboids | Tracks) -> list[str]:
    return [f.name for f in fields(table) if f.name != "frame"]
