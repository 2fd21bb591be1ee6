"""Edits parted into stories, kept up to date as edits come and go."""

from __future__ import annotations

from avlabel.edits.components import Component, Components
from avlabel.edits.index import AutoIndex
from avlabel.edits.model import Edit
from avlabel.edits.story import Story, tell
from avlabel.edits.timeline import Turn
from avlabel.edits.topics import topics_of

LATELY = 256
"""So many stories that were told last are kept, to be told on, or again after an undo."""


class Stories:
    """A story for all edits that name the same tracks.

    Args:
        index: automatic labels.
    """

    def __init__(self, index: AutoIndex) -> None:
        self._index = index
        self._edits = Components[str, Edit](lambda edit: edit.order)
        self._told: dict[Component[str, Edit], Story] = {}
        self._lately: dict[tuple[str, int], Story] = {}

    def update(self, turn: Turn) -> tuple[list[Story], list[Story]]:
        """Take edits out, and others in; the stories that went, and those that came."""
        gone = [edit.edit_id for edit in turn.gone]
        come = {edit.edit_id: (edit, topics_of(edit)) for edit in turn.come}
        went, came = self._edits.update(gone, come)
        told = {edits: self._tell(edits) for edits in came}
        out = [self._told.pop(edits) for edits in went]
        self._told |= told
        return out, list(told.values())

    def of(self, key: str) -> Story | None:
        """The story that tells of a track; None if there is none any more."""
        edits = self._edits.of_topic(key)
        return None if edits is None else self._told[edits]

    def _tell(self, component: Component[str, Edit]) -> Story:
        edits = tuple(component.items.values())
        before = self._beginning(edits)
        if before is not None and len(before.edits) == len(edits):
            return before
        story = tell(edits, component.topics, self._index, before)
        self._lately[edits[-1].edit_id, len(edits)] = story
        if len(self._lately) > LATELY:
            del self._lately[next(iter(self._lately))]
        return story

    def _beginning(self, edits: tuple[Edit, ...]) -> Story | None:
        """The longest story told lately with which these edits begin."""
        for n in range(len(edits), 0, -1):
            story = self._lately.get((edits[n - 1].edit_id, n))
            if story is not None and story.edits == edits[:n]:
                return story
        return None
