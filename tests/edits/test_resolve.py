"""What becomes of edits on the labels they were made on, and on others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from edit_samples import (
    CAR,
    PEDESTRIAN,
    PERIOD_NS,
    T0,
    TRUCK,
    Person,
    drive_by,
    labels,
    place,
    renumbered,
    tracks_of,
    two_cars,
)

from avlabel.core.cuboids import Source
from avlabel.core.se3 import quat_from_yaw
from avlabel.edits import compose
from avlabel.edits.resolve import Resolver, resolve


def frames_of(seen, track_id, source=None):
    mine = seen.cuboids.track_id == track_id
    if source is not None:
        mine &= seen.cuboids.source == source
    return sorted(seen.cuboids.frame_idx[mine].tolist())


def shifted(person, track, frame, dy, **options):
    row = person.row(track, frame)
    center = person.sees.cuboids.center[row] + [0.0, dy, 0.0]
    return person.does(compose.set_box(person.sees, row, center=center, **options))


# One person, unchanged labels


def test_no_edits_change_nothing():
    auto = two_cars()
    seen = resolve(auto, [])
    assert seen.cuboids is auto.cuboids
    assert seen.tracks is auto.tracks
    assert seen.conflicts == ()


def test_a_single_keyframe_moves_its_own_frame_only():
    ann = Person(two_cars())
    shifted(ann, 3, 8, 1.0)
    seen = ann.sees
    assert place(seen, 3, 8).tolist() == [8.0, 1.0, 0.75]
    assert place(seen, 3, 7).tolist() == [7.0, 0.0, 0.75]
    assert frames_of(seen, 3, Source.HUMAN) == [8]
    assert np.count_nonzero(seen.cuboids.source == Source.AUTO) == 29
    assert seen.tracks.score[seen.tracks.track_id == 3] == 1.0
    assert seen.tracks.score[seen.tracks.track_id == 5] == 0.5


def test_between_two_keyframes_the_correction_is_interpolated_in_time():
    ann = Person(two_cars())
    shifted(ann, 3, 4, 1.0)
    shifted(ann, 3, 8, 3.0)
    seen = ann.sees
    assert [place(seen, 3, f)[1] for f in range(3, 10)] == pytest.approx([0, 1, 1.5, 2, 2.5, 3, 0])
    assert frames_of(seen, 3, Source.INTERPOLATED) == [5, 6, 7]


def test_real_times_weigh_not_frame_numbers():
    auto = two_cars()
    late = auto.cuboids.timestamp_ns.copy()
    late[(auto.cuboids.track_id == 3) & (auto.cuboids.frame_idx == 6)] += PERIOD_NS // 2
    ann = Person(replace(auto, cuboids=replace(auto.cuboids, timestamp_ns=late)))
    shifted(ann, 3, 4, 0.0)
    shifted(ann, 3, 8, 4.0)
    assert place(ann.sees, 3, 6)[1] == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("scope", "moved"),
    [("frame", [8]), ("between", [8]), ("onward", list(range(8, 20))), ("track", list(range(20)))],
)
def test_scope_says_how_far_a_correction_reaches(scope, moved):
    ann = Person(two_cars())
    shifted(ann, 3, 8, 1.0, scope=scope)
    seen = ann.sees
    assert [f for f in range(20) if place(seen, 3, f)[1] == 1.0] == moved


def test_a_frame_only_keyframe_leaves_what_lies_between_others():
    ann = Person(two_cars())
    shifted(ann, 3, 4, 1.0)
    shifted(ann, 3, 6, 9.0, scope="frame")
    shifted(ann, 3, 8, 1.0)
    assert [place(ann.sees, 3, f)[1] for f in (4, 5, 6, 7, 8)] == pytest.approx([1, 1, 9, 1, 1])


def test_corrections_move_with_the_object_in_its_own_axes():
    """A car that turns left: a metre more to its front stays to its front."""
    quarter = {f: (0.0, 0.0, f * np.pi / 18) for f in range(10)}
    ann = Person(labels({3: quarter}))
    row = ann.row(3, 0)
    ann.does(compose.set_box(ann.sees, row, center=[1.0, 0.0, 0.75], scope="onward"))
    assert place(ann.sees, 3, 9) == pytest.approx([0.0, 1.0, 0.75])


def test_resizing_a_track_resizes_every_box():
    ann = Person(two_cars())
    row = ann.row(3, 8)
    ann.does(compose.set_box(ann.sees, row, size_lwh=[6.0, 2.5, 2.0], scope="track"))
    seen = ann.sees
    sizes = seen.cuboids.size_lwh[seen.cuboids.track_id == 3]
    assert np.all(sizes == np.float32([6.0, 2.5, 2.0]))
    assert seen.tracks.size_lwh[0].tolist() == [6.0, 2.5, 2.0]


def test_turning_back_a_flipped_heading_turns_all_that_flipped_with_it():
    path = drive_by(0, 0, range(20))
    path.update({f: (*path[f][:2], np.pi) for f in range(6, 14)})
    ann = Person(labels({3: path}))
    ann.does(compose.set_box(ann.sees, ann.row(3, 3), name="confirm"))
    ann.does(compose.set_box(ann.sees, ann.row(3, 17), name="confirm"))
    seen = ann.sees
    assert np.allclose(np.cos(seen.cuboids.yaw), 1.0)
    assert np.allclose(seen.cuboids.center, ann.auto.cuboids.center)


def test_flipping_the_whole_track_turns_every_box():
    ann = Person(two_cars())
    draft = compose.set_box(ann.sees, ann.row(3, 8), quat_wxyz=quat_from_yaw(np.pi), scope="track")
    ann.does(draft)
    mine = ann.sees.cuboids.track_id == 3
    assert np.allclose(np.cos(ann.sees.cuboids.yaw[mine]), -1.0)


def test_a_half_turn_between_two_keyframes_is_a_jump_not_a_spin():
    ann = Person(two_cars())
    ann.does(compose.set_box(ann.sees, ann.row(3, 4)))
    ann.does(compose.set_box(ann.sees, ann.row(3, 12), quat_wxyz=quat_from_yaw(np.pi)))
    cosines = [np.cos(ann.sees.cuboids.yaw[ann.row(3, f)]) for f in range(4, 13)]
    assert np.allclose(np.abs(cosines), 1.0)


def test_a_new_object_is_interpolated_where_it_has_no_boxes():
    ann = Person(two_cars())
    first = compose.add_box(
        ann.sees, frame_idx=2, category="pedestrian", center=[0, -5, 1],
        quat_wxyz=[1, 0, 0, 0], size_lwh=[0.6, 0.6, 1.8],
    )  # fmt: skip
    ann.does(first)
    key = first.change.after[0].track
    ann.does(
        compose.add_box(
            ann.sees, frame_idx=6, category="pedestrian", center=[4, -5, 1],
            quat_wxyz=quat_from_yaw(np.pi / 2), size_lwh=[0.6, 0.6, 1.8], track=key,
        )
    )  # fmt: skip
    seen = ann.sees
    track = seen.track_of(key)
    assert frames_of(seen, track) == [2, 3, 4, 5, 6]
    assert place(seen, track, 4) == pytest.approx([2, -5, 1])
    row = ann.row(track, 4)
    assert seen.cuboids.yaw[row] == pytest.approx(np.pi / 4)
    assert seen.cuboids.source[row] == Source.INTERPOLATED
    assert not seen.cuboids.is_keyframe[row]
    assert seen.cuboids.timestamp_ns[row] == T0 + 4 * PERIOD_NS
    assert seen.cuboids.velocity[row] == pytest.approx([10, 0, 0])
    assert seen.cuboids.category[row] == PEDESTRIAN
    assert len(np.unique(seen.cuboids.cuboid_id)) == len(seen.cuboids)
    assert seen.tracks.track_id.tolist() == [3, 5, track]


def test_deleting_a_box_leaves_a_hole_and_deleting_a_track_nothing():
    ann = Person(two_cars())
    ann.does(compose.delete_boxes(ann.sees, [ann.row(3, 8)]))
    assert frames_of(ann.sees, 3) == [f for f in range(20) if f != 8]
    ann.does(compose.delete_track(ann.sees, 5))
    assert frames_of(ann.sees, 5) == []
    assert ann.sees.tracks.track_id.tolist() == [3]


def test_a_deleted_box_is_not_interpolated_back():
    ann = Person(two_cars())
    ann.does(compose.delete_boxes(ann.sees, [ann.row(3, 8)]))
    shifted(ann, 3, 6, 1.0)
    shifted(ann, 3, 10, 1.0)
    assert 8 not in frames_of(ann.sees, 3)
    assert place(ann.sees, 3, 9)[1] == 1.0


def test_split_merge_and_class_change():
    ann = Person(two_cars())
    draft = compose.split(ann.sees, 3, 12)
    ann.does(draft)
    new = ann.sees.track_of(draft.change.to)
    assert frames_of(ann.sees, 3) == list(range(12))
    assert frames_of(ann.sees, new) == list(range(12, 20))
    ann.does(compose.set_category(ann.sees, new, "truck"))
    seen = ann.sees
    assert set(seen.cuboids.category[seen.cuboids.track_id == new].tolist()) == {TRUCK}
    assert set(seen.cuboids.category[seen.cuboids.track_id == 3].tolist()) == {CAR}
    ann.does(compose.merge(ann.sees, new, into=3))
    assert frames_of(ann.sees, 3) == list(range(20))
    assert ann.sees.tracks.track_id.tolist() == [3, 5]


def test_undo_and_redo():
    ann = Person(two_cars())
    edit = shifted(ann, 3, 8, 1.0)
    ann.does(compose.undo(edit))
    assert ann.sees.cuboids is ann.auto.cuboids
    ann.does(compose.redo(edit))
    assert place(ann.sees, 3, 8)[1] == 1.0


# Other labels


def test_boxes_find_their_track_by_place_not_by_id():
    ann = Person(two_cars())
    shifted(ann, 3, 8, 0.5, scope="track")
    ann.does(compose.delete_track(ann.sees, 5))
    seen = resolve(renumbered(ann.auto, {3: 5, 5: 3}, commit=2), ann.edits)
    assert frames_of(seen, 5, Source.HUMAN) == [8]
    assert [place(seen, 5, f)[1] for f in range(20)] == pytest.approx([0.5] * 20)
    assert frames_of(seen, 3) == []
    assert seen.conflicts == ()


def test_a_box_that_finds_nothing_is_kept_and_listed():
    ann = Person(two_cars())
    shifted(ann, 5, 8, 0.5)
    other = labels({1: drive_by(0, 0, range(20))}, commit=2)
    seen = resolve(other, ann.edits)
    (conflict,) = seen.conflicts
    assert conflict.rule == "no-match"
    assert (conflict.frame_idx, conflict.nearest_track) == (8, 1)
    assert conflict.nearest_m == pytest.approx(10.5)
    assert place(seen, conflict.track_id, 8).tolist() == [8.0, 10.5, 0.75]
    assert frames_of(seen, 1) == list(range(20))


def test_an_object_drawn_by_hand_takes_in_what_labels_find_there_later():
    ann = Person(two_cars())
    draft = compose.add_box(
        ann.sees, frame_idx=8, category="car", center=[8, -10, 0.75], quat_wxyz=[1, 0, 0, 0],
        size_lwh=[4.5, 2, 1.5],
    )  # fmt: skip
    ann.does(draft)
    better = labels({3: drive_by(0, 0, range(20)), 9: drive_by(0.4, -10, range(20))}, commit=2)
    seen = resolve(better, ann.edits)
    assert seen.track_of(draft.change.after[0].track) == 9
    assert frames_of(seen, 9) == list(range(20))
    assert place(seen, 9, 8).tolist() == [8.0, -10.0, 0.75]
    assert len(seen.cuboids) == 40


def test_a_box_drawn_beside_another_takes_nothing_from_it():
    """A trailer that reaches into its car's box, as the person saw."""
    ann = Person(two_cars())
    draft = compose.add_box(
        ann.sees, frame_idx=8, category="trailer", center=[5, 0, 0.75], quat_wxyz=[1, 0, 0, 0],
        size_lwh=[4.5, 2, 1.5],
    )  # fmt: skip
    ann.does(draft)
    seen = resolve(renumbered(ann.auto, {3: 1, 5: 2}, commit=2), ann.edits)
    assert frames_of(seen, 1) == list(range(20))
    assert set(seen.cuboids.source[seen.cuboids.track_id == 1].tolist()) == {Source.AUTO}
    assert frames_of(seen, seen.track_of(draft.change.after[0].track)) == [8]


