"""Lint rules over labels: what a person should look at, each with a stable id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.findings import NOWHERE, Finding, Severity
from avlabel.core.options import option
from avlabel.core.se3 import wrap_angle
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.geometry.iou import bev_iou


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """Limits of the lint rules."""

    disabled: tuple[str, ...] = option((), "ids of rules that are not run")
    max_size_sigma: float = option(4.0, "a size this many deviations off its class is odd")
    speed_tolerance: float = option(1.1, "a speed this many times its class's top is odd")
    max_acceleration_mps2: float = option(12.0, "harder braking than tyres allow is odd")
    crab_speed_mps: float = option(3.0, "from this speed on a box must face its motion")
    crab_angle_rad: float = option(0.6, "by at most this angle")
    max_overlap: float = option(0.1, "BEV IoU above which two boxes of a frame collide")
    max_size_change_m: float = option(0.05, "a track's boxes differ by no more than this")


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What the rules look at.

    Attributes:
        cuboids: N boxes, world frame.
        tracks: their tracks.
        taxonomy: of the categories.
        config: limits.
        before: (M,) int64 rows whose track has a later box.
        after: (M,) int64 the next box of the same track.
    """

    cuboids: Cuboids
    tracks: Tracks
    taxonomy: Taxonomy
    config: CheckConfig
    before: Int64
    after: Int64

    @property
    def step_s(self) -> Float64:
        """(M,) seconds from ``before`` to ``after``, at least a millisecond."""
        t = self.cuboids.timestamp_ns
        return np.asarray(np.maximum((t[self.after] - t[self.before]) * 1e-9, 1e-3))

    @property
    def step_velocity(self) -> Float64:
        """(M, 2) metres a second over ground from ``before`` to ``after``."""
        xy = self.cuboids.center[:, :2]
        return np.asarray((xy[self.after] - xy[self.before]) / self.step_s[:, None])


Hits = Iterator[tuple[int, str]]
"""Row of the box concerned, and the reason."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a stable id, how bad a hit is, what it means, and the function that looks."""

    id: str
    severity: Severity
    description: str
    look: Callable[[Labels], Hits]


RULES: dict[str, Rule] = {}
"""All rules by id, in the order in which they run."""


def rule(
    id: str,  # noqa: A002
    severity: Severity,
    description: str,
) -> Callable[[Callable[[Labels], Hits]], Callable[[Labels], Hits]]:
    """Register a function as a rule."""

    def register(look: Callable[[Labels], Hits]) -> Callable[[Labels], Hits]:
        RULES[id] = Rule(id, severity, description, look)
        return look

    return register


def check(
    cuboids: Cuboids, tracks: Tracks, config: CheckConfig, taxonomy: Taxonomy
) -> list[Finding]:
    """Run every rule that is not disabled.

    Args:
        cuboids: in the world frame.
        tracks: that the cuboids belong to.
        config: limits.
        taxonomy: that the categories index.

    Returns:
        Findings by rule, then by row. A rule says at most one thing of a track, at its first
        box concerned.
    """
    labels = Labels(cuboids, tracks, taxonomy, config, *_steps(cuboids))
    findings = []
    for one in RULES.values():
        if one.id not in config.disabled:
            findings += list(_once_a_track(one, labels))
    return findings


def _once_a_track(one: Rule, labels: Labels) -> Iterator[Finding]:
    hits: dict[int, list[tuple[int, str]]] = {}
    for row, reason in one.look(labels):
        track = int(labels.cuboids.track_id[row])
        hits.setdefault(track if track != NO_TRACK else -2 - row, []).append((row, reason))
    for found in hits.values():
        row, reason = found[0]
        more = f" (and in {len(found) - 1} more)" if len(found) > 1 else ""
        track = int(labels.cuboids.track_id[row])
        yield Finding(
            one.id,
            one.severity,
            reason + more,
            int(labels.cuboids.frame_idx[row]),
            track if track != NO_TRACK else NOWHERE,
        )


def _steps(cuboids: Cuboids) -> tuple[Int64, Int64]:
    order = np.lexsort((cuboids.frame_idx, cuboids.track_id)).astype(np.int64)
    track = cuboids.track_id[order]
    same = (track[1:] == track[:-1]) & (track[1:] != NO_TRACK)
    same &= cuboids.frame_idx[order[1:]] != cuboids.frame_idx[order[:-1]]
    return order[:-1][same], order[1:][same]


@rule("duplicate-id", "error", "a track has two boxes in one frame")
def duplicate_id(labels: Labels) -> Hits:
    """Rows whose track is already in their frame."""
    c = labels.cuboids
    order = np.lexsort((c.track_id, c.frame_idx))
    frame, track = c.frame_idx[order], c.track_id[order]
    again = (frame[1:] == frame[:-1]) & (track[1:] == track[:-1]) & (track[1:] != NO_TRACK)
    for row in order[1:][again]:
        yield int(row), f"track {c.track_id[row]} has more than one box in frame {c.frame_idx[row]}"


