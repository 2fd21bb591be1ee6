"""Faults planted in good labels, one a track, and the rule that is to find each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from avlabel.checks.subject import Subject
from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy

Rng = np.random.Generator
NEW_TRACK = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A track to spoil.

    Attributes:
        c: all labels.
        rows: of the track, by frame.
        at: one of them, for faults of a single box.
        sign: 1 or -1, by chance.
        free: (3,) a place on the road where no label is then; NaN if there is none.
    """

    c: Cuboids
    rows: Int64
    at: int
    sign: float
    free: Float64

    @property
    def later(self) -> Int64:
        """Rows of the track from the chosen one on."""
        frame = self.c.frame_idx
        return self.rows[frame[self.rows] >= frame[self.at]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to spoil a track.

    Attributes:
        name: what is done.
        rule: that finds it.
        fit: (N,) bool: boxes that it can be planted in; a track is taken if it has one.
        plant: spoils one track.
    """

    name: str
    rule: str
    fit: Callable[[Subject], BoolArray]
    plant: Callable[[Case], Cuboids]


def planted(fault: Fault, subject: Subject, share: float, rng: Rng) -> tuple[Cuboids, Int64]:
    """Labels with a fault in a share of the tracks that it fits, and the ids of those tracks."""
    labels, c = subject.cuboids, subject.cuboids
    fits, free = np.flatnonzero(fault.fit(subject)), _free(subject)[0]
    tracks = np.unique(c.track_id[fits])
    tracks = tracks[rng.random(len(tracks)) < share]
    for track in tracks.tolist():
        rows = np.flatnonzero(c.track_id == track)
        rows = rows[np.argsort(c.frame_idx[rows])]
        at = int(rng.choice(fits[c.track_id[fits] == track]))
        case = Case(labels, rows, at, float(rng.choice([-1.0, 1.0])), free[at])
        labels = fault.plant(case)
    return labels, tracks


def _edited(labels: Cuboids, name: str, rows: Int64 | int, value: object) -> Cuboids:
    column = getattr(labels, name).copy()
    column[rows] = value
    return replace(labels, **{name: column})


def _moved(labels: Cuboids, rows: Int64 | int, by: Float64) -> Cuboids:
    return _edited(labels, "center", rows, labels.center[rows] + by)


def _turned(labels: Cuboids, rows: Int64 | int, by_rad: float) -> Cuboids:
    return _edited(labels, "quat_wxyz", rows, quat_from_yaw(labels.yaw[rows] + by_rad))


def _aside(labels: Cuboids, row: int, metres: float) -> Float64:
    yaw = labels.yaw[row]
    return np.array([-np.sin(yaw), np.cos(yaw), 0.0]) * metres


def _resize(labels: Cuboids, rows: Int64 | int, factor: Float64 | float) -> Cuboids:
    return _edited(labels, "size_lwh", rows, labels.size_lwh[rows] * np.float32(factor))


def _copy(labels: Cuboids, rows: Int64, by: Float64) -> Cuboids:
    twin = labels.select(rows)
    twin = replace(twin, center=twin.center + by, track_id=twin.track_id + NEW_TRACK)
    return Cuboids.concatenate([labels, twin])


def _shortened(labels: Cuboids, rows: Int64, metres: float) -> Cuboids:
    """Without a stretch at both ends."""
    size = labels.size_lwh[rows].copy()
    size[:, 0] -= np.float32(2 * metres)
    return _edited(labels, "size_lwh", rows, size)


def _drifting(labels: Cuboids, rows: Int64, metres: float) -> Cuboids:
    way = np.linspace(0.0, metres, len(rows))[:, None] * _aside(labels, int(rows[0]), 1.0)
    return _moved(labels, rows, way)


def _anything(subject: Subject) -> BoolArray:
    """Boxes that are neither the first three nor the last three of their track."""
    inner = np.zeros(len(subject.cuboids), np.bool_)
    place = np.arange(len(subject.order)) - subject.starts[subject.track_of]
    left = subject.ends[subject.track_of] - np.arange(len(subject.order))
    inner[subject.order] = (place > 2) & (left > 2)
    return inner


def _wheeled(subject: Subject) -> BoolArray:
    rows = np.arange(len(subject.cuboids))
    return _anything(subject) & subject.is_a(rows, "vehicle", "cyclist")


def _fast(subject: Subject) -> BoolArray:
    speed = np.zeros(len(subject.cuboids))
    speed[subject.courses.before] = subject.courses.speed
    return _wheeled(subject) & (speed > 4.0)


def _parked(subject: Subject) -> BoolArray:
    """Vehicles whose track stays where it is for five seconds or more."""
    c, strides = subject.cuboids, subject.strides(1.0)
    moves = np.unique(c.track_id[strides.before[strides.speed > 0.2]])
    late = np.unique(c.track_id[subject.strides(5.0).before])
    still = np.isin(c.track_id, late) & ~np.isin(c.track_id, moves)
    return still & subject.is_a(np.arange(len(c)), "vehicle")


def _near(subject: Subject) -> BoolArray:
    return (subject.range_m < 25.0) & (subject.around.solid >= 30)


def _free(subject: Subject) -> tuple[Float64, BoolArray]:
    """(N, 3) a place on our way without a label within 5 m, in the frame of each box, and where."""
    c, n = subject.cuboids, len(subject.cuboids)
    place, free = np.full((n, 3), np.nan), np.zeros(n, np.bool_)
    for ahead_m in (-9.0, 11.0, -14.0, 16.0):
        poses = subject.frames.world_from_ego[subject.position]
        spot = poses.apply(np.tile([ahead_m, 0.0, 0.0], (n, 1)))
        near = np.hypot(*(c.center - spot)[:, :2].T) < 5.0
        new = ~np.isin(c.frame_idx, c.frame_idx[near]) & ~free
        place[new], free = spot[new], free | new
    return place, free


def _room(subject: Subject) -> BoolArray:
    """Vehicles in frames that have such a place."""
    return _wheeled(subject) & subject.around.looked & _free(subject)[1]


def _near_car(subject: Subject) -> BoolArray:
    return _near(subject) & subject.is_a(np.arange(len(subject.cuboids)), "vehicle")


FAULTS = (
    Fault("a box of another class", "class-changes", _wheeled, lambda k: _edited(
        k.c, "category", k.at, default_taxonomy().code("pedestrian"))),
    Fault("a frame left out", "gap", _anything, lambda k: _edited(
        k.c, "track_id", k.at, k.c.track_id[k.at] + NEW_TRACK)),
    Fault("two pieces", "fragmented-track", _anything, lambda k: _edited(
        k.c, "track_id", k.later, k.c.track_id[k.at] + NEW_TRACK)),
    Fault("twice as long", "size-out-of-class", _wheeled, lambda k: _resize(
        k.c, k.rows, np.array([2.0, 1.0, 1.0]))),
    Fault("a box 5 % larger", "size-changes", _wheeled, lambda k: _resize(
        k.c, k.at, 1.05)),
    Fault("a second track 0.2 m aside", "duplicate-box", _wheeled, lambda k: _copy(
        k.c, k.rows, _aside(k.c, k.at, 0.2))),
    Fault("a box turned around", "heading-flip", _wheeled, lambda k: _turned(
        k.c, k.at, np.pi)),
    Fault("a track backwards", "heading-against-motion", _fast, lambda k: _turned(
        k.c, k.rows, np.pi)),
    Fault("a box turned by 20 degrees", "turn-jump", _wheeled, lambda k: _turned(
        k.c, k.at, np.deg2rad(20.0) * k.sign)),
    Fault("a box 0.3 m aside", "acceleration-jump", _anything, lambda k: _moved(
        k.c, k.at, _aside(k.c, k.at, 0.3 * k.sign))),
    Fault("a box 0.5 m aside", "acceleration-jump", _anything, lambda k: _moved(
        k.c, k.at, _aside(k.c, k.at, 0.5 * k.sign))),
    Fault("a box 10 m aside", "speed-jump", _anything, lambda k: _moved(
        k.c, k.at, _aside(k.c, k.at, 10.0 * k.sign))),
    Fault("drifts by 0.8 m", "parked-drifts", _parked, lambda k: _drifting(
        k.c, k.rows, 0.8)),
    Fault("raised by 0.6 m", "floating", _near, lambda k: _moved(
        k.c, k.at, np.array([0.0, 0.0, 0.6]))),
    Fault("lowered by 0.6 m", "sunk", _near, lambda k: _moved(
        k.c, k.at, np.array([0.0, 0.0, -0.6]))),
    Fault("a box where nothing is", "empty", _room, lambda k: _edited(
        k.c, "center", k.at, k.free + np.array([0, 0, k.c.size_lwh[k.at, 2] / 2]))),
    Fault("0.3 m short at both ends", "cut-off", _near_car, lambda k: _shortened(
        k.c, k.rows, 0.3)),
)  # fmt: skip
"""In the order of the rules."""
