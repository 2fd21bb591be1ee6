"""The queue: planted troubles come first, and leave when somebody has settled them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from review_acts import ticked
from review_scenes import drive_by, write_scene

import avlabel
from avlabel.core.findings import Finding
from avlabel.core.taxonomy import default_taxonomy
from avlabel.edits import compose
from avlabel_viewer.session.cameras import evidence_by_box
from avlabel_viewer.session.items import places
from avlabel_viewer.session.navigation import (
    nearest_first,
    next_conflict,
    next_finding,
    next_in_frame,
    next_keyframe,
    next_object,
    next_unreviewed,
)
from avlabel_viewer.session.queue import doubts

SOUND = {1: drive_by(0, 0, range(20)), 2: drive_by(0, 8, range(20)), 3: drive_by(0, 16, range(20))}


def kinds(items, track_id=None):
    return {i.kind for i in items if track_id is None or i.track_id == track_id}


def doubts_of(path):
    scene = avlabel.open_scene(path)
    labels = scene.resolved()
    return doubts(labels, scene.findings(), evidence_by_box(scene, labels.labels))


# -- what is doubtful -------------------------------------------------------------------------


def test_sound_labels_are_not_doubted(tmp_path):
    assert doubts_of(write_scene(tmp_path, SOUND)) == ()
    assert doubts_of(write_scene(tmp_path / "empty", {}, n_frames=2)) == ()


def test_each_planted_trouble_is_found_where_it_is(tmp_path):
    tracks = {
        **SOUND,
        10: drive_by(100, 30, range(20)),
        11: drive_by(100, 40, range(20)),
        12: drive_by(100, 50, range(4, 7)),
        13: drive_by(100, 60, range(20)),
        14: drive_by(0, 70, range(8), step=0),
        15: drive_by(0.5, 70.5, range(12, 20), step=0),
        16: drive_by(20, -8, range(9), step=0),
    }
    path = write_scene(
        tmp_path,
        tracks,
        score={10: 0.3},
        num_points={11: 4},
        size={(13, 6): (5.4, 2.0, 1.5)},
        findings=[Finding("made-up-rule", "error", "odd", 5, 2), Finding("x", "info", "y")],
    )
    found = {(i.kind, i.track_id): i for i in doubts_of(path)}
    assert set(found) == {
        ("low-score", 10), ("few-points", 11), ("short-track", 12), ("size-varies", 13),
        ("broken-track", 14), ("ends-in-view", 16), ("finding", 2),
    }  # fmt: skip
    assert found["low-score", 10].reason == "the pipeline is only 30% sure of this car"
    assert found["few-points", 11].reason == "never more than 4 points on this car"
    assert found["short-track", 12].reason == "this car is there for 3 frames only"
    assert found["size-varies", 13].reason == "length goes from 4.5 to 5.4 m"
    assert found["size-varies", 13].frame_idx == 6
    assert found["broken-track", 14].reason.startswith(
        "ends here; track 15 begins 0.5 s later, 0.7"
    )
    assert found["broken-track", 14].frame_idx == 7
    assert found["ends-in-view", 16].reason == "ends 22 m away, with 100 points on it"
    assert found["ends-in-view", 16].frame_idx == 8
    assert found["finding", 2].reason == "made-up-rule: odd"
    assert found["finding", 2].frame_idx == 5


def test_cameras_that_see_nothing_or_something_else(tmp_path):
    parents = default_taxonomy().parents

    def said(**values):
        return [values.get(parent, 0.0) for parent in parents]

    path = write_scene(
        tmp_path,
        SOUND,
        leaf={3: "pedestrian"},
        evidence={
            1: said(vehicle=2.0),
            2: said(vehicle=-1.0, cyclist=-1.0, pedestrian=-1.0),
            3: said(cyclist=1.2, pedestrian=0.6),
        },
    )
    items = doubts_of(path)
    assert [(i.kind, i.track_id) for i in items] == [("camera-misses", 2), ("camera-differs", 3)]
    assert items[0].reason == "no camera sees a car here, though in full view (20 frames)"
    assert items[1].reason == "cameras see a cyclist, not a pedestrian (20 frames)"


def test_findings_of_frames_that_follow_each_other_are_one(tmp_path):
    missing = [Finding("image-missing", "warning", f"frame {f}", f) for f in (9, 3, 4, 5, 99)]
    items = doubts_of(write_scene(tmp_path, SOUND, findings=missing))
    assert [(i.frame_idx, i.reason) for i in items] == [
        (3, "image-missing: frame 3 (and in 2 more frames)"),
        (9, "image-missing: frame 9"),
    ]


# -- order ------------------------------------------------------------------------------------


def test_the_neediest_object_comes_first_with_all_its_reasons(tmp_path, open_session):
    path = write_scene(
        tmp_path,
        {**SOUND, 4: drive_by(100, 30, range(20)), 5: drive_by(100, 40, range(5, 8))},
        score={1: 0.55, 4: 0.5, 5: 0.5},
        num_points={5: 2},
        findings=[Finding("a", "info", "b", 3), Finding("a", "error", "b", 19, 2)],
    )
    items = open_session(path=path).queue.items
    # Log odds of 2: 3.48 - 1.3 * 2.20; of 4 and 5: 0; of 1: -1.3 * 0.20; of the frame: -2.94.
    assert [i.track_id for i in items] == [2, 4, 5, 5, 5, 1, -1]
    assert {i.kind for i in items[2:5]} == {"low-score", "short-track", "few-points"}
    assert len({i.item_id for i in items}) == len(items)
    place = places(items[::-1], {1: 0.55, 2: 0.9, 4: 0.5, 5: 0.5})
    assert sorted(place, key=place.__getitem__) == [i.item_id for i in items]
    assert open_session(path=path).queue.items == items


# -- what leaves ------------------------------------------------------------------------------


@pytest.fixture
def doubtful(tmp_path, open_session):
    """Four objects of falling need, and a frame."""
    findings = [Finding("a", "error", "b", 10 + t, t) for t in (1, 2)]
    findings += [Finding("c", "warning", "d", 4)]
    path = write_scene(
        tmp_path, {**SOUND, 4: drive_by(100, 30, range(20))}, score={3: 0.4, 4: 0.5},
        findings=findings,
    )  # fmt: skip
    return open_session(path=path)


def test_what_is_accepted_or_rejected_leaves(doubtful):
    queue = doubtful.queue
    assert [i.track_id for i in queue.items] == [1, 2, 3, 4, -1]
    doubtful.select(2)
    doubtful.decide("accept")
    doubtful.select(4)
    doubtful.decide("reject")
    assert [i.track_id for i in doubtful.queue.items] == [1, 3, -1]
    assert doubtful.queue.n_done == 2
    doubtful.undo()
    assert [i.track_id for i in doubtful.queue.items] == [1, 3, 4, -1]
    doubtful.select(1)
    doubtful.go_to(11)
    doubtful.decide("accept", thing="box")
    doubtful.go_to(4)
    doubtful.decide("accept", thing="frame")
    assert [i.track_id for i in doubtful.queue.items] == [3, 4]
    doubtful.do(compose.delete_track(doubtful.labels, 3))
    assert [i.track_id for i in doubtful.queue.items] == [4]
    doubtful.decide("accept", thing="scene")
    assert doubtful.queue.items == ()
    assert doubtful.queue.n_done == 5


def test_a_flag_is_a_call_for_eyes_until_somebody_answers(doubtful):
    doubtful.select(4)
    doubtful.decide("flag", "van?")
    first = doubtful.queue.items[0]
    assert (first.kind, first.track_id, first.reason) == ("flag", 4, "flagged by ann: van?")
    assert doubtful.queue.items[1].track_id == 4
    doubtful.decide("accept")
    assert kinds(doubtful.queue.items, 4) == set()
    doubtful.select(None)
    doubtful.decide("flag", thing="scene")
    assert doubtful.queue.items[0].track_id == -1
    assert doubtful.next_item()
    assert doubtful.message == "flagged by ann"


def test_going_through_the_queue(doubtful):
    seen = []
    while doubtful.next_item():
        seen.append((doubtful.track_id, doubtful.frame_idx))
    assert seen == [(1, 11), (2, 12), (3, 0), (4, 0), (-1, 4)]
    assert doubtful.message == "no more in the queue"
    assert doubtful.next_item(-1)
    assert doubtful.track_id == 4
    assert doubtful.message == doubtful.item.reason
    # What is settled while one is at it is left behind, and one goes on from there.
    assert doubtful.next_item(-1)
    assert doubtful.track_id == 3
    doubtful.decide("accept")
    assert doubtful.next_item()
    assert doubtful.track_id == 4
    assert doubtful.next_item(-1)
    assert doubtful.track_id == 2


def test_what_somebody_dismissed_stays_away(doubtful, open_session):
    assert not doubtful.dismiss_item()
    assert doubtful.next_item()
    assert doubtful.dismiss_item()
    assert doubtful.track_id == 2
    doubtful.close()
    again = open_session(path=doubtful.scene.path)
    assert [i.track_id for i in again.queue.items] == [2, 3, 4, -1]
    assert again.item.track_id == 2
    assert again.next_item()
    assert again.track_id == 3
    assert len(open_session("bob", path=doubtful.scene.path).queue.items) == 5


def test_two_windows_forget_nothing_that_was_dismissed(doubtful, open_session):
    other = open_session(path=doubtful.scene.path)
    for session, n in ((doubtful, 1), (other, 2)):
        for _ in range(n):
            session.next_item()
        session.dismiss_item()
    doubtful.go_to(15)
    doubtful.close()
    assert [i.track_id for i in open_session(path=doubtful.scene.path).queue.items] == [3, 4, -1]


def test_what_edits_mend_leaves_when_one_looks_again(tmp_path, open_session):
    ends, goes_on = drive_by(0, 70, range(8), step=0), drive_by(0.5, 70, range(12, 20), step=0)
    tracks = {**SOUND, 14: ends, 15: goes_on}
    session = open_session(path=write_scene(tmp_path, tracks))
    assert kinds(session.queue.items) == {"broken-track"}
    session.do(compose.merge(session.labels, 15, 14))
    session.poll()
    assert session.queue.items == ()


def test_conflicts_can_be_stepped_through_and_dismissed(tmp_path, open_session):
    path = write_scene(tmp_path, SOUND)
    session = open_session(path=path)
    for frame in (7, 8):
        session.go_to(frame)
        session.select(3)
        center = session.cuboids.center[session.row] + [0, 30.0, 0]
        session.do(compose.set_box(session.labels, session.row, center=center))
    assert not next_conflict(session)
    write_scene(tmp_path, {50: drive_by(0, 10, range(20))}, run="b")
    assert session.rebase()
    assert [i.kind for i in session.queue.items] == ["conflict", "conflict"]
    session.go_to(0)
    assert next_conflict(session)
    assert session.frame_idx == 7
    assert "no-match, ann: 'move' set a box" in session.message
    assert next_conflict(session)
    assert session.frame_idx == 8
    assert next_conflict(session)
    assert session.frame_idx == 7
    assert session.dismiss_item()
    assert session.frame_idx == 8
    assert len(session.queue.items) == 1
    session.decide("accept")
    assert session.queue.items == ()


def test_a_verdict_older_than_a_conflict_does_not_settle_it(tmp_path, open_session):
    path = write_scene(tmp_path, SOUND)
    ann, bob = open_session(path=path), open_session("bob", path=path)
    ann.select(3)
    ann.decide("accept")
    bob.select(3)
    bob.decide("reject")
    ann.poll()
    assert kinds(ann.queue.items) == {"conflict"}
    # She knows now whom she contradicts; he does not.
    ann.decide("accept")
    assert "ann says 'accept' where bob said 'reject'" in ann.message
    assert ann.queue.items == ()
    bob.poll()
    assert kinds(bob.queue.items) == {"conflict"}


def test_evidence_arrives_by_ticks(tmp_path, open_session):
    denied = {t: [-1.0] * 4 for t in (1, 2)}
    session = open_session(path=write_scene(tmp_path, SOUND, evidence=denied))
    assert session.queue.items == ()
    ticked(session)
    assert kinds(session.queue.items) == {"camera-misses"}


# -- one after the other ----------------------------------------------------------------------


def test_frames_that_are_not_reviewed(tmp_path, open_session):
    session = open_session(path=write_scene(tmp_path))
    for frame in (1, 2, 4):
        session.go_to(frame)
        session.decide("accept", thing="frame")
    session.go_to(0)
    assert next_unreviewed(session)
    assert session.frame_idx == 3
    assert next_unreviewed(session)
    assert session.frame_idx == 5
    assert next_unreviewed(session, -1)
    assert next_unreviewed(session, -1)
    assert session.frame_idx == 0
    assert not next_unreviewed(session, -1)
    assert session.message == "no earlier unreviewed frame"


def test_findings_and_keyframes_by_frame(doubtful):
    assert next_finding(doubtful)
    assert (doubtful.frame_idx, doubtful.track_id) == (4, -1)
    assert next_finding(doubtful)
    assert (doubtful.frame_idx, doubtful.track_id) == (11, 1)
    assert next_finding(doubtful, -1)
    assert doubtful.frame_idx == 4
    assert not next_keyframe(doubtful)
    doubtful.select(3)
    for frame in (6, 9):
        doubtful.go_to(frame)
        doubtful.do(compose.set_box(doubtful.labels, doubtful.row, scope="frame"))
    doubtful.go_to(0)
    assert next_keyframe(doubtful)
    assert doubtful.frame_idx == 6
    assert next_keyframe(doubtful)
    assert not next_keyframe(doubtful)
    assert doubtful.message == "no later keyframe of this object"


def test_objects_of_a_frame_from_near_to_far_and_of_the_scene(tmp_path, open_session):
    tracks = {7: drive_by(0, -3, range(2, 20)), 5: drive_by(0, 9, range(5, 15)), 9: SOUND[3]}
    session = open_session(path=write_scene(tmp_path, tracks))
    session.go_to(6)
    assert nearest_first(session).tolist() == [7, 5, 9]
    seen = []
    for _ in range(4):
        next_in_frame(session)
        seen.append(session.track_id)
    assert next_in_frame(session, -1)
    assert (seen, session.track_id) == ([7, 5, 9, 7], 9)
    session.select(None)
    seen = []
    for _ in range(4):
        next_object(session)
        seen.append((session.track_id, session.frame_idx))
    assert seen == [(9, 0), (7, 2), (5, 5), (9, 0)]


def test_progress_counts(doubtful):
    doubtful.select(1)
    doubtful.decide("accept")
    doubtful.select(2)
    doubtful.decide("reject")
    doubtful.select(3)
    doubtful.decide("flag")
    doubtful.do(compose.set_box(doubtful.labels, doubtful.row, scope="frame"))
    doubtful.decide("accept", thing="frame")
    now = doubtful.progress
    assert (now.tracks, now.accepted, now.rejected, now.flagged) == (4, 1, 1, 1)
    assert (now.frames, now.frames_reviewed) == (20, 1)
    assert (now.boxes, now.boxes_reviewed, now.boxes_by_people) == (80, 42, 1)
    assert replace(now, boxes=0) != now
