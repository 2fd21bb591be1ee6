"""Labels from elsewhere laid onto a scene as edits, so that whose they are stays known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Int64
from avlabel.core.cuboids import NO_TRACK, Source
from avlabel.edits import compose
from avlabel.edits.model import Box, Draft, Edit, SetValues, Target, Value
from avlabel.edits.resolved import Resolved
from avlabel.exchange.incoming import Incoming
from avlabel.exchange.matching import (
    NO_BOX,
    MatchedObject,
    box_pairs,
    boxes_of_people,
    match_objects,
    match_single_boxes,
)
from avlabel.exchange.options import ImportOptions
from avlabel.exchange.plan import FormatFacts, Planner

BOXES_AN_EDIT = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """What an import does to a scene.

    Attributes:
        drafts: edits to be signed.
        n_objects: objects in the file.
        n_matched: those that are a track of the scene.
        n_set: boxes set.
        n_same: boxes that the scene has just so.
        n_deleted: boxes of the scene that make way.
        refused: (R,) int64 rows of the incoming labels that give way to a person's own box.
    """

    drafts: tuple[Draft, ...]
    n_objects: int
    n_matched: int
    n_set: int
    n_same: int
    n_deleted: int
    refused: Int64


def merge(
    seen: Resolved,
    edits: Sequence[Edit],
    labels: Incoming,
    leaves: Sequence[str],
    facts: FormatFacts,
    options: ImportOptions,
) -> Merge:
    """Find what each object is in the scene, and write down what has to change.

    An object takes over the track that its boxes agree with best. Boxes of other tracks that fit
    an imported box make way. What a person set stays.

    Args:
        seen: the scene's labels as they are now.
        edits: those that hold; they tell people's boxes from those of earlier imports.
        labels: N boxes.
        leaves: N classes of the taxonomy.
        facts: what the format tells.
        options: the user's wishes.
    """
    pairs = box_pairs(seen, labels, leaves)
    match = match_objects if facts.has_tracks else match_single_boxes
    objects, people = match(seen, labels, pairs), boxes_of_people(seen, edits)
    set_already = (seen.cuboids.source == Source.HUMAN) | (not options.confirm)
    may_stay = set(np.flatnonzero(set_already).tolist())
    planner = Planner(seen, labels, leaves, facts, pairs, people, may_stay)
    plans = [planner.plan(one) for one in objects]
    replaced = {old for one in objects for old in one.old}
    gone = _in_the_way(seen, labels, pairs, people | replaced, replace_all=options.replace)
    parts = np.split(gone, range(BOXES_AN_EDIT, len(gone), BOXES_AN_EDIT)) if len(gone) else []
    drafts = [compose.delete_boxes(seen, part, name="make way for an import") for part in parts]
    for one, plan in zip(objects, plans, strict=True):
        if plan.boxes:
            drafts.append(compose.set_boxes(seen, plan.boxes, name="import", scope=options.scope))
            drafts += _origins(labels, one, plan.boxes, facts.name)
    return Merge(
        drafts=tuple(drafts),
        n_objects=len(objects),
        n_matched=sum(not one.key.startswith("new:") for one in objects),
        n_set=sum(len(plan.boxes) for plan in plans),
        n_same=sum(plan.n_same for plan in plans),
        n_deleted=len(gone),
        refused=np.array(sorted(row for plan in plans for row in plan.refused), np.int64),
    )


def _origins(
    labels: Incoming, one: MatchedObject, boxes: Sequence[Box], format_name: str
) -> list[Draft]:
    """What the file called an object, and how sure it was of each box."""
    told: dict[str, Value] = {
        "import_format": format_name,
        "import_class": labels.class_name[one.rows[0]],
        **({"import_id": one.name} if one.name else {}),
    }
    drafts = [_set(Target(one.key), told, boxes[:1])]
    score_in = {int(labels.frame_idx[row]): float(labels.score[row]) for row in one.rows}
    for box in boxes:
        score = score_in[box.frame_idx]
        if np.isfinite(score) and score < 1:
            target = Target(one.key, box.frame_idx)
            drafts.append(_set(target, {"import_score": round(score, 6)}, [box]))
    return drafts


def _set(target: Target, values: Mapping[str, Value], boxes: Sequence[Box]) -> Draft:
    return Draft("import", SetValues(target, dict.fromkeys(values), dict(values), tuple(boxes)))


def _in_the_way(
    seen: Resolved,
    labels: Incoming,
    pairs: Mapping[int, int],
    stay: Collection[int],
    *,
    replace_all: bool,
) -> Int64:
    """Rows of the scene's boxes that are deleted: doubles, or all that the file does not have.

    Not those without a track, which edits cannot name.
    """
    cuboids = seen.cuboids
    gone = np.zeros(len(cuboids), np.bool_)
    gone[list(pairs.values())] = True
    if replace_all:
        gone |= np.isin(cuboids.frame_idx, labels.frame_idx) & _in_view(seen, labels)
    gone[[row for row in stay if row != NO_BOX]] = False
    return np.flatnonzero(gone & (cuboids.track_id != NO_TRACK))


def _in_view(seen: Resolved, labels: Incoming) -> BoolArray:
    """(N,) bool: boxes of the scene whose centre is in the image that the labels cover."""
    cuboids, frames = seen.cuboids, seen.labels.frames
    if labels.view is None:
        return np.ones(len(cuboids), np.bool_)
    world_from_ego = frames.world_from_ego[frames.positions(cuboids.frame_idx)]
    cam_from_world = (world_from_ego @ labels.view.ego_from_sensor).inverse()
    model = labels.view.model
    pixels, valid = model.project(cam_from_world.apply(cuboids.center))
    last = np.array([model.width_px, model.height_px]) - 1
    # NaN of what the camera cannot see compares as False.
    return np.asarray(valid & np.all((pixels >= 0) & (pixels <= last), axis=1))
