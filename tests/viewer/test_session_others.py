"""Several people at one scene, and labels that are made anew while they work."""

from __future__ import annotations

import json
import shutil
import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from review_acts import act, equal, move, ticked
from review_scenes import TWO_CARS, write_scene

import avlabel
from avlabel.core.cuboids import NO_TRACK
from avlabel.edits import compose
from avlabel.edits.log import EditLog
from avlabel.errors import SceneError
from avlabel.scenes.store import Store
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.session import Session

# -- others -----------------------------------------------------------------------------------


def test_what_others_do_arrives_and_is_said(open_session):
    ann, bob = open_session("ann"), open_session("bob")
    ann.poll()
    ann.take_changes()
    ann.poll()
    assert ann.take_changes() == Changed.NOTHING
    assert move(bob)
    ann.poll()
    assert ann.message == "bob: move (frame 0)"
    assert Changed.LABELS in ann.take_changes()
    assert equal(ann.cuboids, bob.cuboids)
    other_window = open_session("ann")
    for _ in range(4):
        assert move(bob, 5 if bob.frame_idx else 3)
    other_window.go_to(3)
    assert move(other_window)
    ann.poll()
    assert ann.message == "bob: 4 edits; you, elsewhere: move (frame 3)"


def test_ticks_look_once_a_second(open_session):
    now = [0.0]
    ann, bob = open_session("ann", clock=lambda: now[0]), open_session("bob")
    assert move(bob)
    for now[0] in np.arange(0, 1, 0.25):
        ticked(ann)
        assert ann.message == ""
    now[0] = 1.0
    ticked(ann)
    assert ann.message == "bob: move (frame 0)"
    assert equal(ann.cuboids, bob.cuboids)


def test_a_disk_that_cannot_be_looked_at_is_said_once_and_looked_at_again(
    open_session, monkeypatch
):
    now = [0.0]
    ann, bob = open_session("ann", clock=lambda: now[0]), open_session("bob")

    def gone(book):
        raise RuntimeError("nobody foresaw this")

    def away(store, relative=""):
        raise SceneError("cannot list it: host is down")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "sizes", away)
        for now[0] in (1.0, 2.0, 3.0):
            ticked(ann)
        assert list(ann.messages) == ["cannot list it: host is down"]
    with monkeypatch.context() as patch:
        patch.setattr("avlabel_viewer.session.session.look", gone)
        now[0] = 4.0
        ticked(ann)
        assert ann.message == "RuntimeError: nobody foresaw this"
    assert move(bob)
    now[0] = 5.0
    ticked(ann)
    assert ann.message == "bob: move (frame 0)"


def test_a_strange_log_of_somebody_is_said_once_and_blocks_nobody(open_session, scene_path):
    ann, bob = open_session("ann"), open_session("bob")
    assert move(bob)
    strange = scene_path / "edits" / "20260101T000000000-eve-00000000-000000.jsonl"
    strange.write_text("no edit\n")
    ann.poll()
    assert equal(ann.cuboids, bob.cuboids)
    ann.say("")
    ann.poll()
    assert ann.message == ""


def test_what_is_done_in_view_of_an_edit_counts_as_later(open_session):
    """Whatever the other machine's clock says."""
    ann = open_session()
    fast = EditLog(
        ann.scene.store.child("edits"),
        "bob",
        ann.scene.number,
        (0.0, 0.0, 0.0),
        clock=lambda: time.time_ns() + 3600 * 10**9,
    )
    row = int(ann.rows_in(0)[0])
    fast.append(compose.set_box(ann.labels, row, center=[0.0, 5.0, 0.75]))
    fast.close()
    ann.poll()
    assert ann.cuboids.center[row].tolist() == [0.0, 5.0, 0.75]
    assert move(ann)
    assert ann.cuboids.center[row].tolist() == [0.0, 5.5, 0.75]
    assert ann.labels.conflicts == ()
    again = open_session()
    assert move(again)
    assert again.cuboids.center[row].tolist() == [0.0, 6.0, 0.75]


def test_an_edit_from_the_end_of_time_stops_nobody(open_session, scene_path):
    ann, bob = open_session("ann"), open_session("bob")
    assert move(bob)
    (log,) = (scene_path / "edits").iterdir()
    line = json.loads(log.read_bytes())
    log.write_text(json.dumps({**line, "time_ns": 2**62 - 1}) + "\n")
    ann.poll()
    assert len(ann.book.edits) == 1
    assert move(ann)
    assert move(open_session("eve"))


def test_half_a_line_of_somebody_waits_for_its_end(open_session, scene_path):
    ann, bob = open_session("ann"), open_session("bob")
    assert move(bob)
    ann.poll()
    assert move(bob)
    (log,) = (scene_path / "edits").iterdir()
    whole = log.read_bytes()
    first = whole.index(b"\n") + 1
    for length in (first + 1, len(whole) - 2):
        log.write_bytes(whole[:length])
        ann.poll()
        assert len(ann.book.edits) == 1
    for length in (len(whole) - 1, len(whole)):
        log.write_bytes(whole[:length])
        ann.poll()
        assert len(ann.book.edits) == 2
    with log.open("ab") as stream:
        stream.write(whole[first:].replace(b'":1"', b'":2"').replace(b':1"', b':2"', 1))
    ann.poll()
    assert len(ann.book.edits) == 3


acts = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["move", "delete", "accept", "undo", "redo", "poll", "merge", "split"]),
    st.integers(5, 14),
)


