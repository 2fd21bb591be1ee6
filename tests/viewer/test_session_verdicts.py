"""Verdicts, comments, attributes: what was said of which boxes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_scenes import TWO_CARS, drive_by, write_scene

import avlabel
from avlabel.edits import compose
from avlabel.edits.model import VERDICTS, Edit
from avlabel.edits.resolve import resolve
from avlabel_viewer.session.notes import attributes_of, comments_of
from avlabel_viewer.session.session import Session
from avlabel_viewer.session.verdicts import Said, Verdicts

ACCEPT, REJECT, FLAG, NOTHING = Said.ACCEPT, Said.REJECT, Said.FLAG, Said.NOTHING


@pytest.fixture
def session(tmp_path):
    opened = Session(avlabel.open_scene(write_scene(tmp_path)), "ann")
    yield opened
    opened.close()


def of_track(session, track_id):
    return session.verdicts.row[compose.rows_of(session.labels, track_id)]


def test_a_track_a_box_and_a_frame(session):
    assert not session.verdicts.row.any()
    session.select(5)
    assert session.decide("accept")
    assert set(of_track(session, 5)) == {ACCEPT}
    assert set(of_track(session, 3)) == {NOTHING}
    assert session.verdicts.track.tolist() == [NOTHING, ACCEPT]
    session.go_to(7)
    assert session.decide("flag", "door open", thing="box")
    assert of_track(session, 5).tolist() == [ACCEPT] * 2 + [FLAG] + [ACCEPT] * 7
    assert session.decide("accept", thing="frame")
    assert set(session.verdicts.row[session.rows_in(7)]) == {ACCEPT}
    assert session.verdicts.frame.tolist() == [NOTHING] * 7 + [ACCEPT] + [NOTHING] * 12


def test_the_latest_verdict_on_a_box_holds(session):
    session.select(5)
    session.go_to(7)
    assert session.decide("reject", thing="box")
    assert session.decide("accept")
    assert set(of_track(session, 5)) == {ACCEPT}
    assert session.decide("clear")
    assert of_track(session, 5).tolist() == [NOTHING] * 2 + [REJECT] + [NOTHING] * 7
    assert session.undo()
    assert set(of_track(session, 5)) == {ACCEPT}


def test_rejecting_a_frame_or_the_scene_rejects_no_boxes(session):
    assert session.decide("reject", thing="frame")
    assert session.decide("flag", thing="scene")
    assert not session.verdicts.row.any()
    assert session.verdicts.frame[0] == REJECT
    assert session.verdicts.scene == FLAG
    assert not session.verdicts.reviewed.any()
    assert session.decide("accept", thing="scene")
    assert set(session.verdicts.row) == {ACCEPT}
    assert session.verdicts.reviewed.all()


def test_a_frame_is_reviewed_when_all_its_boxes_are(session):
    session.select(5)
    assert session.decide("reject")
    assert not session.verdicts.reviewed.any()
    session.select(3)
    session.go_to(2)
    assert session.decide("accept", thing="box")
    assert np.flatnonzero(session.verdicts.reviewed).tolist() == [2]
    session.select(3)
    assert session.decide("accept")
    assert session.verdicts.reviewed.all()


def test_a_frame_without_boxes_is_reviewed_when_somebody_says_so(tmp_path):
    scene = write_scene(tmp_path, {3: drive_by(0, 0, range(2))}, n_frames=3)
    session = Session(avlabel.open_scene(scene), "ann")
    session.select(3)
    assert session.decide("accept")
    assert session.verdicts.reviewed.tolist() == [True, True, False]
    session.go_to(2)
    assert session.decide("accept", thing="frame")
    assert session.verdicts.reviewed.all()
    session.close()


def test_a_verdict_on_what_is_not_there_is_none(session):
    assert not session.decide("accept")
    assert session.message == "no object is selected"
    session.select(5)
    assert not session.decide("accept", thing="box")
    assert "no box in this frame" in session.message
    assert session.book.edits == []


def test_acceptance_of_what_has_changed_since_counts_no_more(tmp_path):
    path = write_scene(tmp_path)
    session = Session(avlabel.open_scene(path), "ann")
    for track in (3, 5):
        session.select(track)
        assert session.decide("accept")
    shifted = {frame: (x, y + 0.7, yaw) for frame, (x, y, yaw) in TWO_CARS[5].items()}
    write_scene(tmp_path, {30: TWO_CARS[3], 50: shifted}, run="b")
    assert session.rebase()
    assert [c.rule for c in session.labels.conflicts] == ["accepted-changed"]
    assert set(of_track(session, 30)) == {ACCEPT}
    assert set(of_track(session, 50)) == {NOTHING}
    session.select(50)
    assert session.decide("accept")
    assert set(of_track(session, 50)) == {ACCEPT}
    session.close()


things = st.tuples(
    st.sampled_from([None, 3, 5]), st.none() | st.integers(0, 19), st.sampled_from(VERDICTS)
)


@given(st.lists(things, max_size=12))
def test_any_verdicts_are_as_if_pinned_to_boxes_one_after_the_other(labels, said):
    edits, held = [], {}
    for i, (track_id, frame_idx, verdict) in enumerate(said):
        change = compose.decide(labels, verdict, track_id, frame_idx).change
        edits.append(Edit(f"sitting:{i}", verdict, "ann", i, labels.labels.commit, change))
        held.pop((track_id, frame_idx), None)
        if verdict != "clear":
            held[track_id, frame_idx] = Said[verdict.upper()]
    seen = resolve(labels.labels, edits)
    cuboids = seen.cuboids
    expected = np.zeros(len(cuboids), np.uint8)
    for (track_id, frame_idx), verdict in held.items():
        mine = np.ones(len(cuboids), bool)
        if track_id is not None:
            mine &= cuboids.track_id == track_id
        if frame_idx is not None:
            mine &= cuboids.frame_idx == frame_idx
        if track_id is not None or verdict == ACCEPT:
            expected[mine] = verdict
    verdicts = Verdicts.of(seen)
    assert verdicts.row.tolist() == expected.tolist()
    assert verdicts.scene == held.get((None, None), NOTHING)
    assert verdicts.track.tolist() == [held.get((t, None), NOTHING) for t in (3, 5)]
    assert verdicts.frame.tolist() == [held.get((None, f), NOTHING) for f in range(20)]


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    return avlabel.open_scene(write_scene(tmp_path_factory.mktemp("scene"))).resolved()


def test_comments_classes_and_attributes(session):
    session.select(5)
    session.go_to(6)
    assert session.comment("is it a van?")
    assert session.comment("hidden", thing="box")
    assert [(c.track_id, c.frame_idx, c.text) for c in session.labels.comments] == [
        (5, None, "is it a van?"), (5, 6, "hidden"),
    ]  # fmt: skip
    assert [c.text for c in comments_of(session.labels, 5)] == ["is it a van?", "hidden"]
    assert comments_of(session.labels, 3) == ()
    assert session.set_category("van")
    rows = compose.rows_of(session.labels, 5)
    assert set(session.cuboids.category[rows]) == {session.scene.taxonomy.code("van")}
    assert session.set_attributes({"door": "open"}, thing="box")
    assert session.set_attributes({"door": "shut", "doors": 4})
    assert attributes_of(session.labels, 5) == {"door": "shut", "doors": 4}
    assert attributes_of(session.labels, 5, 6) == {"door": "open", "doors": 4}
    assert session.set_attributes({"door": None})
    assert attributes_of(session.labels, 5, 7) == {"doors": 4}


def test_sizes_of_vehicles_are_locked_unless_somebody_frees_them(tmp_path):
    path = write_scene(tmp_path, leaf={5: "pedestrian"})
    session = Session(avlabel.open_scene(path), "ann")
    assert not session.size_locked()
    session.select(3)
    assert session.size_locked()
    session.lock_size(False)
    assert not session.size_locked()
    session.select(5)
    assert not session.size_locked()
    assert not session.size_locked(3)
    session.close()
