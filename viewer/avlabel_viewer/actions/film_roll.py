"""The selected object in many frames: its boxes, and the points around each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64, Int64, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.edits import compose
from avlabel_viewer.actions.sensors import Sensors
from avlabel_viewer.drawing.film_layout import Film, FilmFrame
from avlabel_viewer.drawing.point_colors import point_colors
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.jobs import Job
from avlabel_viewer.session.session import Session

N_FRAMES = 20
AROUND_M = 3.0
"""Points so far from the object's border are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """Points around the object in a frame, and their colours."""

    points: Float64
    colors: UInt8


NOTHING = _Near(np.zeros((0, 3)), np.zeros((0, 3), np.uint8))


class FilmRoll:
    """Gathers frames of one object in the background, and lays them side by side.

    Args:
        session: whose selection.
        sensors: where points come from.
    """

    def __init__(self, session: Session, sensors: Sensors) -> None:
        self._session, self._sensors = session, sensors
        self._key = ""
        self._near: dict[int, _Near] = {}
        self._job: Job | None = None

    def film(self, width_px: int, height_px: int) -> Film:
        """The selected object in the frames around the current one; empty without one."""
        session = self._session
        if session.track_id < 0:
            return Film((), width_px, height_px)
        if session.key != self._key:
            self._key, self._near = session.key, {}
        frames = [self._frame(number) for number in self._numbers()]
        self._fetch([one for one in frames if one.frame_idx not in self._near])
        return Film.of(frames, width_px, height_px, three_views=True)

    def _numbers(self) -> list[int]:
        """Frame numbers, as many before the current one as after it where there are."""
        frames = self._session.scene.frames
        here = int(frames.positions(np.array([self._session.frame_idx]))[0])
        first = min(max(here - N_FRAMES // 2, 0), max(len(frames) - N_FRAMES, 0))
        return [int(n) for n in frames.frame_idx[first : first + N_FRAMES]]

    def _frame(self, frame_idx: int) -> FilmFrame:
        box, is_there = self._box(frame_idx)
        near = self._near.get(frame_idx, NOTHING)
        return FilmFrame(frame_idx, box, is_there, near.points, near.colors)

    def _box(self, frame_idx: int) -> tuple[Cuboids, bool]:
        """The object's box, or the nearest in time carried on with its velocity."""
        session = self._session
        cuboids, frames = session.cuboids, session.scene.frames
        rows: Int64 = compose.rows_of(session.labels, session.track_id)
        nearest = rows[np.argmin(np.abs(cuboids.frame_idx[rows] - frame_idx))]
        box = cuboids.select(np.array([nearest]))
        if box.frame_idx[0] == frame_idx:
            return box, True
        ref_ns = frames.ref_ns[frames.positions(np.array([frame_idx, int(box.frame_idx[0])]))]
        way = np.nan_to_num(box.velocity.astype(np.float64)) * (ref_ns[0] - ref_ns[1]) * 1e-9
        return replace(box, center=box.center + way), False

    def _fetch(self, missing: list[FilmFrame]) -> None:
        """Read the points of frames that lack them, unless that is being done."""
        if not missing or (self._job is not None and self._job in self._session.jobs.running):
            return
        key, taxonomy, cache = self._key, self._session.scene.taxonomy, self._sensors.frames

        def work(job: Job) -> dict[int, _Near]:
            found = {}
            for done, frame in enumerate(missing):
                job.progress(done / len(missing))
                data = near_box(cache.points(frame.frame_idx), frame.box)
                found[frame.frame_idx] = _Near(
                    data.points.astype(np.float64),
                    point_colors(data, "height", frame.box, taxonomy),
                )
            return found

        def done(found: dict[int, _Near]) -> None:
            if key == self._key:
                self._near |= found
                self._session.note(Changed.DISPLAY)

        self._job = self._session.run("looking through frames", work, done)


def near_box(data: FrameData, box: Cuboids) -> FrameData:
    """The points of a frame around a box (one row, world)."""
    reach = float(np.hypot(*box.size_lwh[0, :2])) / 2 + AROUND_M
    off = np.abs(data.points[:, :2] - box.center[0, :2].astype(np.float32))
    return data.select(np.flatnonzero((off < reach).all(axis=1)))
