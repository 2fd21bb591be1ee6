"""Automatic boxes and people's boxes put together as one set of labels."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.tracks import Tracks
from avlabel.edits.labels import AutoLabels
from avlabel.edits.path import NO_ROW, ObjectPath, lay_path
from avlabel.edits.track_facts import retrack
from avlabel.edits.wishes import Wish

HUMAN_TRACKS = 1_000_000
"""Tracks that people made have ids from here on, derived from their keys."""
MAX_STEP_NS = 1_000_000_000
"""Speeds are taken between boxes at most this far apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """Labels, and whose they are.

    Attributes:
        cuboids: N boxes.
        tracks: of them.
        auto_row: (N,) int64 row of each automatic box, -1 for others.
        track_of_key: track id of each object that has boxes.
        category: class of each object that was touched, by key.
    """

    cuboids: Cuboids
    tracks: Tracks
    auto_row: Int64
    track_of_key: Mapping[str, int]
    category: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """One object's boxes.

    Attributes:
        wish: what people want of it.
        made_from: what the boxes depend on, to be compared.
        path: where it is.
        boxes: the same as cuboids, still without their track's id.
    """

    wish: Wish
    made_from: tuple[object, ...]
    path: ObjectPath
    boxes: Cuboids


def assemble(
    wishes: Sequence[Wish],
    rows: Sequence[Mapping[int, int]],
    removed: list[int],
    labels: AutoLabels,
    known: dict[str, Laid],
) -> Assembled:
    """Lay the path of every touched object; everything else stays as it is.

    Args:
        wishes: what people want of each object.
        rows: its automatic boxes by frame.
        removed: rows of automatic boxes that were deleted.
        labels: the automatic labels.
        known: paths laid before on these labels, by key; brought up to date.
    """
    objects = [
        _lay(wish, mine, labels, known)
        for wish, mine in zip(wishes, rows, strict=True)
        if _is_touched(wish) and (mine or wish.keyframes)
    ]
    track_id = _track_ids(objects, removed, labels)
    cuboids, auto_row = _cuboids(objects, track_id, removed, labels)
    touched = {o.wish.key: i for o, i in zip(objects, track_id, strict=True)}
    untouched = {
        wish.key: int(labels.cuboids.track_id[next(iter(mine.values()))])
        for wish, mine in zip(wishes, rows, strict=True)
        if mine and wish.key not in touched
    }
    return Assembled(
        cuboids=cuboids,
        tracks=retrack(cuboids, auto_row, labels),
        auto_row=auto_row,
        track_of_key=untouched | touched,
        category={o.wish.key: int(o.boxes.category[0]) for o in objects if len(o.boxes)},
    )


def _lay(wish: Wish, rows: Mapping[int, int], labels: AutoLabels, known: dict[str, Laid]) -> Laid:
    keyframes = sorted((f, k.edit.edit_id, k.box.track) for f, k in wish.keyframes.items())
    made_from = (
        wish.category,
        tuple(keyframes),
        tuple(sorted(wish.removals)),
        tuple(sorted(rows.items())),
    )
    earlier = known.get(wish.key)
    if earlier is not None and earlier.made_from == made_from:
        return replace(earlier, wish=wish)
    path = lay_path(wish, rows, labels)
    boxes = _boxes(path, class_of(wish, rows, labels), labels)
    known[wish.key] = Laid(wish, made_from, path, boxes)
    return known[wish.key]


def class_of(wish: Wish, rows: Mapping[int, int], labels: AutoLabels) -> int:
    """What a person called it, else what the labels do, else what its last keyframe says."""
    leaves = labels.taxonomy.leaves
    if wish.category in leaves:
        return leaves.index(wish.category)
    if rows:
        codes = labels.cuboids.category[list(rows.values())].astype(np.int64)
        return int(np.argmax(np.bincount(codes)))
    latest = max(wish.keyframes.values(), key=lambda k: (k.edit.order, k.box.frame_idx))
    if latest.box.category in leaves:
        return leaves.index(latest.box.category)
    return leaves.index("unknown") if "unknown" in leaves else 0


def _is_touched(wish: Wish) -> bool:
    return bool(wish.keyframes or wish.linked or wish.category)


