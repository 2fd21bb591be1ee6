"""What did not fit: conflicts between edits and labels that they were not made on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.affinity import bev_of
from avlabel.edits.assemble import Assembled
from avlabel.edits.conflicts import Conflict, Rule
from avlabel.edits.found import Found
from avlabel.edits.index import NONE, AutoIndex
from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import NO_AUTO
from avlabel.edits.notes import Pinned
from avlabel.edits.wishes import Keyframe, Wish
from avlabel.geometry.iou import bev_iou_of_pairs

SAME_IOU = 0.7
"""An accepted box that new labels have moved further than this must be seen again."""


def complaints(
    wishes: Sequence[Wish], found: Sequence[Found], made: Assembled, index: AutoIndex
) -> list[Conflict]:
    """Keyframes, links and classes that these labels do not bear out."""
    out: list[Conflict] = []
    labels = index.labels
    for wish, mine in zip(wishes, found, strict=True):
        track = made.track_of_key.get(wish.key, NO_TRACK)
        mine_too = [
            *_unframed(wish, index.frames),
            *_unmatched(wish, mine, labels),
            *_lost(wish, track),
            *_classes(wish, made, labels),
        ]
        out += [replace(conflict, track_id=track) for conflict in mine_too]
    return out


def note_complaints(
    pinned: Iterable[Pinned], made: Assembled, labels: AutoLabels
) -> list[Conflict]:
    """Notes whose track is gone, and accepted boxes that are no longer what was accepted."""
    out: list[Conflict] = []
    for note in pinned:
        frame = -1 if note.target.frame_idx is None else note.target.frame_idx
        place = note.boxes[0].center if note.boxes else None
        if note.target.track and note.track_id == NO_TRACK:
            message = f"'{note.edit.name}' is about a track that these labels lack; it is kept"
            out.append(Conflict.of("no-track", note.edit, message, frame, place))
        elif note.verdict == "accept" and note.edit.base != labels.commit:
            overlap, frame = _least_overlap(note, made)
            if overlap < SAME_IOU:
                message = (
                    f"'{note.edit.name}' accepted boxes that these labels have changed "
                    f"(overlap {overlap:.2f} in frame {frame})"
                )
                conflict = Conflict.of("accepted-changed", note.edit, message, frame, place)
                out.append(replace(conflict, track_id=note.track_id))
    return out


def with_nearest(conflicts: Iterable[Conflict], index: AutoIndex) -> tuple[Conflict, ...]:
    """Conflicts, each with the automatic box nearest to where it is."""
    return tuple(_with_nearest(conflict, index) for conflict in conflicts)


def _unframed(wish: Wish, frames: Set[int]) -> list[Conflict]:
    """Boxes that hold in frames that these labels lack."""
    return [
        Conflict.of(
            "no-frame",
            keyframe.edit,
            f"a box was set in frame {frame}, which these labels lack; it is kept",
            frame,
            keyframe.box.center,
        )
        for frame, keyframe in sorted(wish.keyframes.items())
        if frame not in frames
    ]


def _unmatched(wish: Wish, found: Found, labels: AutoLabels) -> list[Conflict]:
    """Boxes that people moved, of which these labels know nothing; one conflict an edit."""
    lost: dict[str, list[tuple[int, Keyframe]]] = defaultdict(list)
    for frame, keyframe in sorted(wish.keyframes.items()):
        old = keyframe.replaced
        moved_auto = old is not None and old.auto_track != NO_AUTO
        if moved_auto and keyframe.edit.base != labels.commit and frame not in found.rows:
            lost[keyframe.edit.edit_id].append((frame, keyframe))
    out = []
    for boxes in lost.values():
        frame, keyframe = boxes[0]
        what = "a box" if len(boxes) == 1 else f"{len(boxes)} boxes"
        where = "there" if found.rows else "at all"
        kept = "kept" if found.rows else "kept, as a track of its own"
        message = f"'{keyframe.edit.name}' set {what} of an object that these labels do not see "
        message += f"{where}; {kept}"
        out.append(Conflict.of("no-match", keyframe.edit, message, frame, keyframe.box.center))
    return out


def _lost(wish: Wish, track: int) -> list[Conflict]:
    """A class or a link of which nothing is left."""
    if track != NO_TRACK or wish.removals or wish.gone:
        return []
    edit = wish.category_edit or (wish.first if wish.linked else None)
    if edit is None:
        return []
    claim = next(iter(wish.claims.values()), None)
    frame, place = (claim.box.frame_idx, claim.box.as_labelled().center) if claim else (-1, None)
    message = f"'{edit.name}' is about a track that these labels lack; nothing could be changed"
    return [Conflict.of("no-track", edit, message, frame, place)]


def _classes(wish: Wish, made: Assembled, labels: AutoLabels) -> list[Conflict]:
    if wish.key not in made.category:
        return []
    leaves, parent_of = labels.taxonomy.leaves, labels.taxonomy.parent_of
    code = made.category[wish.key]
    named = wish.category_edit
    if wish.category and wish.category not in leaves and named is not None:
        message = f"'{named.name}' says '{wish.category}', which these labels' classes lack; "
        return [Conflict.of("unknown-class", named, message + f"it counts as '{leaves[code]}'")]
    if named is not None:
        return []
    for frame, keyframe in sorted(wish.keyframes.items()):
        said = keyframe.box.category
        known = said in leaves
        if not known or parent_of[leaves.index(said)] != parent_of[code]:
            message = f"'{keyframe.edit.name}' set a box of a '{said}'; its track is now "
            message += f"'{leaves[code]}'"
            rule: Rule = "class-differs" if known else "unknown-class"
            place = keyframe.box.center
            return [Conflict.of(rule, keyframe.edit, message, frame, place)]
    return []


def _least_overlap(note: Pinned, made: Assembled) -> tuple[float, int]:
    """Smallest overlap from above of accepted boxes and today's of the track, and its frame."""
    if not note.boxes:
        return 1.0, -1
    rows = np.flatnonzero(made.cuboids.track_id == note.track_id)
    row_of = dict(zip(made.cuboids.frame_idx[rows].tolist(), rows.tolist(), strict=True))
    here = [i for i, box in enumerate(note.boxes) if box.frame_idx in row_of]
    there = made.cuboids.select(np.array([row_of[note.boxes[i].frame_idx] for i in here], int))
    overlap = np.zeros(len(note.boxes))
    overlap[here] = bev_iou_of_pairs(bev_of(note.boxes)[0][here], there.bev)
    least = int(np.argmin(overlap))
    return float(overlap[least]), note.boxes[least].frame_idx


def _with_nearest(conflict: Conflict, index: AutoIndex) -> Conflict:
    rows = index.by_frame.get(conflict.frame_idx, NONE)
    if conflict.center is None or not len(rows):
        return conflict
    cuboids = index.labels.cuboids
    away = np.linalg.norm(cuboids.center[rows] - np.array(conflict.center), axis=1)
    best = int(np.argmin(away))
    track = int(cuboids.track_id[rows[best]])
    return replace(conflict, nearest_track=track, nearest_m=float(away[best]))
