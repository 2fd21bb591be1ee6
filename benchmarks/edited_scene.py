"""A scene of cars that drive side by side, and people who move their boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.edits import compose
from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import Draft, Edit
from avlabel.edits.resolve import Resolver
from avlabel.edits.resolved import Resolved

FRAMES, TRACKS, PERIOD_NS = 200, 60, 100_000_000
SCOPES = ("frame", "between", "onward", "track")


def made_labels() -> AutoLabels:
    """Cars that drive side by side, each in every frame."""
    frame = np.repeat(np.arange(FRAMES), TRACKS)
    track = np.tile(np.arange(TRACKS), FRAMES)
    n = len(frame)
    yaw = 0.01 * frame
    cuboids = Cuboids.build(
        "world",
        frame_idx=frame,
        timestamp_ns=frame * PERIOD_NS,
        category=np.zeros(n, np.int64),
        center=np.column_stack([0.8 * frame, 6.0 * track, np.zeros(n)]),
        quat_wxyz=quat_from_yaw(yaw),
        size_lwh=np.tile([4.5, 1.9, 1.6], (n, 1)),
        track_id=track,
        velocity=np.zeros((n, 3)),
    )
    tracks = Tracks(
        track_id=np.arange(TRACKS),
        category=np.zeros(TRACKS, np.int16),
        score=np.ones(TRACKS, np.float32),
        first_frame=np.zeros(TRACKS, np.int32),
        last_frame=np.full(TRACKS, FRAMES - 1, np.int32),
        n_observed=np.full(TRACKS, FRAMES, np.int32),
        size_lwh=np.tile(np.float32([4.5, 1.9, 1.6]), (TRACKS, 1)),
        is_static=np.zeros(TRACKS, np.bool_),
    )
    pose = SE3.from_yaw(np.zeros(FRAMES), np.zeros((FRAMES, 3)))
    frames = Frames(np.arange(FRAMES, dtype=np.int32), PERIOD_NS * np.arange(FRAMES), pose)
    return AutoLabels(cuboids, tracks, frames, default_taxonomy(), commit=1)


def crowded(labels: AutoLabels) -> AutoLabels:
    """The same as people who walk about each other on a square of 25 m."""
    random, n = np.random.default_rng(0), len(labels.cuboids)
    steps = random.normal(0, 0.15, (FRAMES, TRACKS, 2))
    way = np.cumsum(steps, axis=0) + random.uniform(0, 25, (TRACKS, 2))
    center = np.column_stack([way.reshape(-1, 2), np.full(n, 0.9)])
    size = np.tile(np.float32([0.7, 0.6, 1.8]), (n, 1))
    return replace(labels, cuboids=replace(labels.cuboids, center=center, size_lwh=size))


def renumbered(labels: AutoLabels) -> AutoLabels:
    """The same from another run: other ids, places a little off."""
    cuboids = labels.cuboids
    off = np.random.default_rng(1).normal(0, 0.1, cuboids.center.shape)
    ids = TRACKS - 1 - cuboids.track_id
    moved = replace(cuboids, track_id=ids, center=cuboids.center + off)
    return replace(labels, cuboids=moved, commit=2)


def some_edits(labels: AutoLabels, n: int) -> list[Edit]:
    """Boxes moved a little, all over the scene, with every scope."""
    random, resolver = np.random.default_rng(0), Resolver(labels)
    seen, edits = resolver([]), []
    for i in range(n):
        if i % 10 == 0:
            seen = resolver(edits)
        row = int(random.integers(len(labels.cuboids)))
        edits.append(signed(moved(seen, row, random, SCOPES[i % 4]), i))
    return edits


def moved(seen: Resolved, row: int, random: np.random.Generator, scope: str) -> Draft:
    center = seen.cuboids.center[row] + random.normal(0, 0.2, 3)
    return compose.set_box(seen, row, center=center, scope=scope)  # type: ignore[arg-type]


def signed(draft: Draft, i: int, commit: int = 1) -> Edit:
    return Edit(f"sitting:{i}", draft.name, "ann", i, commit, draft.change)
