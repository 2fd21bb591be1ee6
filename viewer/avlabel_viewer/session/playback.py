"""Playing the frames of a scene at their own speed, or faster."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from avlabel.core.frames import Frames

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)


class Playback:
    """Tells which frame is due. A frame that comes too late is left out, so that time is real.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.speed = 1.0
        self.playing = False
        self._from_s, self._from_ns = 0.0, 0

    def start(self, frames: Frames, frame_idx: int) -> None:
        """Play on from a frame; from the first if it is the last."""
        if frame_idx == frames.frame_idx[-1]:
            frame_idx = int(frames.frame_idx[0])
        self.playing = True
        self.seek(frames, frame_idx)

    def stop(self) -> None:
        """Stay where we are."""
        self.playing = False

    def seek(self, frames: Frames, frame_idx: int) -> None:
        """Go on from another frame."""
        row = frames.positions(np.array([frame_idx]))[0]
        self._from_s, self._from_ns = self._clock(), int(frames.ref_ns[row])

    def set_speed(self, frames: Frames, frame_idx: int, speed: float) -> None:
        """Play faster or slower from here on; 1 is real time."""
        self.speed = speed
        self.seek(frames, frame_idx)

    def due(self, frames: Frames) -> int:
        """The frame to show now; stops at the last one."""
        at_ns = self._from_ns + int((self._clock() - self._from_s) * self.speed * 1e9)
        row = int(np.searchsorted(frames.ref_ns, at_ns, side="right")) - 1
        if row >= len(frames) - 1:
            self.playing = False
        return int(frames.frame_idx[max(row, 0)])
