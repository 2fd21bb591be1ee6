"""Edits parted into stories, kept up to date as edits come and go."""

from __future__ import annotations

from avlabel.edits.components import Component, Components
from avlabel.edits.index import AutoIndex
from avlabel.edits.model import Edit
from avlabel.edits.story import Story, tell
from avlabel.edits.timeline import Turn
from avlabel.edits.topics import topics_of


class Stories:
    """A story for all edits that name the same tracks.

    Args:
        index: automatic labels.
    """

    def __init__(self, index: AutoIndex) -> None:
        self._index = index
        self._edits = Components[str, Edit](lambda edit: edit.order)
        self._told: dict[Component[str, Edit], Story] = {}

    def update(self, turn: Turn) -> tuple[list[Story], list[Story]]:
        """Take edits out, and others in; the stories that went, and those that came."""
        gone = [edit.edit_id for edit in turn.gone]
        come = {edit.edit_id: (edit, topics_of(edit)) for edit in turn.come}
        went, came = self._edits.update(gone, come)
        told = {
            edits: tell(tuple(edits.items.values()), edits.topics, self._index) for edits in came
        }
        out = [self._told.pop(edits) for edits in went]
        self._told |= told
        return out, list(told.values())

    def of(self, key: str) -> Story | None:
        """The story that tells of a track; None if there is none any more."""
        edits = self._edits.of_topic(key)
        return None if edits is None else self._told[edits]
