"""A resolver that goes on from what it knows gives what one that begins anew would."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from edit_samples import T0, Person, drive_by, labels, renumbered, tracks_of, two_cars
from hypothesis import given, settings
from hypothesis import strategies as st
from random_editors import act, some_labels

from avlabel.core.cuboids import Source
from avlabel.edits import compose
from avlabel.edits.corrections import carry
from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import PutBoxes
from avlabel.edits.reading import active_edits
from avlabel.edits.resolve import Resolver, resolve
from avlabel.edits.resolved import Resolved
from avlabel.edits.timeline import Timeline
from avlabel.edits.warm import warm
from avlabel.geometry.iou import _areas_of_pairs, _intersection_areas
from avlabel.geometry.quaternions import _slerp


def columns(seen: Resolved) -> dict[str, np.ndarray]:
    tables = {"cuboids": seen.cuboids, "tracks": seen.tracks}
    of_tables = {
        f"{name}.{f.name}": getattr(table, f.name)
        for name, table in tables.items()
        for f in fields(table)
        if f.name != "frame"
    }
    return {**of_tables, "auto_row": seen.auto_row}


def assert_same(a: Resolved, b: Resolved) -> None:
    """Equal to the bit, field by field."""
    for name, (got, expected) in zip(
        columns(a), zip(columns(a).values(), columns(b).values(), strict=True), strict=True
    ):
        assert got.dtype == expected.dtype, name
        assert got.tobytes() == expected.tobytes(), name
    for name in ("keys", "conflicts", "decisions", "comments", "attributes"):
        assert getattr(a, name) == getattr(b, name), name


def elsewhere(auto: AutoLabels, frames: int) -> AutoLabels:
    """The same with other frame numbers, another origin, and of another commit."""
    number = np.int32(frames)
    cuboids = replace(
        auto.cuboids,
        frame_idx=auto.cuboids.frame_idx + number,
        center=auto.cuboids.center - [100.0, 0, 0],
    )
    known = replace(auto.frames, frame_idx=auto.frames.frame_idx + number)
    return replace(
        auto, cuboids=cuboids, frames=known, tracks=tracks_of(cuboids), commit=9,
        origin_m=(100.0, 0.0, 0.0),
    )  # fmt: skip


@settings(max_examples=60)
@given(st.data())
def test_going_on_is_the_same_as_beginning_anew(data):
    """Several people, on one commit and then another, seen on all of them after every edit."""
    first, second = data.draw(some_labels()), data.draw(some_labels(commit=2))
    views = [first, second, elsewhere(first, 50), elsewhere(first, 3)]
    resolvers = [Resolver(auto) for auto in views]
    person = Person(first)
    stale = person.sees
    for _ in range(data.draw(st.integers(1, 9))):
        if data.draw(st.integers(0, 5)) == 0:
            person.auto, stale = second, resolve(second, person.edits)
        seen = person.sees if data.draw(st.booleans()) else stale
        act(data, person, data.draw(st.sampled_from(["ann", "bob"])), seen)
        for auto, resolver in zip(views, resolvers, strict=True):
            assert_same(resolver(person.edits), resolve(auto, person.edits))


@settings(max_examples=40)
@given(st.data())
def test_edits_come_late_and_out_of_order_and_go_away(data):
    """What a colleague did meanwhile arrives in the middle; a sitting may be taken away."""
    auto = data.draw(some_labels())
    person = Person(auto)
    for _ in range(data.draw(st.integers(2, 8))):
        act(data, person, "ann", person.sees)
    resolver = Resolver(data.draw(st.sampled_from([auto, data.draw(some_labels(commit=2))])))
    for _ in range(4):
        known = [edit for edit in person.edits if data.draw(st.booleans())]
        known = data.draw(st.permutations(known))
        assert_same(resolver(known), resolve(resolver.labels, known))


@settings(max_examples=30)
@given(st.data())
def test_what_was_given_out_stays_as_it_was(data):
    person = Person(data.draw(some_labels()))
    resolver = Resolver(person.auto)
    kept = []
    for _ in range(data.draw(st.integers(1, 6))):
        act(data, person, "ann", person.sees)
        seen = resolver(person.edits)
        kept.append((seen, {name: column.copy() for name, column in columns(seen).items()}))
    for seen, before in kept:
        for name, column in columns(seen).items():
            assert column.tobytes() == before[name].tobytes(), name


def test_undone_and_redone_in_the_middle():
    ann = Person(two_cars())
    edits = [
        ann.does(compose.set_box(ann.sees, ann.row(3, f), center=[f, 1.0, 0.75]))
        for f in range(4, 12)
    ]
    resolver = Resolver(ann.auto)
    whole = resolver(ann.edits)
    for edit in (edits[3], edits[-1], edits[0]):
        ann.does(compose.undo(edit))
        assert_same(resolver(ann.edits), resolve(ann.auto, ann.edits))
        frame = edit.change.after[0].frame_idx
        assert ann.sees.cuboids.source[ann.row(3, frame)] != Source.HUMAN
    for edit in (edits[0], edits[3], edits[-1]):
        ann.does(compose.redo(edit))
        assert_same(resolver(ann.edits), resolve(ann.auto, ann.edits))
    assert_same(resolver(ann.edits), whole)


@pytest.mark.parametrize("kept", [1, 4])
def test_more_undone_than_is_remembered(kept, monkeypatch):
    monkeypatch.setattr("avlabel.edits.stories.LATELY", kept)
    ann = Person(two_cars())
    resolver = Resolver(ann.auto)
    done, looks = [], [resolver([])]
    for frame in range(4, 12):
        done.append(ann.does(compose.set_box(ann.sees, ann.row(3, frame), center=[frame, 1, 0.75])))
        looks.append(resolver(ann.edits))
    for edit, before in zip(done[::-1], looks[-2::-1], strict=True):
        ann.does(compose.undo(edit))
        assert_same(resolver(ann.edits), before)


def test_an_edit_that_changes_no_box_leaves_the_tables_alone():
    ann = Person(two_cars())
    ann.does(compose.set_box(ann.sees, ann.row(3, 8), center=[8, 1, 0.75]))
    resolver = Resolver(ann.auto)
    before = resolver(ann.edits)
    ann.does(compose.decide(before, "accept", track_id=5))
    after = resolver(ann.edits)
    assert after.cuboids is before.cuboids
    assert after.tracks is before.tracks
    assert [note.verdict for note in after.decisions] == ["accept"]


def test_two_keys_of_one_number_give_way_in_order_of_time(monkeypatch):
    """Keys are hashed to numbers; here all to the same."""
    monkeypatch.setattr("avlabel.edits.numbering.zlib.crc32", lambda _: 7)
    ann = Person(two_cars())
    new = []
    for y in (-10, -20, -30):
        draft = compose.add_box(
            ann.sees, frame_idx=2, category="car", center=[0, y, 0.75],
            quat_wxyz=[1, 0, 0, 0], size_lwh=[4.5, 2, 1.5],
        )  # fmt: skip
        new.append(ann.does(draft))
    resolver = Resolver(ann.auto)
    keys = [edit.change.after[0].track for edit in new]
    assert [resolver(ann.edits).track_of(key) for key in keys] == [1000007, 1000008, 1000009]
    ann.does(compose.undo(new[0]))
    seen = resolver(ann.edits)
    assert [seen.track_of(key) for key in keys] == [-1, 1000007, 1000008]
    assert_same(seen, resolve(ann.auto, ann.edits))


def test_a_box_found_by_id_takes_it_from_one_found_by_place():
    """Ann saw other labels; Bob edits the very box that hers had been found to be."""
    ann = Person(two_cars())
    ann.does(compose.set_box(ann.sees, ann.row(3, 8), center=[8, 0.5, 0.75]))
    bob = Person(renumbered(ann.auto, {3: 7, 5: 6}, commit=2), "bob", ann.edits)
    resolver = Resolver(bob.auto)
    seen = resolver(bob.edits)
    assert seen.track_of("1:3") == 7
    for frame in range(20):
        bob.does(compose.set_box(seen, bob.row(7, frame)))
        # He calls the track by its number in these labels, as if he had not seen her edit.
        change = bob.edits[-1].change
        before = tuple(replace(box, track="2:7") for box in change.before)
        after = tuple(replace(box, track="2:7") for box in change.after)
        bob.edits[-1] = replace(bob.edits[-1], change=PutBoxes(before, after))
        assert_same(resolver(bob.edits), resolve(bob.auto, bob.edits))
    seen = resolver(bob.edits)
    assert seen.track_of("2:7") == 7
    assert [conflict.rule for conflict in seen.conflicts] == ["no-match"]


def test_an_automatic_box_is_what_was_said_of_it_last():
    """A split is taken back after a box of the new track was moved: who has that box?"""
    ann = Person(two_cars())
    ann.does(compose.set_box(ann.sees, ann.row(3, 2)))
    split = ann.does(compose.split(ann.sees, 3, 12))
    new = ann.sees.track_of(split.change.to)
    ann.does(compose.set_box(ann.sees, ann.row(new, 15), center=[15, 1, 0.75]))
    ann.does(compose.undo(split))
    old = resolve(ann.auto, []).cuboids
    row = int(np.flatnonzero((old.track_id == 3) & (old.frame_idx == 15))[0])
    draft = compose.set_box(resolve(ann.auto, []), row, center=[15, 2, 0.75])
    ann.does(draft)
    seen = ann.sees
    at = {y: int(np.flatnonzero(seen.cuboids.center[:, 1] == y)[0]) for y in (1.0, 2.0)}
    assert seen.auto_row[at[2.0]] == row
    assert seen.auto_row[at[1.0]] == -1
    assert seen.cuboids.track_id[at[2.0]] == 3


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_that_fit_alike_it_does_not_matter_who_came_first(order):
    people = [Person(two_cars(), author) for author in ("ann", "bob")]
    for i, person in enumerate(people):
        draft = compose.add_box(
            person.sees, frame_idx=8, category="car", center=[8, -10, 0.75],
            quat_wxyz=[1, 0, 0, 0], size_lwh=[4.5, 2, 1.5], track=f"new:{i:016x}",
        )  # fmt: skip
        person.does(draft)
        person.edits[0] = replace(person.edits[0], edit_id=f"{i}:0", time_ns=T0 + i)
    later = labels({1: drive_by(0, -10, range(8, 9))}, commit=2)
    edits = [people[i].edits[0] for i in order]
    resolver = Resolver(later)
    resolver(edits[:1])
    seen = resolver(edits)
    assert_same(seen, resolve(later, edits))
    assert seen.track_of("new:" + 16 * "0") == 1


def test_an_error_leaves_nothing_half_done(monkeypatch):
    ann = Person(two_cars())
    resolver = Resolver(ann.auto)
    ann.does(compose.set_box(ann.sees, ann.row(3, 8), center=[8, 1, 0.75]))
    resolver(ann.edits)
    ann.does(compose.set_box(ann.sees, ann.row(3, 12), center=[12, 1, 0.75]))
    expected = resolve(ann.auto, ann.edits)
    with monkeypatch.context() as broken:
        broken.setattr("avlabel.edits.resolve.finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            resolver(ann.edits)
    assert_same(resolver(ann.edits), expected)


@given(st.data())
def test_a_timeline_tells_what_holds(data):
    person = Person(two_cars())
    for frame in range(4):
        person.does(compose.set_box(person.sees, person.row(3, frame)))
    for _ in range(data.draw(st.integers(0, 8))):
        person.does(
            getattr(compose, data.draw(st.sampled_from(["undo", "redo"])))(
                data.draw(st.sampled_from(person.edits[:4]))
            )
        )
    timeline, held = Timeline(), set()
    known = []
    for edit in data.draw(st.permutations(person.edits)):
        known.append(edit)
        turn = timeline.take(known)
        held = (held - {e.edit_id for e in turn.gone}) | {e.edit_id for e in turn.come}
        ordered = sorted(known, key=lambda e: e.order)
        assert held == timeline.holding.keys() == {e.edit_id for e in active_edits(ordered)}


def test_warming_up_compiles_what_an_edit_needs():
    warm()
    compiled = carry, _slerp, _areas_of_pairs, _intersection_areas
    before = [kernel.signatures[:] for kernel in compiled]
    ann = Person(two_cars())
    ann.does(compose.set_box(ann.sees, ann.row(3, 8), center=[8, 1, 0.75], scope="track"))
    ann.does(compose.set_box(ann.sees, ann.row(3, 12), center=[12, 1, 0.75]))
    ann.does(compose.delete_track(ann.sees, 5))
    resolve(two_cars(commit=2), ann.edits)
    assert [kernel.signatures for kernel in compiled] == before
    assert all(before)
