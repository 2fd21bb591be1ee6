"""The labels of a scene as they stand, and every change a person makes to them."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from avlabel.edits import compose
from avlabel.edits.model import Draft, Edit
from avlabel.edits.reading import next_redo, next_undo
from avlabel.edits.resolve import Resolver
from avlabel.edits.resolved import Resolved
from avlabel.scenes.scene import Scene


class LabelBook:
    """Resolved labels that follow each edit; an edit is on the disk before it is seen.

    Args:
        scene: an opened scene.
        author: whose edits these are.
    """

    def __init__(self, scene: Scene, author: str) -> None:
        self.scene, self.author = scene, author
        self._resolver = Resolver(scene.auto_labels())
        self._edits = list(scene.edits().edits)
        self._log = scene.edit_log(author)
        self.resolved: Resolved = self._resolver(self._edits)

    @property
    def edits(self) -> Sequence[Edit]:
        """Everybody's, in order of time."""
        return self._edits

    def do(self, *drafts: Draft) -> tuple[Edit, ...]:
        """Record edits and lay them onto the labels.

        Raises:
            SceneWriteError: if the disk refuses; then nothing has changed.
        """
        edits = self._log.append(*drafts)
        self._take(edits)
        return edits

    def undo(self) -> Edit | None:
        """Take the author's last edit back; None if there is none."""
        edit = next_undo(self._edits, self.author)
        if edit is not None:
            self.do(compose.undo(edit))
        return edit

    def redo(self) -> Edit | None:
        """Bring back what was undone last; None if there is nothing."""
        edit = next_redo(self._edits, self.author)
        if edit is not None:
            self.do(compose.redo(edit))
        return edit

    def close(self) -> None:
        """Close the log's file."""
        self._log.close()

    def _take(self, edits: Sequence[Edit]) -> None:
        for edit in edits:
            bisect.insort(self._edits, edit, key=lambda one: one.order)
        self.resolved = self._resolver(self._edits)
