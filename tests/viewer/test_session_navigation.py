"""Going to the next thing of a kind, and how far one is."""

from __future__ import annotations

from dataclasses import replace

from review_scenes import SOUND, drive_by, write_scene

from avlabel.edits import compose
from avlabel_viewer.session.navigation import (
    nearest_first,
    next_finding,
    next_in_frame,
    next_keyframe,
    next_object,
    next_unreviewed,
)


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
