"""What a person does to the labels: every edit is on the disk before it is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits import compose
from avlabel.edits.model import Draft, Edit, Scope, Value, Verdict, tracks_in
from avlabel.errors import SceneWriteError
from avlabel.scenes.scene import Scene
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.news import where
from avlabel_viewer.session.reach import Reach
from avlabel_viewer.session.viewing import Viewing

Thing = Literal["track", "box", "frame", "scene"]
"""What a verdict or a comment may be about."""


class Working(Viewing):
    """Editing and judging a scene.

    Attributes:
        reach: how far edits reach, and whether sizes are locked.
        trouble: why the last edit could not be recorded, "" while all is well.
        refused: the edits that could not be recorded; ``retry`` tries them again.

    Args:
        scene: an opened scene.
        author: whose edits these are.
        clock: seconds, never going back.

    Raises:
        SceneError: if labels or edits cannot be read.
    """

    def __init__(self, scene: Scene, author: str, clock: Callable[[], float]) -> None:
        super().__init__(scene, author, clock)
        self.reach = Reach()
        self.trouble, self.refused = "", tuple[Draft, ...]()

    def do(self, *drafts: Draft) -> bool:
        """Record edits, all or none, and lay them onto the labels.

        The time that the person spent on the selected object goes into the first of them.

        Returns:
            Whether the disk took them. If it refuses, nothing has changed but ``trouble`` and
            ``refused``, and the next edit tries again.
        """
        if not drafts:
            return True
        first, *others = drafts
        if first.seconds is None:
            first = replace(first, seconds=self._spent())
        if not self._recorded(lambda: self.book.do(first, *others)):
            self.refused = drafts
            return False
        self.say(first.name)
        return True

    def retry(self) -> bool:
        """Try again what the disk refused; whether it took it now."""
        return self.do(*self.refused)

    def undo(self) -> bool:
        """Take the author's last edit back, be it of an earlier sitting; whether there was one."""
        return self._step_back(self.book.undo, "undone: {}", "nothing to undo")

    def redo(self) -> bool:
        """Bring back what was undone last; whether there was anything."""
        return self._step_back(self.book.redo, "done again: {}", "nothing to do again")

    # -- judging ------------------------------------------------------------------------------

    def decide(self, verdict: Verdict, text: str = "", thing: Thing = "track") -> bool:
        """Accept, reject, flag or clear the selected track or box, the frame, or the scene."""
        target = self._target(thing)
        if target is None:
            return False
        return self.do(compose.decide(self.labels, verdict, *target, text=text))

    def comment(self, text: str, thing: Thing = "track") -> bool:
        """Pin a remark to the selected track or box, the frame, or the scene."""
        target = self._target(thing)
        return target is not None and self.do(compose.comment(self.labels, text, *target))

    def set_category(self, leaf: str) -> bool:
        """Change the class of the selected track."""
        if self._target("track") is None:
            return False
        return self.do(compose.set_category(self.labels, self.track_id, leaf))

    def set_attributes(
        self, values: Mapping[str, Value], thing: Literal["track", "box"] = "track"
    ) -> bool:
        """Set attributes of the selected track or box; None removes one."""
        target = self._target(thing)
        if target is None:
            return False
        draft = compose.set_attributes(self.labels, self.track_id, values, target[1])
        return self.do(draft)

    # -- settings of edits --------------------------------------------------------------------

    def set_scope(self, scope: Scope) -> None:
        """Choose how far edits reach."""
        self.reach = replace(self.reach, scope=scope)
        self.note(Changed.DISPLAY)

    def size_locked(self, track_id: int | None = None) -> bool:
        """Whether an object, by default the selected one, keeps one size."""
        track_id = self.track_id if track_id is None else track_id
        if track_id == NO_TRACK:
            return False
        rows = compose.rows_of(self.labels, track_id)
        leaf = int(self.cuboids.category[rows[0]])
        key = self.labels.key_of(track_id)
        return self.reach.size_locked(key, leaf, self.scene.taxonomy)

    def lock_size(self, locked: bool) -> None:
        """Lock or free the size of the selected object."""
        if self.key:
            self.reach = self.reach.with_size_lock(self.key, locked)
            self.note(Changed.DISPLAY)

    # -- how ----------------------------------------------------------------------------------

    def _target(self, thing: Thing) -> tuple[int | None, int | None] | None:
        """Track and frame of a thing; None, saying so, if it is not there."""
        if thing == "scene":
            return None, None
        if thing == "frame":
            return None, self.frame_idx
        if self.track_id == NO_TRACK:
            self.say("no object is selected")
            return None
        if thing == "box" and self.row is None:
            self.say("the selected object has no box in this frame")
            return None
        return self.track_id, self.frame_idx if thing == "box" else None

    def _spent(self) -> float:
        self.touch()
        return round(self.work_time.spent(self.key), 1)

    def _step_back(self, way: Callable[[float], Edit | None], done: str, nothing: str) -> bool:
        spent, found = self._spent(), list[Edit | None]()
        if not self._recorded(lambda: found.append(way(spent))):
            return False
        if found[0] is None:
            self.say(nothing)
            return False
        self._select_any(tracks_in(found[0].change))
        self.say(done.format(found[0].name) + where(found[0]))
        return True

    def _select_any(self, keys: Sequence[str]) -> None:
        """Select the first object that there is, unless one of them is selected."""
        there = [track for key in keys if (track := self.labels.track_of(key)) != NO_TRACK]
        if there and self.track_id not in there:
            self.select(there[0])

    def _recorded(self, write: Callable[[], object]) -> bool:
        """Whether the disk took what was written; says so if not."""
        try:
            write()
        except SceneWriteError as error:
            self.trouble = f"not saved, nothing has changed: {error}"
            self.say(self.trouble)
            return False
        self.work_time.take(self.key)
        self.trouble, self.refused = "", ()
        self.note(Changed.LABELS)
        return True
