"""Whatever people do and whatever the labels become: no box that a person set is lost."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from edit_samples import labels, tracks_of
from hypothesis import given, settings
from hypothesis import strategies as st
from random_editors import N_FRAMES, act, edited, some_labels

from avlabel.core.cuboids import Cuboids, Source
from avlabel.edits.model import Link, PutBoxes
from avlabel.edits.reading import active_edits
from avlabel.edits.resolve import resolve


def boxes_that_hold(edits):
    """What people set and nobody changed later, told by slot; keys after splits and merges."""
    held, went = {}, {}

    def slot(box):
        key, seen = box.track, set()
        while (key, box.frame_idx) in went and key not in seen:
            seen.add(key)
            key = went[key, box.frame_idx]
        return key, box.frame_idx

    for edit in active_edits(edits):
        change = edit.change
        if isinstance(change, PutBoxes):
            stays = {box.slot for box in change.after}
            for box in change.before:
                if box.slot not in stays:
                    held.pop(slot(box), None)
            held.update({slot(box): box for box in change.after})
            if change.scope == "track" and not change.after:
                gone = {slot(box)[0] for box in change.before}
                held = {at: box for at, box in held.items() if at[0] not in gone}
        elif isinstance(change, Link):
            for box in change.drop:
                held.pop(slot(box), None)
            for box in change.before:
                at, to = slot(box), (change.to, box.frame_idx)
                if at[0] == change.to or (at in held and to in held):
                    continue
                went[at] = change.to
                went.pop(to, None)
                if at in held:
                    held[to] = held.pop(at)
    return held


def assert_all_there(seen, held):
    human = seen.cuboids.select(seen.cuboids.source == Source.HUMAN)
    there = {
        (int(f), *c.tolist(), *q.tolist()): int(t)
        for f, c, q, t in zip(
            human.frame_idx, human.center, human.quat_wxyz, human.track_id, strict=True
        )
    }
    for box in held.values():
        assert (box.frame_idx, *box.center, *box.quat_wxyz) in there
    assert len(human) == len(held)


def assert_sound(seen):
    cuboids = seen.cuboids
    slots = set(zip(cuboids.frame_idx.tolist(), cuboids.track_id.tolist(), strict=True))
    assert len(slots) == len(cuboids)
    assert len(np.unique(cuboids.cuboid_id)) == len(cuboids)
    assert sorted(seen.tracks.track_id.tolist()) == sorted(set(cuboids.track_id.tolist()))
    for track, category in zip(seen.tracks.track_id, seen.tracks.category, strict=True):
        assert set(cuboids.category[cuboids.track_id == track].tolist()) == {int(category)}
    assert np.allclose(np.linalg.norm(cuboids.quat_wxyz, axis=1), 1)
    assert np.all(np.isfinite(cuboids.center))


def assert_equal(a, b):
    for field in fields(Cuboids):
        if field.name != "frame":
            got, expected = getattr(a.cuboids, field.name), getattr(b.cuboids, field.name)
            assert np.array_equal(got, expected, equal_nan=field.name == "velocity"), field.name
    assert a.conflicts == b.conflicts


@settings(max_examples=60)
@given(st.data())
def test_every_box_that_a_person_set_is_in_any_labels(data):
    auto = data.draw(some_labels())
    person = edited(data, auto)
    held = boxes_that_hold(person.edits)
    assert_all_there(person.sees, held)
    for commit in (2, 1):
        seen = resolve(data.draw(some_labels(commit=commit)), person.edits)
        assert_all_there(seen, held)
        assert_sound(seen)


@settings(max_examples=40)
@given(st.data())
def test_sittings_on_one_commit_after_another_lose_nothing(data):
    person = edited(data, data.draw(some_labels()), 4)
    for commit in (2, 3):
        person.auto = data.draw(some_labels(commit=commit))
        for _ in range(data.draw(st.integers(0, 3))):
            act(data, person, "ann", person.sees)
        assert_all_there(person.sees, boxes_that_hold(person.edits))
        assert_sound(person.sees)


@settings(max_examples=30)
@given(st.data())
def test_ids_permuted_and_boxes_jittered_give_the_same_objects(data):
    """Far apart, so that there is no doubt which is which."""
    spans = {t: {f: (f, 30 * t, 0.0) for f in range(N_FRAMES)} for t in range(4)}
    auto = labels(spans, n_frames=N_FRAMES)
    person = edited(data, auto, 5)
    order = data.draw(st.permutations(range(4)))
    ids = np.array(order)[auto.cuboids.track_id]
    jitter = data.draw(st.floats(-0.3, 0.3))
    cuboids = replace(auto.cuboids, track_id=ids, center=auto.cuboids.center + jitter)
    again = replace(auto, cuboids=cuboids, tracks=tracks_of(cuboids), commit=2)
    before, after = person.sees, resolve(again, person.edits)
    assert_all_there(after, boxes_that_hold(person.edits))
    assert [len(before.cuboids), len(before.tracks)] == [len(after.cuboids), len(after.tracks)]


@settings(max_examples=40)
@given(st.data())
def test_resolving_is_deterministic_and_sound_on_the_labels_that_were_seen(data):
    auto = data.draw(some_labels())
    person = edited(data, auto)
    # What was seen edit by edit is what a fresh look shows.
    seen = person.sees
    assert_sound(seen)
    assert_equal(seen, person.sees)
    assert_equal(seen, resolve(auto, data.draw(st.permutations(person.edits))))
    untouched = seen.cuboids.source == Source.AUTO
    rows = seen.auto_row[untouched]
    assert np.array_equal(seen.cuboids.center[untouched], auto.cuboids.center[rows])


@given(some_labels())
def test_no_edits_are_the_identity(auto):
    seen = resolve(auto, [])
    assert seen.cuboids is auto.cuboids
    assert seen.tracks is auto.tracks
