"""The labels of a scene as they stand, and every change a person makes to them."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from avlabel.edits import compose
from avlabel.edits.following import Arrived, EditFollower
from avlabel.edits.model import Draft, Edit
from avlabel.edits.reading import next_redo, next_undo
from avlabel.edits.resolve import Resolver
from avlabel.edits.resolved import Resolved
from avlabel.scenes.scene import EDITS, Scene


class LabelBook:
    """Resolved labels that follow each edit; an edit is on the disk before it is seen.

    Args:
        scene: an opened scene.
        author: whose edits these are.

    Raises:
        SceneError: if the edits that are there cannot be read.
    """

    def __init__(self, scene: Scene, author: str) -> None:
        self.scene, self.author = scene, author
        self._resolver = Resolver(scene.auto_labels())
        self._log = scene.edit_log(author)
        self._follower = EditFollower(scene.store.child(EDITS), skip=self._log.sitting)
        self._looking = Lock()
        so_far = self.look()
        for problem in so_far.problems:
            raise problem
        self._edits: list[Edit] = []
        self.resolved: Resolved
        self.take(so_far.edits)

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
        self.take(edits)
        return edits

    def undo(self, seconds: float | None = None) -> Edit | None:
        """Take the author's last action back, of this sitting or an earlier one.

        Args:
            seconds: spent on it.

        Returns:
            The action's last edit; None if there is none.

        Raises:
            SceneWriteError: if the disk refuses; then nothing has changed.
        """
        edit = next_undo(self._edits, self.author)
        if edit is not None:
            self._do_all(compose.undo, self._action_of(edit)[::-1], seconds)
        return edit

    def redo(self, seconds: float | None = None) -> Edit | None:
        """Bring back what was undone last; see ``undo``."""
        edit = next_redo(self._edits, self.author)
        if edit is not None:
            self._do_all(compose.redo, self._action_of(edit), seconds)
        return edit

    def _action_of(self, edit: Edit) -> list[Edit]:
        """All edits of the action that an edit belongs to."""
        if not edit.group:
            return [edit]
        return [one for one in self._edits if one.group == edit.group]

    def _do_all(
        self, compose_one: Callable[[Edit], Draft], edits: Sequence[Edit], seconds: float | None
    ) -> None:
        first, *others = (compose_one(edit) for edit in edits)
        self.do(replace(first, seconds=seconds), *others)

    def look(self) -> Arrived:
        """What others have written since this was last called; lay it on with ``take``.

        May be called in another thread: a network disk can be slow to answer.

        Raises:
            SceneError: if the folder cannot be listed.
        """
        with self._looking:
            return self._follower()

    def take(self, edits: Sequence[Edit]) -> None:
        """Lay edits that are on the disk onto the labels."""
        for edit in edits:
            bisect.insort(self._edits, edit, key=lambda one: one.order)
        self._log.follow(edits)
        self.resolved = self._resolver(self._edits)

    def close(self) -> None:
        """Close the log's file."""
        self._log.close()
