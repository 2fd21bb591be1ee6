"""Which boxes and tracks of a scene incoming labels are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from avlabel.core.cuboids import NO_TRACK, Source
from avlabel.core.se3 import yaw_from_quat
from avlabel.edits.affinity import DEFAULTS, affinity, assign
from avlabel.edits.model import Edit, PutBoxes, new_key
from avlabel.edits.resolved import Resolved
from avlabel.exchange.incoming import Incoming

IMPORT_AUTHOR = "import:"
"""How the authors of imports begin."""
NO_BOX = -1


@dataclass(frozen=True, slots=True, eq=False)
class MatchedObject:
    """Boxes of the file that are, or become, one track of the scene.

    Attributes:
        name: in the file; "" where the file has no objects over time.
        key: of the track, as edits call it.
        rows: of the incoming boxes, by frame.
        old: row of the scene's box that each replaces, ``NO_BOX`` for none.
    """

    name: str
    key: str
    rows: list[int]
    old: list[int]


def box_pairs(seen: Resolved, labels: Incoming, leaves: Sequence[str]) -> dict[int, int]:
    """Row of the scene's box that each incoming box fits, one to one in each frame."""
    taxonomy, cuboids = seen.labels.taxonomy, seen.cuboids
    coarse = taxonomy.coarse(np.array([taxonomy.code(leaf) for leaf in leaves], np.int64))
    yaw = yaw_from_quat(labels.quat_wxyz)
    bev = np.column_stack([labels.center[:, :2], labels.size_lwh[:, :2], yaw])
    pairs: dict[int, int] = {}
    for frame_idx in np.unique(labels.frame_idx):
        mine = np.flatnonzero(labels.frame_idx == frame_idx)
        theirs = np.flatnonzero(cuboids.frame_idx == frame_idx)
        there = cuboids.select(theirs)
        score = affinity(
            (bev[mine], labels.center[mine, 2], coarse[mine]),
            (there.bev, there.center[:, 2], taxonomy.coarse(there.category)),
        )
        pairs |= {int(mine[i]): int(theirs[j]) for i, j in assign(score)}
    return pairs


def match_objects(
    seen: Resolved, labels: Incoming, pairs: Mapping[int, int]
) -> list[MatchedObject]:
    """Each object of the file with the track that most of its boxes fit, or a new one."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row in np.argsort(labels.frame_idx, kind="stable").tolist():
        rows_of[labels.object_id[row]].append(row)
    track_of = _tracks(seen, rows_of, pairs)
    slots = zip(seen.cuboids.track_id.tolist(), seen.cuboids.frame_idx.tolist(), strict=True)
    row_at = {slot: row for row, slot in enumerate(slots)}
    objects = []
    for name, rows in rows_of.items():
        track = track_of.get(name)
        if track is None:
            objects.append(MatchedObject(name, new_key(), rows, [NO_BOX] * len(rows)))
            continue
        old = [row_at.get((track, int(labels.frame_idx[row])), NO_BOX) for row in rows]
        objects.append(MatchedObject(name, seen.key_of(track), rows, old))
    return objects


def match_single_boxes(
    seen: Resolved, labels: Incoming, pairs: Mapping[int, int]
) -> list[MatchedObject]:
    """For files without objects over time: boxes that fit a track are its, others are new ones."""
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, old in sorted(pairs.items()):
        rows_of[int(seen.cuboids.track_id[old])].append(row)
    alone = rows_of.pop(NO_TRACK, [])
    known = [
        MatchedObject("", seen.key_of(track), rows, [pairs[row] for row in rows])
        for track, rows in rows_of.items()
    ]
    alone += [row for row in range(len(labels)) if row not in pairs]
    return known + [MatchedObject("", new_key(), [row], [NO_BOX]) for row in alone]


def boxes_of_people(seen: Resolved, edits: Iterable[Edit]) -> set[int]:
    """Rows of the scene's boxes that a person set, and no import."""
    author: dict[tuple[str, int], str] = {}
    for edit in edits:
        if isinstance(edit.change, PutBoxes):
            author |= {box.slot: edit.author for box in edit.change.after}
    cuboids = seen.cuboids
    rows = np.flatnonzero((cuboids.source == Source.HUMAN) & (cuboids.track_id >= 0)).tolist()
    slots = {r: (seen.key_of(int(cuboids.track_id[r])), int(cuboids.frame_idx[r])) for r in rows}
    return {r for r in rows if not author.get(slots[r], "").startswith(IMPORT_AUTHOR)}


def _tracks(
    seen: Resolved, rows_of: Mapping[str, list[int]], pairs: Mapping[int, int]
) -> dict[str, int]:
    """The track that each object is, one to one by the greatest number of boxes that fit."""
    counts = Counter(
        (name, int(seen.cuboids.track_id[pairs[row]]))
        for name, rows in rows_of.items()
        for row in rows
        if row in pairs and seen.cuboids.track_id[pairs[row]] != NO_TRACK
    )
    names = list(dict.fromkeys(name for name, _ in counts))
    tracks = list(dict.fromkeys(track for _, track in counts))
    lengths = Counter(seen.cuboids.track_id.tolist())
    agree = np.zeros((len(names), len(tracks)))
    for (name, track), count in counts.items():
        share = count / min(len(rows_of[name]), lengths[track])
        if share >= DEFAULTS.track_share:
            agree[names.index(name), tracks.index(track)] = count
    found = zip(*linear_sum_assignment(-agree), strict=True)
    return {names[i]: tracks[j] for i, j in found if agree[i, j] > 0}
