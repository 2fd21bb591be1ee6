"""Laying sweeps together in the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.tracks import Tracks
from avlabel.scenes.scene import Scene
from avlabel_viewer.frames.cache import CLOSE_S, FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.stack import StackWish, accumulate, boxes_that_matter

Question = tuple[StackWish, Cuboids, Tracks]
PLACED = ("frame_idx", "track_id", "center", "quat_wxyz", "size_lwh")
"""Columns of boxes that say which points are inside."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    wish: StackWish
    cuboids: Cuboids
    tracks: Tracks
    boxes: Cuboids

    def gives_the_same_as(self, other: _Job | None) -> bool:
        return (
            other is not None
            and self.wish == other.wish
            and all(_equal(self.boxes, other.boxes, column) for column in PLACED)
        )


def _is_same(one: Question, other: Question) -> bool:
    return one[0] == other[0] and one[1] is other[1] and one[2] is other[2]


def _equal(one: Cuboids, other: Cuboids, column: str) -> bool:
    return np.array_equal(getattr(one, column), getattr(other, column))


class Accumulator:
    """One thread that does what was asked last; what was asked before is given up.

    Asked, cancelled and taken from by one other thread.

    Args:
        cache: gives the points; closed after this.
        scene: whose frames they are.
    """

    def __init__(self, cache: FrameCache, scene: Scene) -> None:
        self._cache, self._scene = cache, scene
        self._changed = threading.Condition()
        self._question: Question | None = None
        self._asked: _Job | None = None
        self._taken: _Job | None = None
        self._done: FrameData | None = None
        self._progress = (0, 0)
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="accumulate", daemon=True)
        self._thread.start()

    def ask(self, wish: StackWish, cuboids: Cuboids, tracks: Tracks) -> None:
        """Begin, unless what was asked last gives the same: most edits change nothing here.

        Labels are never changed in place, so that the same objects are asked about for nothing.

        Raises:
            ValueError: if the scene has no such frame.
        """
        question = wish, cuboids, tracks
        if self._question is not None and _is_same(question, self._question):
            return
        self._question = question
        job = _Job(*question, boxes_that_matter(self._scene, *question))
        with self._changed:
            if not job.gives_the_same_as(self._asked):
                self._asked, self._done, self._progress = job, None, (0, 0)
                self._changed.notify_all()

    def cancel(self) -> None:
        """Want nothing any more."""
        self._question = None
        with self._changed:
            self._asked, self._done, self._progress = None, None, (0, 0)

    def take(self) -> FrameData | None:
        """The result, once; None before it is there. Its ``problems`` say what went wrong."""
        with self._changed:
            done, self._done = self._done, None
            return done

    @property
    def progress(self) -> tuple[int, int]:
        """Sweeps done and sweeps in all; equal when there is nothing to do."""
        with self._changed:
            return self._progress

    def close(self) -> None:
        """Give up and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(CLOSE_S)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            result = self._accumulated(job)
            with self._changed:
                if result is not None and job is self._asked:
                    self._done = result
                    self._changed.notify_all()

    def _next(self) -> _Job | None:
        """Wait for a job that was not begun yet; None once closed."""
        with self._changed:
            while not self._closed:
                if self._asked is not None and self._asked is not self._taken:
                    self._taken = self._asked
                    return self._taken
                self._changed.wait()
            return None

    def _accumulated(self, job: _Job) -> FrameData | None:
        def note(done: int, total: int) -> None:
            with self._changed:
                if job is self._asked:
                    self._progress = done, total

        try:
            return accumulate(
                self._cache, self._scene, job.wish, job.cuboids, job.tracks,
                progress=note, cancelled=lambda: self._closed or job is not self._asked,
            )  # fmt: skip
        except Exception as error:  # the thread must live on, whatever it was
            said = f"sweeps around frame {job.wish.frame_idx}: {error}"
            return FrameData.empty(job.wish.frame_idx, (said,))