@rule("size-out-of-class", "warning", "a size that its class hardly ever has")
def size_out_of_class(labels: Labels) -> Hits:
    """Rows whose size is far from the mean of their class."""
    c, taxonomy = labels.cuboids, labels.taxonomy
    off = (c.size_lwh - taxonomy.size_m[c.category]) / taxonomy.size_std_m[c.category]
    for row in _rows(np.abs(off).max(axis=1) > labels.config.max_size_sigma):
        axis = int(np.abs(off[row]).argmax())
        mean = taxonomy.size_m[c.category[row], axis]
        yield (
            row,
            (
                f"{_leaf(labels, row)}: {('length', 'width', 'height')[axis]} is "
                f"{c.size_lwh[row, axis]:.2f} m; expected about {mean:g} m"
            ),
        )


@rule("size-changes", "warning", "the boxes of one track differ in size")
def size_changes(labels: Labels) -> Hits:
    """Rows whose size differs from the previous box of the track."""
    c = labels.cuboids
    change = np.abs(c.size_lwh[labels.after] - c.size_lwh[labels.before]).max(axis=1)
    for k in _rows(change > labels.config.max_size_change_m):
        yield int(labels.after[k]), f"size changes by {change[k]:.2f} m from one box to the next"


@rule("speed-jump", "warning", "a box is further from the previous one than its class can go")
def speed_jump(labels: Labels) -> Hits:
    """Rows reached faster than the class's top speed."""
    speed = np.hypot(*labels.step_velocity.T)
    top = labels.taxonomy.max_speed_mps[labels.cuboids.category[labels.after]]
    for k in _rows(speed > top * labels.config.speed_tolerance):
        row = int(labels.after[k])
        yield row, f"{_leaf(labels, row)} at {speed[k]:.1f} m/s; expected at most {top[k]:g} m/s"


@rule("acceleration-jump", "warning", "a track's speed changes harder than tyres allow")
def acceleration_jump(labels: Labels) -> Hits:
    """Rows between two steps of very different velocity."""
    after, before, velocity, dt = labels.after, labels.before, labels.step_velocity, labels.step_s
    if len(after) < 2:
        return
    joined = after[:-1] == before[1:]
    change = np.hypot(*(velocity[1:] - velocity[:-1]).T) / ((dt[1:] + dt[:-1]) / 2)
    limit = labels.config.max_acceleration_mps2
    for k in _rows(joined & (change > limit)):
        yield int(before[k + 1]), f"acceleration {change[k]:.1f} m/s2; expected at most {limit:g}"


@rule("heading-flip", "error", "a track turns around from one box to the next")
def heading_flip(labels: Labels) -> Hits:
    """Rows whose heading differs by more than a right angle from the previous box's."""
    yaw = labels.cuboids.yaw
    turn = np.abs(wrap_angle(yaw[labels.after] - yaw[labels.before]))
    for k in _rows((turn > np.pi / 2) & ~_is_round(labels, labels.after)):
        yield int(labels.after[k]), f"heading turns by {np.rad2deg(turn[k]):.0f} degrees at once"


@rule("heading-against-motion", "warning", "a vehicle does not face where it goes")
def heading_against_motion(labels: Labels) -> Hits:
    """Rows that move fast in a direction they do not face."""
    c, config = labels.cuboids, labels.config
    velocity = labels.step_velocity
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    course = np.arctan2(velocity[:, 1], velocity[:, 0])
    crab = np.abs(wrap_angle(course - c.yaw[labels.before]))
    odd = (speed > config.crab_speed_mps) & (crab > config.crab_angle_rad)
    for k in _rows(odd & ~_is_round(labels, labels.before)):
        yield (
            int(labels.before[k]),
            f"faces {np.rad2deg(crab[k]):.0f} degrees off its motion at {speed[k]:.1f} m/s",
        )


@rule("overlap", "warning", "two boxes of one frame are in the same place")
def overlap(labels: Labels) -> Hits:
    """Rows that share ground and height with an earlier row of their frame."""
    c = labels.cuboids
    order = np.argsort(c.frame_idx, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(c.frame_idx[order])) + 1):
        bev, z, half = c.bev[rows], c.center[rows, 2], c.size_lwh[rows, 2] / 2
        apart = np.abs(z[:, None] - z) >= half[:, None] + half
        iou = np.where(apart, 0.0, bev_iou(bev, bev))
        for i, j in zip(*np.nonzero(np.triu(iou > labels.config.max_overlap, 1)), strict=True):
            yield (
                int(rows[j]),
                f"overlaps track {c.track_id[rows[i]]} (BEV IoU {iou[i, j]:.2f})",
            )


def _rows(mask: BoolArray) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)]


def _leaf(labels: Labels, row: int) -> str:
    return labels.taxonomy.leaves[int(labels.cuboids.category[row])]


def _is_round(labels: Labels, rows: Int64) -> BoolArray:
    """Whether the heading of an object means little: pedestrians may turn on the spot."""
    parents = labels.taxonomy.coarse(labels.cuboids.category[rows])
    wheeled = [labels.taxonomy.parents.index(p) for p in ("vehicle", "cyclist")]
    return ~np.isin(parents, wheeled)
