"""Objects that other labels show to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import replace

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.found import Found
from avlabel.edits.index import AutoIndex
from avlabel.edits.wishes import Wish

Apart = Set[frozenset[str]]


def unite(
    wishes: Sequence[Wish], found: Sequence[Found], apart: Apart, index: AutoIndex
) -> tuple[list[Wish], list[Found], dict[str, str]]:
    """Join objects that share a track of these labels, unless people say they are two.

    They are two if somebody split or merged them, if one of them was deleted as a whole, or if
    both have a box that a person set in one frame.

    Args:
        wishes: what people want of each object, in order of first mention.
        found: which automatic boxes each is.
        apart: pairs of keys that a person told apart.
        index: automatic labels.

    Returns:
        The objects, what was found of each, and the key of the object each key belongs to.
    """
    objects = {wish.key: wish for wish in wishes}
    finds = dict(zip(objects, found, strict=True))
    members = {key: {key} for key in objects}
    one = {key: key for key in objects}
    for sharing in _keys_by_track(finds, index):
        for key in sharing[1:]:
            first, second = one[sharing[0]], one[key]
            if first == second or not _may_join(
                objects[first], objects[second], members[first], members[second], apart
            ):
                continue
            objects[first] = _joined(objects[first], objects.pop(second))
            finds[first] = _joined_find(finds[first], finds.pop(second))
            members[first] |= members.pop(second)
            one.update(dict.fromkeys(members[first], first))
    return list(objects.values()), [finds[key] for key in objects], one


def _keys_by_track(finds: dict[str, Found], index: AutoIndex) -> list[list[str]]:
    """Keys that found boxes of one track, in order of first mention, by track."""
    track_id = index.labels.cuboids.track_id
    sharing: dict[int, list[str]] = defaultdict(list)
    for key, mine in finds.items():
        for track in sorted({int(track_id[row]) for row in mine.rows.values()} - {NO_TRACK}):
            sharing[track].append(key)
    return [keys for _, keys in sorted(sharing.items()) if len(keys) > 1]


def _may_join(a: Wish, b: Wish, in_a: set[str], in_b: set[str], apart: Apart) -> bool:
    if a.gone or b.gone or a.keyframes.keys() & b.keyframes.keys():
        return False
    return not any(frozenset((x, y)) in apart for x in in_a for y in in_b)


def _joined(a: Wish, b: Wish) -> Wish:
    named = [w for w in (a, b) if w.category_edit is not None]
    latest = max(named, key=lambda w: w.category_edit.order, default=a)  # type: ignore[union-attr]
    return replace(
        a,
        keyframes=a.keyframes | b.keyframes,
        removals=b.removals | a.removals,
        claims=b.claims | a.claims,
        dropped=a.dropped + b.dropped,
        linked=a.linked or b.linked,
        category=latest.category,
        category_edit=latest.category_edit,
    )


def _joined_find(a: Found, b: Found) -> Found:
    return Found(b.rows | a.rows, a.exact | b.exact, a.dropped | b.dropped)
