"""Which labels of a scene are exported, and the points inside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.frames import Frames
from avlabel.core.tracks import Tracks
from avlabel.edits.model import Value
from avlabel.edits.notes import Pinned
from avlabel.errors import ExportError
from avlabel.exchange.account import Account
from avlabel.exchange.classes import LEFT_OUT
from avlabel.exchange.options import ExportOptions
from avlabel.geometry.boxes import count_points
from avlabel.scenes.scene import Scene

Attributes = Mapping[tuple[int, int | None], Mapping[str, Value]]
"""Free attributes by track and frame, None for the whole track."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The labels that go out.

    Attributes:
        cuboids: N boxes in the scene's world, by frame, then track.
        class_names: N names in the format.
        frames: of the scene, those asked for.
        attributes: that people set.
        tracks: of the scene, chosen or not.
    """

    cuboids: Cuboids
    class_names: tuple[str, ...]
    frames: Frames
    attributes: Attributes
    tracks: Tracks


def select(
    scene: Scene, options: ExportOptions, names: Mapping[str, str], account: Account
) -> Selection:
    """Choose labels; what stays behind is entered into the account.

    Args:
        scene: the scene.
        options: the user's wishes.
        names: class names by leaf.
        account: told what is left out.

    Raises:
        ExportError: if no frame is asked for, or automatic labels that somebody accepted.
    """
    if options.accepted and options.labels == "auto":
        raise ExportError("accepted labels are those that people left; expected resolved, got auto")
    frames = _frames(scene, options)
    seen = scene.resolved() if options.labels == "resolved" else None
    cuboids = seen.cuboids if seen else scene.cuboids()
    leaf_names = [names[leaf] for leaf in scene.taxonomy.leaves]
    verdict = verdicts(cuboids, seen.decisions if seen else ())
    chosen = np.ones(len(cuboids), np.bool_)
    for why, refused in _refusals(cuboids, verdict, leaf_names, frames, options).items():
        account.drop(why, cuboids.select(refused & chosen))
        chosen &= ~refused
    kept = cuboids.select(chosen)
    kept = kept.select(np.lexsort((kept.cuboid_id, kept.track_id, kept.frame_idx)))
    kept = counted(kept, scene, frames, account)
    few = (kept.num_points >= 0) & (kept.num_points < options.min_points)
    account.drop(f"fewer than {options.min_points} points", kept.select(few))
    kept = kept.select(~few)
    return Selection(
        kept,
        tuple(leaf_names[code] for code in kept.category),
        frames,
        {(n.track_id, n.frame_idx): n.values for n in (seen.attributes if seen else ())},
        seen.tracks if seen else scene.tracks(),
    )


def _refusals(
    cuboids: Cuboids,
    verdict: np.ndarray,
    leaf_names: Sequence[str],
    frames: Frames,
    options: ExportOptions,
) -> dict[str, BoolArray]:
    """Which of N boxes each reason leaves out; of several the first is told."""
    left_out = np.array([name == LEFT_OUT for name in leaf_names], np.bool_)
    return {
        "outside the frames asked for": ~np.isin(cuboids.frame_idx, frames.frame_idx),
        "rejected by a person": verdict == "reject",
        "not accepted by a person": (verdict != "accept") & options.accepted,
        f"score below {options.min_score:g}": cuboids.score < options.min_score,
        "class left out": left_out[cuboids.category],
    }


def verdicts(cuboids: Cuboids, decisions: Iterable[Pinned]) -> np.ndarray:
    """(N,) ``accept``, ``reject``, ``flag`` or "": the most particular verdict on each box.

    A box goes before its track, that before its frame, that before the scene.
    """
    verdict = np.full(len(cuboids), "", "<U8")
    weight = np.full(len(cuboids), -1, np.int64)
    for note in decisions:
        if note.target.track and note.track_id == NO_TRACK:
            continue
        here = np.ones(len(cuboids), np.bool_)
        if note.target.track:
            here &= cuboids.track_id == note.track_id
        if note.frame_idx is not None:
            here &= cuboids.frame_idx == note.frame_idx
        rank = 2 * bool(note.target.track) + (note.frame_idx is not None)
        here &= weight <= rank
        verdict[here], weight[here] = note.verdict, rank
    return verdict


def counted(cuboids: Cuboids, scene: Scene, frames: Frames, account: Account) -> Cuboids:
    """The same boxes with their points counted in the main LiDAR's sweep where they were not."""
    unknown = cuboids.num_points < 0
    if not unknown.any():
        return cuboids
    if not scene.lidars:
        account.note("the scene has no sweeps: points inside boxes are not counted (-1)")
        return cuboids
    num_points = cuboids.num_points.copy()
    for frame_idx in np.unique(cuboids.frame_idx[unknown]):
        rows = np.flatnonzero(unknown & (cuboids.frame_idx == frame_idx))
        pose = frames.world_from_ego[int(frames.positions(np.array([frame_idx]))[0])]
        boxes_ego = cuboids.select(rows).moved(pose.inverse(), "ego")
        num_points[rows] = count_points(scene.sweep(int(frame_idx)).points_ego, boxes_ego)
    return replace(cuboids, num_points=num_points)


def _frames(scene: Scene, options: ExportOptions) -> Frames:
    all_frames = scene.frames
    keep = np.ones(len(all_frames), np.bool_)
    if options.first is not None:
        keep &= all_frames.frame_idx >= options.first
    if options.last is not None:
        keep &= all_frames.frame_idx < options.last
    if not keep.any():
        known = f"{all_frames.frame_idx[0]} to {all_frames.frame_idx[-1]}"
        raise ExportError(f"{scene.path}: none of the frames asked for; the scene has {known}")
    return Frames(
        all_frames.frame_idx[keep], all_frames.ref_ns[keep], all_frames.world_from_ego[keep]
    )
