"""Changes that reach over frames, as the resolved labels show them afterwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from editing_samples import top_view
from edits.edit_samples import Person, drive_by, labels, place, two_cars
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.cuboids import NO_TRACK, Source
from avlabel.core.se3 import SE3
from avlabel.edits import compose
from avlabel.edits.labels import AutoLabels
from avlabel_viewer.editing.drag import Drag
from avlabel_viewer.editing.handles import Kind, handles_of
from avlabel_viewer.editing.keyframes import sparse
from avlabel_viewer.editing.over_time import copy, flip, put, velocity_of
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.track_size import put_sized, resize_track
from avlabel_viewer.editing.tracks import merge_candidates, unlink


def yaws(person: Person, track: int = 3) -> np.ndarray:
    seen = person.sees
    return seen.cuboids.yaw[compose.rows_of(seen, track)]


def frames_of(person: Person, track: int) -> list[int]:
    seen = person.sees
    return seen.cuboids.frame_idx[compose.rows_of(seen, track)].tolist()


def passing_vehicle(n: int = 20) -> AutoLabels:
    """A parked car at x = 10, y = 3; the vehicle drives past it from x = 0 to 19."""
    auto = labels({3: dict.fromkeys(range(n), (10.0, 3.0, 0.0))}, n_frames=n)
    way = np.column_stack([np.arange(n), np.zeros((n, 2))]).astype(float)
    pose = SE3.from_yaw(np.zeros(n), way)
    return replace(auto, frames=replace(auto.frames, world_from_ego=pose))


def test_a_drag_becomes_one_edit() -> None:
    person = Person(labels({3: {0: (0.0, 0.0, 0.0), 1: (0.0, 0.0, 0.0)}}, n_frames=2))
    row = person.row(3, 0)
    box, view = Placement.of(person.sees.cuboids, row), top_view()
    body = next(h for h in handles_of(box, view) if h.kind is Kind.BODY)
    drag = Drag(box, body, view, 200, 150)
    assert drag.commit(person.sees, row) is None
    drag.move(220, 150)
    drag.move(250, 175)
    draft = drag.commit(person.sees, row, scope="frame")
    assert draft is not None
    assert draft.name == "move"
    person.does(draft)
    np.testing.assert_allclose(place(person.sees, 3, 0), [1.0, -0.5, 0.75])
    np.testing.assert_allclose(place(person.sees, 3, 1), [0, 0, 0.75])
    drag.abort()
    assert drag.commit(person.sees, row) is None


def test_flipped_in_one_frame_the_others_stay() -> None:
    person = Person(two_cars())
    person.does(flip(person.sees, person.row(3, 7), "frame"))
    assert np.flatnonzero(np.cos(yaws(person)) < 0).tolist() == [7]


def test_flipped_onward_everything_before_stays() -> None:
    person = Person(two_cars())
    for frame in (3, 15):
        at = Placement.of(person.sees.cuboids, person.row(3, frame))
        person.does(put(person.sees, person.row(3, frame), at, name="confirm"))
    person.does(flip(person.sees, person.row(3, 8), "onward"))
    assert np.flatnonzero(np.cos(yaws(person)) < 0).tolist() == list(range(8, 20))


def test_a_flipped_track_is_flipped_whatever_people_set_before() -> None:
    person = Person(two_cars())
    at = Placement.of(person.sees.cuboids, person.row(3, 12)).moved(np.array([0, 0.5, 0]))
    person.does(put(person.sees, person.row(3, 12), at, name="move"))
    before = [place(person.sees, 3, frame) for frame in range(20)]
    person.does(flip(person.sees, person.row(3, 4), "track"))
    assert np.all(np.cos(yaws(person)) < 0)
    np.testing.assert_allclose(place(person.sees, 3, 12), before[12])
    person.does(flip(person.sees, person.row(3, 4), "track"))
    assert np.all(np.cos(yaws(person)) > 0)
    np.testing.assert_allclose(place(person.sees, 3, 12), before[12])


def test_a_box_is_copied_with_its_speed_onto_boxes_and_into_gaps() -> None:
    person = Person(two_cars())
    row = person.row(5, 14)  # The last of the track; it drives at 10 m/s.
    np.testing.assert_allclose(velocity_of(person.sees, row), [10, 0, 0])
    draft = copy(person.sees, row, 3, moving=True)
    assert draft is not None
    person.does(draft)
    assert frames_of(person, 5) == list(range(5, 18))
    np.testing.assert_allclose(place(person.sees, 5, 17), [17, 10, 0.75])
    standing = copy(person.sees, person.row(5, 10), -2, moving=False)
    assert standing is not None
    person.does(standing)
    for frame in (8, 9):
        np.testing.assert_allclose(place(person.sees, 5, frame), [10, 10, 0.75])
    assert frames_of(person, 5) == list(range(5, 18))
    assert copy(person.sees, person.row(3, 19), 4, moving=True) is None
    clipped = copy(person.sees, person.row(3, 18), 4, moving=True)
    assert clipped is not None
    assert len(clipped.change.after) == 1


def test_a_new_object_is_copied_too() -> None:
    person = Person(two_cars())
    person.does(
        compose.add_box(
            person.sees, frame_idx=4, category="car", center=[0, -8, 0.75],
            quat_wxyz=[1, 0, 0, 0], size_lwh=[4, 2, 1.5],
        )
    )  # fmt: skip
    track = int(person.sees.cuboids.track_id.max())
    draft = copy(person.sees, person.row(track, 4), 2, moving=True)
    assert draft is not None
    person.does(draft)
    assert frames_of(person, track) == [4, 5, 6]
    np.testing.assert_allclose(place(person.sees, track, 6), [0, -8, 0.75])


def test_a_resized_track_keeps_what_was_nearest_to_the_vehicle() -> None:
    person = Person(passing_vehicle())
    draft = resize_track(person.sees, person.row(3, 5), np.array([5.5, 2.4, 1.9]))
    person.does(draft)
    seen = person.sees
    rows = compose.rows_of(seen, 3)
    np.testing.assert_allclose(seen.cuboids.size_lwh[rows], np.tile([5.5, 2.4, 1.9], (20, 1)),
                               rtol=1e-6)  # fmt: skip
    before, after = place_of(passing_vehicle(), 0), Placement.of(seen.cuboids, int(rows[0]))
    # From behind: its rear and its right side, y = 2, stay, and so does its bottom.
    np.testing.assert_allclose(after.point((-1, -1, -1)), before.point((-1, -1, -1)), atol=0.03)
    after = Placement.of(seen.cuboids, int(rows[-1]))
    np.testing.assert_allclose(after.point((1, -1, -1)), before.point((1, -1, -1)), atol=0.03)
    # Set are few of them; the others are carried along.
    assert len(draft.change.after) < 12
    abreast = Placement.of(seen.cuboids, int(rows[10]))
    np.testing.assert_allclose(abreast.center[0], 10, atol=0.03)


def place_of(auto: AutoLabels, row: int) -> Placement:
    return Placement.of(auto.cuboids, row)


def test_where_the_same_corner_stays_nearest_one_box_carries_the_size() -> None:
    ahead = labels({3: drive_by(30, 4, range(20))})
    person = Person(ahead)
    draft = resize_track(person.sees, person.row(3, 5), np.array([5.0, 1.8, 1.6]))
    assert [box.frame_idx for box in draft.change.after] == [5]
    person.does(draft)
    for frame in range(20):
        after = Placement.of(person.sees.cuboids, person.row(3, frame))
        np.testing.assert_allclose(after.size_lwh, [5.0, 1.8, 1.6], rtol=1e-6)
        np.testing.assert_allclose(after.point((-1, -1, -1)), [27.75 + frame, 3, 0], atol=0.021)


def test_a_dragged_face_gives_its_size_to_all_and_its_place_to_none_far_away() -> None:
    ahead = labels({3: drive_by(30, 4, range(20))})
    person = Person(ahead)
    box = Placement.of(person.sees.cuboids, person.row(3, 8))
    far = box.resized((1, 0, 0), box.point((1, 0, 0)) + np.array([0.5, 0, 0]))
    draft = put_sized(person.sees, person.row(3, 8), far, name="resize")
    assert [b.frame_idx for b in draft.change.after] == [8]
    near = box.resized((-1, 0, 0), box.point((-1, 0, 0)) - np.array([0.5, 0, 0]))
    person.does(put_sized(person.sees, person.row(3, 8), near, name="resize"))
    for frame, rear in ((0, 27.75), (8, 35.25), (19, 46.75)):
        after = Placement.of(person.sees.cuboids, person.row(3, frame))
        assert after.size_lwh[0] == pytest.approx(5.0)
        assert after.point((-1, 0, 0))[0] == pytest.approx(rear, abs=0.021)


def test_a_resized_track_keeps_its_keyframes_where_they_were_seen() -> None:
    person = Person(passing_vehicle())
    moved = place_of(person.auto, 3).moved(np.array([0.4, -0.2, 0.0]))
    person.does(put(person.sees, person.row(3, 3), moved, name="move"))
    person.does(resize_track(person.sees, person.row(3, 5), np.array([4.0, 1.8, 1.5])))
    after = Placement.of(person.sees.cuboids, person.row(3, 3))
    np.testing.assert_allclose(after.point((-1, -1, -1)), moved.point((-1, -1, -1)), atol=1e-9)


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=30), st.floats(0.01, 1), st.booleans(),
    st.integers(0, 29),
)  # fmt: skip
def test_between_sparse_keyframes_a_line_is_close_enough(
    ys: list[float], tolerance: float, open_ends: bool, row: int
) -> None:
    time_ns = np.arange(len(ys)) * 100_000_000
    values = np.array(ys)[:, None]
    must = np.arange(len(ys)) == row % len(ys)
    rows = sparse(time_ns, values, must, tolerance, open_ends=open_ends)
    assert rows[must].all()
    kept = np.flatnonzero(rows)
    between = np.interp(np.arange(len(ys)), kept, values[kept, 0])
    assert np.abs(between - values[:, 0]).max() <= tolerance + 1e-9


def test_a_straight_line_needs_two_keyframes() -> None:
    time_ns = np.array([0, 100, 250, 300]) * 1_000_000
    values = time_ns[:, None] * np.array([[1e-8, -2e-8]])
    assert sparse(time_ns, values, np.zeros(4, np.bool_), 0.01).tolist() == [1, 0, 0, 1]
    assert sparse(time_ns[:1], values[:1], np.zeros(1, np.bool_), 0.01).tolist() == [1]


def test_the_track_that_goes_on_is_the_likeliest_to_merge_with() -> None:
    auto = labels(
        {
            1: drive_by(0, 0, range(8)),
            2: drive_by(0.3, 0.1, range(11, 20)),
            4: drive_by(0, 4, range(10, 20)),
            6: drive_by(0, 0.2, range(20)),
            7: {frame: (7.0 - frame, 0.0, 3.1) for frame in range(9, 20)},
        }
    )
    person = Person(auto)
    first = merge_candidates(person.sees, 1)
    assert first[0].track_id == 2
    assert 6 not in [c.track_id for c in first]
    assert first[0].side == "after"
    assert first[0].gap_s == pytest.approx(0.4)
    back = merge_candidates(person.sees, 2)
    assert (back[0].track_id, back[0].side) == (1, "before")
    assert merge_candidates(person.sees, 99) == []
    person.does(compose.merge(person.sees, 2, 1))
    assert frames_of(person, 1) == [*range(8), *range(11, 20)]


def test_one_box_is_taken_out_of_its_track() -> None:
    person = Person(two_cars())
    person.does(unlink(person.sees, person.row(3, 7)))
    assert frames_of(person, 3) == [f for f in range(20) if f != 7]
    seen = person.sees
    alone = (seen.cuboids.frame_idx == 7) & ~np.isin(seen.cuboids.track_id, [3, 5])
    (track,) = seen.cuboids.track_id[alone]
    assert track != NO_TRACK
    assert frames_of(person, int(track)) == [7]
    assert not np.any(seen.cuboids.source == Source.HUMAN)