def test_keyframes_of_one_object_join_its_fragments():
    ann = Person(two_cars())
    shifted(ann, 3, 2, 0.5)
    shifted(ann, 3, 17, 0.5)
    torn = labels({1: drive_by(0, 0, range(9)), 2: drive_by(0, 0, range(11, 20))}, commit=2)
    seen = resolve(torn, ann.edits)
    assert seen.tracks.track_id.tolist() == [1]
    assert [place(seen, 1, f)[1] for f in range(2, 18)] == pytest.approx([0.5] * 16)
    assert frames_of(seen, 1, Source.INTERPOLATED) == list(range(3, 17))


def test_a_split_holds_where_labels_join_again():
    ann = Person(two_cars())
    draft = compose.split(ann.sees, 3, 12)
    ann.does(draft)
    seen = resolve(renumbered(ann.auto, {3: 7, 5: 8}, commit=2), ann.edits)
    new = seen.track_of(draft.change.to)
    assert frames_of(seen, 7) == list(range(12))
    assert frames_of(seen, new) == list(range(12, 20))


def test_a_merge_holds_where_labels_stay_torn():
    torn = labels({1: drive_by(0, 0, range(9)), 2: drive_by(0, 0, range(9, 20))})
    ann = Person(torn)
    ann.does(compose.merge(ann.sees, 2, into=1))
    seen = resolve(renumbered(torn, {1: 6, 2: 4}, commit=2), ann.edits)
    assert seen.tracks.track_id.tolist() in ([4], [6])
    assert len(seen.cuboids) == 20


