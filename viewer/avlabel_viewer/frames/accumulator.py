"""Laying sweeps together in the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from avlabel.core.cuboids import Cuboids
from avlabel.core.tracks import Tracks
from avlabel.scenes.scene import Scene
from avlabel_viewer.frames.cache import CLOSE_S, FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.stack import StackWish, accumulate


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    wish: StackWish
    cuboids: Cuboids
    tracks: Tracks

    def is_same(self, other: _Job | None) -> bool:
        # Labels are never changed in place: other labels are other objects.
        return other is not None and self.wish == other.wish and self.cuboids is other.cuboids


class Accumulator:
    """One thread that does what was asked last; what was asked before is given up.

    Args:
        cache: gives the points; closed after this.
        scene: whose frames they are.
    """

    def __init__(self, cache: FrameCache, scene: Scene) -> None:
        self._cache, self._scene = cache, scene
        self._changed = threading.Condition()
        self._asked: _Job | None = None
        self._taken: _Job | None = None
        self._done: FrameData | None = None
        self._progress = (0, 0)
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="accumulate", daemon=True)
        self._thread.start()

    def ask(self, wish: StackWish, cuboids: Cuboids, tracks: Tracks) -> None:
        """Begin, unless just this, with just these labels, was what was asked last."""
        job = _Job(wish, cuboids, tracks)
        with self._changed:
            if not job.is_same(self._asked):
                self._asked, self._done, self._progress = job, None, (0, 0)
                self._changed.notify_all()

    def cancel(self) -> None:
        """Want nothing any more."""
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
