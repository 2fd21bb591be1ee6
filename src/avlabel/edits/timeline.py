"""Which edits hold, kept up to date as more of them come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from avlabel.edits.model import Edit, Redo, Undo


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of the edits that hold.

    Attributes:
        gone: those that hold no longer.
        come: those that hold now.
    """

    gone: tuple[Edit, ...]
    come: tuple[Edit, ...]


class Timeline:
    """The edits that are neither undone nor an undo themselves, see ``active_edits``.

    More edits at its end cost what they are; any other change looks at all of them.

    Attributes:
        holding: the edits that hold, by id.
    """

    def __init__(self) -> None:
        self.holding: dict[str, Edit] = {}
        self._given: list[Edit] = []
        self._made: dict[str, Edit] = {}
        self._said: dict[str, Edit] = {}

    def take(self, edits: Sequence[Edit]) -> Turn:
        """Take all edits, in any order, and tell what has changed since the last time."""
        n = len(self._given)
        # Edits are compared by identity first: a thousand take some microseconds.
        if list(edits[:n]) == self._given:
            return self._go_on(edits[n:])
        return self._begin(edits)

    def _go_on(self, more: Sequence[Edit]) -> Turn:
        self._given += more
        concerned = {self._note(edit) for edit in more}
        before = {of: self.holding.pop(of) for of in concerned & self.holding.keys()}
        hold = [of for of in concerned if of in self._made and not self._is_undone(of)]
        after = {of: self._made[of] for of in hold}
        self.holding |= after
        return _turn(before, after)

    def _begin(self, edits: Sequence[Edit]) -> Turn:
        before, self._given = self.holding, list(edits)
        self._made, self._said = {}, {}
        for edit in edits:
            self._note(edit)
        hold = {of: edit for of, edit in self._made.items() if not self._is_undone(of)}
        self.holding = hold
        return _turn(before, hold)

    def _note(self, edit: Edit) -> str:
        """Note what was made, or what was said last of it; the edit that this concerns."""
        if not isinstance(edit.change, Undo | Redo):
            self._made[edit.edit_id] = edit
            return edit.edit_id
        of = edit.change.of
        if of not in self._said or self._said[of].order <= edit.order:
            self._said[of] = edit
        return of

    def _is_undone(self, edit_id: str) -> bool:
        return edit_id in self._said and isinstance(self._said[edit_id].change, Undo)


def _turn(before: Mapping[str, Edit], after: Mapping[str, Edit]) -> Turn:
    gone = (edit for of, edit in before.items() if after.get(of) is not edit)
    come = (edit for of, edit in after.items() if before.get(of) is not edit)
    return Turn(tuple(gone), tuple(come))