def test_a_merge_that_gave_one_box_only_holds_on_other_labels():
    torn = labels({1: drive_by(0, 0, range(1, 20)), 2: drive_by(0, 30, range(20))})
    ann = Person(torn)
    ann.does(compose.merge(ann.sees, 2, into=1))
    assert ann.sees.tracks.track_id.tolist() == [1]
    seen = resolve(renumbered(torn, {1: 6, 2: 4}, commit=2), ann.edits)
    assert seen.tracks.track_id.tolist() == [6]
    assert frames_of(seen, 6) == list(range(20))


def test_deleting_one_of_two_spares_the_one_that_labels_keep():
    double = labels({1: drive_by(0, 0, range(20)), 2: drive_by(0.6, 0.2, range(20))})
    ann = Person(double)
    ann.does(compose.delete_track(ann.sees, 2))
    assert ann.sees.tracks.track_id.tolist() == [1]
    mended = labels({4: drive_by(0.2, 0.1, range(20))}, commit=2)
    assert frames_of(resolve(mended, ann.edits), 4) == list(range(20))


def test_a_deletion_cuts_a_longer_track_only_where_it_overlaps_and_says_so():
    ann = Person(labels({5: drive_by(0, 10, range(5, 8))}))
    ann.does(compose.delete_track(ann.sees, 5))
    seen = resolve(labels({2: drive_by(0, 10, range(20))}, commit=2), ann.edits)
    assert frames_of(seen, 2) == [f for f in range(20) if f not in (5, 6, 7)]
    assert [conflict.rule for conflict in seen.conflicts] == ["cuts-track"]


