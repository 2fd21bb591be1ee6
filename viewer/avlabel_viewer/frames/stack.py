"""Several sweeps as one cloud: on the street without what moves, or on one object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.se3 import SE3, matrix_from_quat
from avlabel.core.tracks import Tracks
from avlabel.scenes.scene import Scene
from avlabel.stages.detection.detect import DetectConfig
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.inside import NO_BOX, box_of_points
from avlabel_viewer.frames.pile import Pile

ALL_SWEEPS = 0

BUDGET = 400_000
"""Points that are drawn fluently."""

MOVING_MARGIN_M = 0.25
"""Points so little outside the box of what moves are taken for its own; boxes are never exact."""

OBJECT_MARGIN_M = 0.5
"""Points so little outside the object's box are shown with it: they tell how well it fits."""

VEHICLE_HEIGHT_M = 3.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class StackWish:
    """What sweeps are laid together.

    Attributes:
        frame_idx: the current frame; its points are all there, whatever they are on.
        n_sweeps: number of sweeps, the nearest in time; ``ALL_SWEEPS`` for the whole scene.
        track_id: the object that points are moved with; ``NO_TRACK`` leaves them on the street.
        focus: world metres, where detail matters; None for the vehicle.
        budget: most points; but the current frame's are never thinned, and those of the other
            sweeps to no less than a quarter of it.
    """

    frame_idx: int
    n_sweeps: int
    track_id: int = NO_TRACK
    focus: tuple[float, float, float] | None = None
    budget: int = BUDGET


def accumulate(
    cache: FrameCache,
    scene: Scene,
    wish: StackWish,
    cuboids: Cuboids,
    tracks: Tracks,
    *,
    progress: Progress = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> FrameData | None:
    """Lay sweeps together, as one frame without images.

    On the street, points of tracks that move, and of the recording vehicle itself, are left out
    of all other sweeps, so that nothing smears. With an object, only points in or next to its box
    are taken from the others; they are moved from the box of their frame to the box of the
    current one, and where that has no box, there are none. Times are from the current frame's
    reference.

    Args:
        cache: gives the points; those that are not there are read in this thread.
        scene: whose frames they are.
        wish: what is laid together.
        cuboids: all boxes of the scene, world.
        tracks: their tracks, which say what moves.
        progress: called with sweeps done and sweeps in all.
        cancelled: asked before each sweep.

    Returns:
        The points, the current frame's first; None if cancelled.

    Raises:
        ValueError: if the scene has no such frame.
        SceneError: if the cache is closed meanwhile.
    """
    current = cache.points(wish.frame_idx)
    boxes = boxes_that_matter(scene, wish, cuboids, tracks)
    others = _others(scene, wish, boxes)
    pile = Pile(_focus(scene, wish), max(wish.budget - len(current), wish.budget // 4))
    progress(1, len(others) + 1)
    for k, frame_idx in enumerate(others):
        if cancelled():
            return None
        part = _part(cache.points(frame_idx), scene, wish, boxes)
        pile.add(_timed_from(part, scene, wish.frame_idx))
        progress(k + 2, len(others) + 1)
    return FrameData.joined(wish.frame_idx, [current, *pile.parts()])


def boxes_that_matter(scene: Scene, wish: StackWish, cuboids: Cuboids, tracks: Tracks) -> Cuboids:
    """Those of all boxes on which the result depends: edits of others change nothing.

    On the street, boxes of what moves in the other frames; with an object, its own.
    """
    frames = frames_around(scene.frames.frame_idx.tolist(), wish.frame_idx, wish.n_sweeps)
    if wish.track_id != NO_TRACK:
        is_of_it = cuboids.track_id == wish.track_id
    else:
        is_of_it = np.isin(cuboids.track_id, tracks.track_id[~tracks.is_static])
        is_of_it &= cuboids.frame_idx != wish.frame_idx
    return cuboids.select(is_of_it & np.isin(cuboids.frame_idx, frames))


def _others(scene: Scene, wish: StackWish, boxes: Cuboids) -> list[int]:
    """Frames whose sweeps are laid to the current one; with an object, those that have its box."""
    others = frames_around(scene.frames.frame_idx.tolist(), wish.frame_idx, wish.n_sweeps)[1:]
    if wish.track_id == NO_TRACK:
        return others
    seen = set(boxes.frame_idx.tolist())
    return [one for one in others if one in seen] if wish.frame_idx in seen else []


def frames_around(numbers: Sequence[int], frame_idx: int, n_frames: int) -> list[int]:
    """The frame itself and those nearest to it, nearest first, earlier before later.

    Args:
        numbers: all frames of the scene, ascending.
        frame_idx: one of them.
        n_frames: how many, with itself; ``ALL_SWEEPS`` for all.
    """
    here = numbers.index(frame_idx)
    rows = sorted(range(len(numbers)), key=lambda row: (abs(row - here), row))
    return [numbers[row] for row in rows[: n_frames or None]]


def _part(data: FrameData, scene: Scene, wish: StackWish, boxes: Cuboids) -> FrameData:
    """What one of the other sweeps contributes."""
    then = boxes.select(boxes.frame_idx == data.frame_idx)
    if wish.track_id == NO_TRACK:
        out = Cuboids.concatenate([then, _vehicle(scene, data.frame_idx)])
        return data.select(box_of_points(data.points, out, MOVING_MARGIN_M) == NO_BOX)
    now = boxes.select(boxes.frame_idx == wish.frame_idx)
    near = data.select(box_of_points(data.points, then, OBJECT_MARGIN_M) != NO_BOX)
    now_from_then = _pose(now) @ _pose(then).inverse()
    moved = now_from_then.apply(near.points.astype(np.float64))
    return replace(near, points=moved.astype(np.float32))


def _vehicle(scene: Scene, frame_idx: int) -> Cuboids:
    """The recording vehicle itself, which sees parts of its own roof and bonnet."""
    x0, x1, y0, y1 = DetectConfig().ego_box_m
    row = scene.frames.positions(np.array([frame_idx]))
    box = Cuboids.build(
        "ego",
        frame_idx=np.array([frame_idx]),
        timestamp_ns=scene.frames.ref_ns[row],
        category=np.zeros(1, np.int16),
        center=np.array([[(x0 + x1) / 2, (y0 + y1) / 2, VEHICLE_HEIGHT_M / 2]]),
        quat_wxyz=np.array([[1.0, 0.0, 0.0, 0.0]]),
        size_lwh=np.array([[x1 - x0, y1 - y0, VEHICLE_HEIGHT_M]]),
    )
    return box.moved(scene.frames.world_from_ego[row], "world")


def _pose(cuboids: Cuboids) -> SE3:
    """``world_from_box`` of the first row."""
    return SE3(matrix_from_quat(cuboids.quat_wxyz[0]), cuboids.center[0])


def _timed_from(data: FrameData, scene: Scene, frame_idx: int) -> FrameData:
    rows = scene.frames.positions(np.array([frame_idx, data.frame_idx]))
    here_ns, there_ns = scene.frames.ref_ns[rows].tolist()
    return replace(data, time_s=data.time_s + np.float32((there_ns - here_ns) * 1e-9))


def _focus(scene: Scene, wish: StackWish) -> Float64:
    if wish.focus is not None:
        return np.array(wish.focus)
    row = scene.frames.positions(np.array([wish.frame_idx]))[0]
    return np.asarray(scene.frames.world_from_ego.translation[row])
