"""Made-up labels and people who edit them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import Draft, Edit
from avlabel.edits.resolve import Resolver
from avlabel.edits.resolved import Resolved

T0 = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
CAR, TRUCK, PEDESTRIAN = (default_taxonomy().code(leaf) for leaf in ("car", "truck", "pedestrian"))


def frames(n: int) -> Frames:
    pose = SE3.from_yaw(np.zeros(n), np.zeros((n, 3)))
    return Frames(np.arange(n, dtype=np.int32), T0 + PERIOD_NS * np.arange(n), pose)


def labels(
    tracks: dict[int, dict[int, tuple[float, ...]]],
    *,
    n_frames: int = 20,
    commit: int = 1,
    category: dict[int, int] | None = None,
) -> AutoLabels:
    """Labels of ``{track: {frame: (x, y, yaw)}}``; cars of 4.5 x 2 x 1.5 m unless told."""
    rows = sorted((frame, track) for track, boxes in tracks.items() for frame in boxes)
    place = np.array([tracks[track][frame] for frame, track in rows], float).reshape(-1, 3)
    classes = category or {}
    frame_idx = np.array([frame for frame, _ in rows], np.int64)
    cuboids = Cuboids.build(
        "world",
        frame_idx=frame_idx,
        timestamp_ns=T0 + PERIOD_NS * frame_idx + 1_000_000,
        category=np.array([classes.get(track, CAR) for _, track in rows], np.int64),
        center=np.column_stack([place[:, :2], np.full(len(rows), 0.75)]),
        quat_wxyz=quat_from_yaw(place[:, 2]).reshape(-1, 4),
        size_lwh=np.tile([4.5, 2.0, 1.5], (len(rows), 1)),
        track_id=np.array([track for _, track in rows], np.int64),
        velocity=np.zeros((len(rows), 3)),
    )
    return AutoLabels(
        cuboids, tracks_of(cuboids), frames(n_frames), default_taxonomy(), commit=commit
    )


def tracks_of(cuboids: Cuboids) -> Tracks:
    ids = np.unique(cuboids.track_id)
    mine = [cuboids.select(cuboids.track_id == track) for track in ids]
    n = len(ids)
    return Tracks(
        track_id=ids,
        category=np.array([part.category[0] for part in mine], np.int16),
        score=np.full(n, 0.5, np.float32),
        first_frame=np.array([part.frame_idx.min() for part in mine], np.int32),
        last_frame=np.array([part.frame_idx.max() for part in mine], np.int32),
        n_observed=np.array([len(part) for part in mine], np.int32),
        size_lwh=np.array([part.size_lwh[0] for part in mine], np.float32).reshape(-1, 3),
        is_static=np.zeros(n, np.bool_),
    )


def drive_by(x0: float, y: float, span: Iterable[int], step: float = 1.0):
    return {frame: (x0 + step * frame, y, 0.0) for frame in span}


def two_cars(commit: int = 1) -> AutoLabels:
    """Car 3 drives at y = 0 in frames 0 to 19; car 5 at y = 10 in frames 5 to 14."""
    return labels({3: drive_by(0, 0, range(20)), 5: drive_by(0, 10, range(5, 15))}, commit=commit)


class Person:
    """Edits labels and sees at once what becomes of them."""

    def __init__(self, auto: AutoLabels, author: str = "ann", edits: Iterable[Edit] = ()) -> None:
        self.auto, self.author, self.edits = auto, author, list(edits)
        self._resolver = Resolver(auto)

    @property
    def sees(self) -> Resolved:
        if self._resolver.labels is not self.auto:
            self._resolver = Resolver(self.auto)
        return self._resolver(self.edits)

    def does(self, draft: Draft, author: str = "") -> Edit:
        n = len(self.edits)
        edit = Edit(
            edit_id=f"sitting:{n}",
            name=draft.name,
            author=author or self.author,
            time_ns=T0 + n,
            base=self.auto.commit,
            change=draft.change,
            origin_m=self.auto.origin_m,
        )
        self.edits.append(edit)
        return edit

    def row(self, track_id: int, frame: int) -> int:
        seen = self.sees.cuboids
        (row,) = np.flatnonzero((seen.track_id == track_id) & (seen.frame_idx == frame))
        return int(row)


def place(seen: Resolved, track_id: int, frame: int) -> np.ndarray:
    cuboids = seen.cuboids
    (row,) = np.flatnonzero((cuboids.track_id == track_id) & (cuboids.frame_idx == frame))
    return cuboids.center[row]


def renumbered(auto: AutoLabels, by: dict[int, int], commit: int) -> AutoLabels:
    """The same labels from another run, their tracks called otherwise."""
    ids = np.array([by[int(track)] for track in auto.cuboids.track_id], np.int64)
    cuboids = replace(auto.cuboids, track_id=ids)
    return replace(auto, cuboids=cuboids, tracks=tracks_of(cuboids), commit=commit)
