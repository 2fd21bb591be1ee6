"""What a person looks at: the current frame, the selected object, and how they are shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.edits.resolved import Resolved
from avlabel.scenes.scene import Scene
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.display import Display
from avlabel_viewer.session.label_book import LabelBook
from avlabel_viewer.session.playback import Playback
from avlabel_viewer.session.verdicts import Verdicts
from avlabel_viewer.session.work_time import WorkTime

KEPT_MESSAGES = 200


class Viewing:
    """Looking at a scene and moving through it; changes no labels.

    Attributes:
        frame_idx: current frame.
        key: of the selected object as edits call it, "" for none; survives renumbering.
        message: the status line.
        messages: what was said lately, oldest first.

    Args:
        scene: an opened scene.
        author: who looks.
        clock: seconds, never going back.

    Raises:
        SceneError: if labels or edits cannot be read.
    """

    def __init__(self, scene: Scene, author: str, clock: Callable[[], float]) -> None:
        self.scene, self.author = scene, author
        self.book = LabelBook(scene, author)
        self.frame_idx = int(scene.frames.frame_idx[0])
        self.key, self.message = "", ""
        self.messages: deque[str] = deque(maxlen=KEPT_MESSAGES)
        self.display = Display()
        self.work_time, self.player = WorkTime(clock), Playback(clock)
        self._verdicts: tuple[Resolved, Verdicts] | None = None
        self._changed = Changed.SCENE

    @property
    def labels(self) -> Resolved:
        """The labels as they stand."""
        return self.book.resolved

    @property
    def cuboids(self) -> Cuboids:
        """All boxes of the scene, world."""
        return self.book.resolved.cuboids

    @property
    def verdicts(self) -> Verdicts:
        """What people said of boxes, tracks and frames."""
        if self._verdicts is None or self._verdicts[0] is not self.labels:
            self._verdicts = self.labels, Verdicts.of(self.labels)
        return self._verdicts[1]

    def rows_in(self, frame_idx: int) -> np.ndarray:
        """Rows of ``cuboids`` in a frame."""
        return np.flatnonzero(self.cuboids.frame_idx == frame_idx)

    @property
    def track_id(self) -> int:
        """The selected track; ``NO_TRACK`` if none, or if it is gone."""
        track_id = self.labels.track_of(self.key) if self.key else NO_TRACK
        # A deleted track still has a key.
        return track_id if np.any(self.labels.tracks.track_id == track_id) else NO_TRACK

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
        self.touch()
        if self.player.playing:
            self.player.seek(self.scene.frames, frame_idx)
        self._show_frame(frame_idx)

    def step(self, n_frames: int) -> None:
        """Go some frames on, or back; stops at the ends."""
        frames = self.scene.frames
        here = int(frames.positions(np.array([self.frame_idx]))[0])
        there = min(max(here + n_frames, 0), len(frames) - 1)
        self.go_to(int(frames.frame_idx[there]))

    def play(self, on: bool | None = None) -> None:
        """Play the frames from here on, or stop; the other of the two if not told."""
        self.touch()
        if self.player.playing if on is None else not on:
            self.player.stop()
        else:
            self.player.start(self.scene.frames, self.frame_idx)
        self.note(Changed.MESSAGE)

    def play_on(self) -> None:
        """Show the frame that is due, if frames are being played."""
        if self.player.playing:
            self._show_frame(self.player.due(self.scene.frames))

    def set_speed(self, speed: float) -> None:
        """Play at a multiple of real time."""
        self.player.set_speed(self.scene.frames, self.frame_idx, speed)
        self.say(f"speed {speed:g}")

    def select(self, track_id: int | None) -> None:
        """Select an object, or none."""
        self.touch()
        none = track_id is None or track_id == NO_TRACK
        key = "" if none else self.labels.key_of(int(track_id))  # type: ignore[arg-type]
        if key != self.key:
            self.key = key
            self.note(Changed.SELECTION)

    def show(self, **values: Any) -> None:
        """Change how things are shown; names of ``Display``."""
        self.touch()
        self.display = replace(self.display, **values)
        self.note(Changed.DISPLAY)

    def _show_frame(self, frame_idx: int) -> None:
        if frame_idx != self.frame_idx:
            self.frame_idx = frame_idx
            self.note(Changed.FRAME)

    # -- telling ------------------------------------------------------------------------------

    def touch(self) -> None:
        """A sign of life of the person, such as a moved mouse: counts as work on the object."""
        self.work_time.touch(self.key)

    def say(self, message: str) -> None:
        """Put something on the status line."""
        self.message = message
        if message and message not in list(self.messages)[-1:]:
            self.messages.append(message)
        self.note(Changed.MESSAGE)

    def note(self, what: Changed) -> None:
        """Remember that something has to be drawn again."""
        self._changed |= what

    def take_changes(self) -> Changed:
        """What has changed since this was last called."""
        changed, self._changed = self._changed, Changed.NOTHING
        return changed
