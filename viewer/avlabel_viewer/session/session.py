"""One person at work on one scene."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.edits import compose
from avlabel.edits.model import Draft, Verdict
from avlabel.edits.resolved import Resolved
from avlabel.scenes.scene import Scene
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.display import Display
from avlabel_viewer.session.label_book import LabelBook


class Session:
    """The scene, the current frame, the selected object, and what is done to them.

    The window never asks what happened: after each event it takes ``take_changes`` and draws
    again what has changed. Not for several threads.

    Args:
        scene: an opened scene.
        author: whose edits these are.
    """

    def __init__(self, scene: Scene, author: str) -> None:
        self.scene, self.author = scene, author
        self.book = LabelBook(scene, author)
        self.display = Display()
        self.frame_idx = int(scene.frames.frame_idx[0])
        self.key = ""
        self.message = ""
        self._changed = Changed.SCENE

    # -- what is seen -------------------------------------------------------------------------

    @property
    def labels(self) -> Resolved:
        """The labels as they stand."""
        return self.book.resolved

    @property
    def cuboids(self) -> Cuboids:
        """All boxes of the scene, world."""
        return self.book.resolved.cuboids

    def rows_in(self, frame_idx: int) -> np.ndarray:
        """Rows of ``cuboids`` in a frame."""
        return np.flatnonzero(self.cuboids.frame_idx == frame_idx)

    @property
    def track_id(self) -> int:
        """The selected track; ``NO_TRACK`` if none, or if it is gone."""
        return self.labels.track_of(self.key) if self.key else NO_TRACK

    @property
    def row(self) -> int | None:
        """Row of the selected object's box in the current frame; None if it has none."""
        track_id = self.track_id
        if track_id == NO_TRACK:
            return None
        rows = self.rows_in(self.frame_idx)
        found = rows[self.cuboids.track_id[rows] == track_id]
        return int(found[0]) if len(found) else None

    # -- moving through it --------------------------------------------------------------------

    def go_to(self, frame_idx: int) -> None:
        """Make a frame current.

        Raises:
            ValueError: if the scene has no such frame.
        """
        self.scene.frames.positions(np.array([frame_idx]))
        if frame_idx != self.frame_idx:
            self.frame_idx = frame_idx
            self.note(Changed.FRAME)

    def step(self, n_frames: int) -> None:
        """Go some frames on, or back; stops at the ends."""
        frames = self.scene.frames
        here = int(frames.positions(np.array([self.frame_idx]))[0])
        there = min(max(here + n_frames, 0), len(frames) - 1)
        self.go_to(int(frames.frame_idx[there]))

    def select(self, track_id: int | None) -> None:
        """Select an object, or none."""
        none = track_id is None or track_id == NO_TRACK
        key = "" if none else self.labels.key_of(int(track_id))  # type: ignore[arg-type]
        if key != self.key:
            self.key = key
            self.note(Changed.SELECTION)

    # -- doing --------------------------------------------------------------------------------

    def do(self, draft: Draft) -> None:
        """Record an edit and lay it onto the labels.

        Raises:
            SceneWriteError: if the disk refuses; then nothing has changed.
        """
        self.book.do(draft)
        self.note(Changed.LABELS)
        self.say(draft.name)

    def undo(self) -> None:
        """Take the author's last edit back."""
        edit = self.book.undo()
        self.say(f"undone: {edit.name}" if edit else "nothing to undo")
        self.note(Changed.LABELS)

    def redo(self) -> None:
        """Bring back what was undone last."""
        edit = self.book.redo()
        self.say(f"done again: {edit.name}" if edit else "nothing to do again")
        self.note(Changed.LABELS)

    def decide(self, verdict: Verdict, text: str = "") -> None:
        """Accept, reject or flag the selected object as a whole."""
        self.do(compose.decide(self.labels, verdict, self.track_id, text=text))

    def show(self, **values: Any) -> None:
        """Change how things are shown; names of ``Display``."""
        self.display = replace(self.display, **values)
        self.note(Changed.DISPLAY)

    # -- telling ------------------------------------------------------------------------------

    def say(self, message: str) -> None:
        """Put something on the status line."""
        self.message = message
        self.note(Changed.MESSAGE)

    def note(self, what: Changed) -> None:
        """Remember that something has to be drawn again."""
        self._changed |= what

    def take_changes(self) -> Changed:
        """What has changed since this was last called."""
        changed, self._changed = self._changed, Changed.NOTHING
        return changed

    def close(self) -> None:
        """Leave; everything is on the disk already."""
        self.book.close()