def test_a_deletion_takes_the_ends_of_a_track_it_mostly_overlaps():
    ann = Person(two_cars())
    ann.does(compose.delete_track(ann.sees, 5))
    seen = resolve(labels({2: drive_by(0, 10, range(3, 17))}, commit=2), ann.edits)
    assert len(seen.cuboids) == 0
    assert seen.conflicts == ()


def test_another_origin_and_other_frame_numbers():
    ann = Person(two_cars())
    shifted(ann, 3, 8, 0.5)
    auto = ann.auto
    cuboids = replace(
        auto.cuboids,
        center=auto.cuboids.center + np.array([100.0, 0, 0]),
        frame_idx=auto.cuboids.frame_idx + np.int32(50),
    )
    frames = replace(auto.frames, frame_idx=auto.frames.frame_idx + np.int32(50))
    moved = replace(
        auto, cuboids=cuboids, tracks=tracks_of(cuboids), frames=frames, commit=2,
        origin_m=(-100.0, 0.0, 0.0),
    )  # fmt: skip
    again = Resolver(moved)
    for _ in range(2):
        seen = again(ann.edits)
        assert place(seen, 3, 58).tolist() == [108.0, 0.5, 0.75]
        assert seen.conflicts == ()
    assert again([]).cuboids is moved.cuboids


def test_a_frame_that_labels_lack_is_said_and_the_box_kept():
    ann = Person(two_cars())
    shifted(ann, 3, 18, 0.5)
    part = labels({1: drive_by(0, 0, range(10))}, n_frames=10, commit=2)
    seen = resolve(part, ann.edits)
    assert {conflict.rule for conflict in seen.conflicts} == {"no-frame", "no-match"}
    assert 18 in seen.cuboids.frame_idx


