"""Compiling what edits need before a person waits for it."""

from __future__ import annotations

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.edits import compose
from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import Box, Draft, Edit
from avlabel.edits.resolve import resolve


def warm() -> None:
    """Move a box, delete a track and draw a new one on made-up labels, and make those again.

    Ten seconds on a machine that has never done it; kernels are cached on disk, so that every
    later run takes half a second.
    """
    labels = _labels(commit=1)
    seen = resolve(labels, [])
    new = [_new_box(frame) for frame in (0, 2)]
    drafts = [
        compose.set_box(seen, 0, center=[0, 1, 0], scope="track"),
        compose.delete_track(seen, 1),
        compose.set_boxes(seen, new),
    ]
    edits = [_signed(i, draft) for i, draft in enumerate(drafts)]
    resolve(labels, edits)
    resolve(_labels(commit=2), edits)


def _signed(i: int, draft: Draft) -> Edit:
    return Edit(f"warm:{i}", draft.name, "nobody", i, 1, draft.change)


def _new_box(frame: int) -> Box:
    place = (0.0, 9.0, 0.0), (1.0, 0.0, 0.0, 0.0), (4.0, 2.0, 1.5)
    return Box("new:" + 16 * "0", frame, 100_000_000 * frame, "car", *place, "human")


def _labels(commit: int) -> AutoLabels:
    """Two cars that overlap, in three frames."""
    frame, track = np.repeat(np.arange(3), 2), np.tile(np.arange(2), 3)
    cuboids = Cuboids.build(
        "world",
        frame_idx=frame,
        timestamp_ns=100_000_000 * frame,
        category=np.zeros(6, np.int64),
        center=np.column_stack([track + 0.1 * commit, np.zeros(6), np.zeros(6)]),
        quat_wxyz=np.tile([1.0, 0, 0, 0], (6, 1)),
        size_lwh=np.tile([4.5, 2.0, 1.5], (6, 1)),
        track_id=track,
    )
    pose = SE3.from_yaw(np.zeros(3), np.zeros((3, 3)))
    frames = Frames(np.arange(3, dtype=np.int32), 100_000_000 * np.arange(3), pose)
    return AutoLabels(cuboids, Tracks.empty(), frames, default_taxonomy(), commit)