@settings(max_examples=25)
@given(st.lists(acts, max_size=15))
def test_sessions_that_have_heard_of_each_other_see_the_same(tmp_path_factory, history):
    """Ann in two windows, and Bob, in any order; and whoever opens the scene afterwards."""
    root = tmp_path_factory.mktemp("any")
    path = write_scene(root)
    people = [
        Session(avlabel.open_scene(path), author, state_folder=root / "state")
        for author in ("ann", "ann", "bob")
    ]
    for who, what, frame in history:
        one = people[who]
        one.go_to(frame)
        one.select(5 if frame % 2 else 3)
        if what in ("undo", "redo", "poll"):
            getattr(one, what)()
        elif one.row is not None:
            act(one, what)
    for one in people:
        one.poll()
    seen = people[0].scene.resolved()
    for one in people:
        assert equal(one.cuboids, seen.cuboids)
        assert one.labels.conflicts == seen.conflicts
        assert one.book.edits == people[0].book.edits
        one.close()
    shutil.rmtree(root)


# -- new labels -------------------------------------------------------------------------------


def test_new_labels_are_noticed_and_taken_when_it_suits(open_session, scene_path):
    session = open_session()
    session.go_to(8)
    assert move(session)
    session.poll()
    assert session.newer_commit is None
    write_scene(scene_path.parent, {30: TWO_CARS[3], 50: TWO_CARS[5]}, run="b")
    session.poll()
    assert session.newer_commit == 2
    assert "commit 2" in session.message
    session.say("")
    session.poll()
    assert session.message == ""
    session.take_changes()
    assert session.rebase()
    assert Changed.SCENE in session.take_changes()
    assert (session.scene.number, session.newer_commit) == (2, None)
    assert (session.frame_idx, session.track_id) == (8, 30)
    assert session.cuboids.center[session.row].tolist() == [8.0, 0.5, 0.75]
    assert session.undo()
    assert equal(session.cuboids, session.scene.cuboids())


def test_an_object_that_nobody_touched_is_found_again_by_place(open_session, scene_path):
    session = open_session()
    session.go_to(12)
    session.select(5)
    write_scene(
        scene_path.parent, {30: TWO_CARS[3], 50: TWO_CARS[5]}, run="b", origin_m=(100, 0, 0)
    )
    assert session.rebase()
    # The world moved by 100 m and the boxes did not: another object stands there now.
    assert session.track_id == NO_TRACK
    session.select(50)
    moved = {70: {f: (x + 0.3, y, yaw) for f, (x, y, yaw) in TWO_CARS[5].items()}, 3: TWO_CARS[3]}
    write_scene(scene_path.parent, moved, run="c", origin_m=(100, 0, 0))
    assert session.rebase()
    assert session.track_id == 70


def test_frames_that_are_numbered_otherwise_are_found_by_their_time(open_session, scene_path):
    session = open_session()
    session.go_to(8)
    assert move(session, 3)
    session.select(5)
    write_scene(scene_path.parent, {30: TWO_CARS[3], 50: TWO_CARS[5]}, run="b", first_frame=100)
    assert session.rebase()
    assert (session.frame_idx, session.track_id) == (108, 50)
    session.select(30)
    assert session.cuboids.center[session.row].tolist() == [8.0, 0.5, 0.75]
    assert session.labels.conflicts == ()


def test_what_does_not_fit_new_labels_is_listed(open_session, scene_path):
    session = open_session()
    assert move(session)
    write_scene(scene_path.parent, {50: TWO_CARS[5]}, run="b", n_frames=15)
    session.go_to(19)
    assert session.rebase()
    assert session.frame_idx == 14
    assert [conflict.rule for conflict in session.labels.conflicts] == ["no-match"]
    assert "1 conflicts" in session.message


def test_what_the_disk_refused_is_recorded_before_new_labels_are_opened(
    open_session, scene_path, monkeypatch
):
    session = open_session()
    write_scene(scene_path.parent, {30: TWO_CARS[3], 50: TWO_CARS[5]}, run="b")

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert not move(session)
        assert not session.rebase()
        assert session.scene.number == 1
        assert "no space left" in session.message
    assert session.rebase()
    assert session.scene.number == 2
    assert session.refused == ()
    assert session.cuboids.center[session.row].tolist() == [0.0, 0.5, 0.75]


def test_new_labels_that_cannot_be_read_change_nothing(open_session, scene_path):
    session = open_session()
    assert move(session)
    before = session.labels
    (scene_path / "_commits" / "00000002.json").write_text("{")
    session.poll()
    assert session.newer_commit == 2
    assert not session.rebase()
    assert "cannot open the new labels" in session.message
    assert session.labels is before
    assert move(session)


# -- in a bucket ------------------------------------------------------------------------------


def test_two_people_in_a_bucket(bucket, open_session):
    path = write_scene(f"s3://{bucket}/scenes")
    now = [0.0]
    ann = open_session("ann", path=path, clock=lambda: now[0])
    bob = open_session("bob", path=path)
    assert move(bob)
    now[0] = 9.0
    ticked(ann)
    assert ann.message == ""
    now[0] = 10.0
    ticked(ann)
    assert ann.message == "bob: move (frame 0)"
    assert equal(ann.cuboids, bob.cuboids)
    write_scene(f"s3://{bucket}/scenes", {30: TWO_CARS[3]}, run="b")
    now[0] = 20.0
    ticked(ann)
    assert ann.newer_commit == 2
    assert ann.rebase()
    assert ann.cuboids.center[0].tolist() == [0.0, 0.5, 0.75]