def test_a_box_in_a_frame_that_labels_lack_is_said_once_however_often_it_was_set():
    ann = Person(two_cars())
    for dy in (0.5, 0.7, 0.9):
        last = shifted(ann, 3, 18, dy)
    shifted(ann, 3, 19, 0.5)
    ann.does(compose.delete_boxes(ann.sees, [ann.row(3, 19)]))
    part = labels({3: drive_by(0, 0, range(10))}, n_frames=10)
    (conflict,) = (c for c in resolve(part, ann.edits).conflicts if c.rule == "no-frame")
    assert (conflict.edit_id, conflict.frame_idx, conflict.track_id) == (last.edit_id, 18, 3)


def test_accepted_boxes_that_moved_are_shown_again():
    ann = Person(two_cars())
    ann.does(compose.decide(ann.sees, "accept", track_id=3))
    assert resolve(two_cars(commit=2), ann.edits).conflicts == ()
    moved = labels({3: drive_by(0, 0.8, range(20))}, commit=2)
    (conflict,) = resolve(moved, ann.edits).conflicts
    assert conflict.rule == "accepted-changed"
    (decision,) = resolve(moved, ann.edits).decisions
    assert (decision.track_id, decision.verdict, decision.on_these_labels) == (3, "accept", False)


def test_second_sitting_on_newer_labels_goes_on_with_the_same_object():
    ann = Person(two_cars())
    shifted(ann, 5, 8, 0.5)
    second = Person(renumbered(ann.auto, {3: 1, 5: 2}, commit=2), edits=ann.edits)
    shifted(second, 2, 12, 0.5)
    assert [place(second.sees, 2, f)[1] for f in range(8, 13)] == pytest.approx([10.5] * 5)
    alone = resolve(labels({1: drive_by(0, 0, range(20))}, commit=3), second.edits)
    assert len(alone.tracks) == 2
    assert len(alone.cuboids) == 25


# Several people


def test_the_later_of_two_wins_and_both_hear_of_it():
    ann = Person(two_cars())
    seen, row = ann.sees, ann.row(3, 8)
    ann.does(compose.set_box(seen, row, center=[8, 1, 0.75]), "ann")
    ann.does(compose.set_box(seen, row, center=[8, 2, 0.75]), "bob")
    assert place(ann.sees, 3, 8).tolist() == [8, 2, 0.75]
    (conflict,) = ann.sees.conflicts
    assert (conflict.rule, conflict.author) == ("contradiction", "bob")
    assert "ann" in conflict.message


def test_correcting_what_one_has_seen_is_no_contradiction():
    ann = Person(two_cars())
    shifted(ann, 3, 8, 1.0)
    row = ann.row(3, 8)
    ann.does(compose.set_box(ann.sees, row, center=[8, 2, 0.75]), "bob")
    assert ann.sees.conflicts == ()


def test_moving_what_another_has_merged_away_follows_it():
    torn = labels({1: drive_by(0, 0, range(9)), 2: drive_by(0, 0, range(9, 20))})
    ann = Person(torn)
    seen, row = ann.sees, ann.row(2, 15)
    ann.does(compose.merge(seen, 2, into=1), "ann")
    ann.does(compose.set_box(seen, row, center=[15, 1, 0.75]), "bob")
    assert place(ann.sees, 1, 15).tolist() == [15, 1, 0.75]
    assert ann.sees.tracks.track_id.tolist() == [1]


def test_verdicts_and_comments_follow_a_merged_track():
    torn = labels({1: drive_by(0, 0, range(9)), 2: drive_by(0, 0, range(9, 20))})
    ann = Person(torn)
    ann.does(compose.decide(ann.sees, "flag", track_id=2, text="heading?"))
    ann.does(compose.comment(ann.sees, "look here", track_id=2, frame_idx=12))
    ann.does(compose.set_attributes(ann.sees, 2, {"parked": True}))
    ann.does(compose.merge(ann.sees, 2, into=1))
    seen = ann.sees
    notes = (*seen.decisions, *seen.comments, *seen.attributes)
    assert [note.track_id for note in notes] == [1, 1, 1]
    assert seen.conflicts == ()


def test_the_order_in_which_files_are_read_does_not_matter():
    ann = Person(two_cars())
    shifted(ann, 3, 4, 1.0)
    shifted(ann, 3, 8, 3.0)
    ann.does(compose.delete_track(ann.sees, 5))
    a, b = resolve(ann.auto, ann.edits), resolve(ann.auto, ann.edits[::-1])
    assert np.array_equal(a.cuboids.center, b.cuboids.center)
    assert a.conflicts == b.conflicts