def _track_ids(objects: Sequence[Laid], removed: list[int], labels: AutoLabels) -> list[int]:
    """An object goes by the automatic track it mostly is, if nothing else goes by it."""
    auto = labels.cuboids.track_id
    untouched = np.ones(len(auto), np.bool_)
    untouched[removed] = False
    for one in objects:
        untouched[one.path.row[one.path.row != NO_ROW]] = False
    taken = set(auto[untouched].tolist())
    never = set(auto.tolist())
    ids = []
    for one in objects:
        choice = next((t for t in _own_tracks(one, labels) if t not in taken), None)
        if choice is None:
            choice = HUMAN_TRACKS + zlib.crc32(one.wish.key.encode()) % HUMAN_TRACKS
            while choice in taken or choice in never:
                choice += 1
        taken.add(choice)
        ids.append(choice)
    return ids


def _own_tracks(one: Laid, labels: AutoLabels) -> list[int]:
    """Tracks that an object's automatic boxes had: its own first, then the one of most boxes."""
    rows = one.path.row[one.path.row != NO_ROW]
    tracks, counts = np.unique(labels.cuboids.track_id[rows], return_counts=True)
    by_count = tracks[np.argsort(-counts, kind="stable")].tolist()
    return sorted(
        (int(track) for track in by_count if track >= 0),
        key=lambda track: one.wish.key != f"{labels.commit}:{track}",
    )


def _cuboids(
    objects: Sequence[Laid], track_id: Sequence[int], removed: list[int], labels: AutoLabels
) -> tuple[Cuboids, Int64]:
    auto = labels.cuboids
    keep = np.ones(len(auto), np.bool_)
    keep[removed] = False
    if not objects:
        return auto.select(keep) if removed else auto, np.flatnonzero(keep)
    lengths = [len(one.boxes) for one in objects]
    ids = np.repeat(np.array(track_id, np.int64), lengths)
    boxes = replace(Cuboids.concatenate([one.boxes for one in objects]), track_id=ids)
    row = np.concatenate([one.path.row for one in objects])
    joined = Cuboids.concatenate([auto, boxes])
    # A box that replaces an automatic one takes its place in the order, and its cuboid_id.
    source = np.arange(len(auto))
    source[row[row != NO_ROW]] = len(auto) + np.flatnonzero(row != NO_ROW)
    new = np.flatnonzero(row == NO_ROW)
    new = new[np.lexsort((boxes.track_id[new], boxes.frame_idx[new]))]
    order = np.concatenate([source[keep], len(auto) + new])
    kept = np.flatnonzero(keep)
    first_id = int(auto.cuboid_id.max()) + 1 if len(auto) else 0
    cuboid_id = np.concatenate([auto.cuboid_id[kept], first_id + np.arange(len(new))])
    auto_row = np.concatenate([kept, np.full(len(new), NO_ROW)])
    return replace(joined.select(order), cuboid_id=cuboid_id.astype(np.int64)), auto_row


def _boxes(path: ObjectPath, category: int, labels: AutoLabels) -> Cuboids:
    """The boxes of an object; what the labels had and nobody moved keeps its facts."""
    auto = labels.cuboids
    has = path.row != NO_ROW
    row = path.row[has]
    source = np.where(path.human, Source.HUMAN, Source.INTERPOLATED)
    source[has & ~path.moved] = auto.source[path.row[has & ~path.moved]]
    is_keyframe, score = path.human.copy(), np.ones(len(path))
    is_keyframe[has & ~path.moved] = auto.is_keyframe[path.row[has & ~path.moved]]
    score[has] = auto.score[row]
    score[path.human] = 1.0
    num_points = np.full(len(path), -1)
    num_points[has & ~path.moved] = auto.num_points[path.row[has & ~path.moved]]
    velocity = _velocity(path)
    known = np.isfinite(auto.velocity[row]).all(axis=1)
    velocity[np.flatnonzero(has)[known]] = auto.velocity[row[known]]
    return Cuboids.build(
        "world",
        frame_idx=path.frame_idx,
        timestamp_ns=path.timestamp_ns,
        category=np.full(len(path), category),
        center=path.center,
        quat_wxyz=path.quat_wxyz,
        size_lwh=path.size_lwh,
        velocity=velocity,
        score=score,
        num_points=num_points,
        source=source,
        is_keyframe=is_keyframe,
    )


def _velocity(path: ObjectPath) -> Float64:
    """(F, 3) metres a second from the boxes before and after; NaN where none is near."""
    n = len(path)
    before, after = np.clip(np.arange(n) - 1, 0, None), np.clip(np.arange(n) + 1, None, n - 1)
    step_ns = path.timestamp_ns[after] - path.timestamp_ns[before]
    near: BoolArray = (step_ns > 0) & (step_ns <= 2 * MAX_STEP_NS)
    velocity = np.full((n, 3), np.nan)
    way = path.center[after[near]] - path.center[before[near]]
    velocity[near] = way / (step_ns[near, None] * 1e-9)
    return velocity
