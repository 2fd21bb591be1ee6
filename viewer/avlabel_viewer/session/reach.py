"""How far an edit reaches, and whether it may change an object's size: a person's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from avlabel.core.taxonomy import Taxonomy
from avlabel.edits.model import Scope

RIGID = ("vehicle", "cyclist")
"""Coarse classes whose objects keep their size; people bend and stretch."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Settings that edits are made with.

    Attributes:
        scope: this ``frame``, ``between`` keyframes, ``onward``, or the whole ``track``.
        size_locks: what the person chose, by key of the object.
    """

    scope: Scope = "between"
    size_locks: Mapping[str, bool] = field(default_factory=dict)

    def size_locked(self, key: str, category: int, taxonomy: Taxonomy) -> bool:
        """Whether an object keeps one size: as chosen, else by its class."""
        parent = taxonomy.parents[taxonomy.parent_of[category]]
        return self.size_locks.get(key, parent in RIGID)

    def with_size_lock(self, key: str, locked: bool) -> Reach:
        """The same with an object's size locked or free."""
        return replace(self, size_locks={**self.size_locks, key: locked})
