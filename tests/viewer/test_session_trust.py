"""Sessions that are killed, undone, or meet a full disk: nothing is ever lost."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_acts import equal, move
from review_scenes import TWO_CARS, drive_by, write_scene

import avlabel
from avlabel.core.cuboids import NO_TRACK
from avlabel.edits import compose
from avlabel.edits.resolve import resolve
from avlabel_viewer.session.session import Session

REVIEWER = Path(__file__).with_name("endless_reviewer.py")


# -- killed -----------------------------------------------------------------------------------


def reviewer(scene_path, author, state, n=0):
    command = [sys.executable, str(REVIEWER), str(scene_path), author, str(state), str(n)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def test_a_killed_session_is_there_again(scene_path, open_session, tmp_path):
    process = reviewer(scene_path, "ann", tmp_path / "state")
    said = [process.stdout.readline().split() for _ in range(25)]
    process.kill()
    said += [line.split() for line in process.communicate()[0].splitlines(keepends=True)
             if line.endswith("\n")]  # fmt: skip
    session = open_session("ann")
    ids = [edit.edit_id for edit in session.book.edits]
    assert {edit_id for edit_id, _ in said} <= set(ids)
    assert session.key == session.labels.key_of(3)
    # One step further than it said, at most.
    assert (session.frame_idx - int(said[-1][1])) % 20 in (0, 1)
    assert session.message == ""
    assert equal(session.cuboids, session.scene.resolved().cuboids)
    while session.undo():
        pass
    assert equal(session.cuboids, session.scene.cuboids())


def test_two_processes_never_overwrite_each_other(scene_path, open_session, tmp_path):
    n = 60
    both = [reviewer(scene_path, author, tmp_path / "state", n) for author in ("ann", "bob")]
    said = [process.communicate()[0].split()[::2] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [len(ids) for ids in said] == [n, n]
    session = open_session("eve")
    written = {edit.edit_id for edit in session.book.edits}
    assert set(said[0]) | set(said[1]) <= written
    assert len(written) == 2 * (n + n // 5)
    assert len(set((scene_path / "edits").iterdir())) == 2


def test_where_a_person_was_is_found_again(open_session):
    first = open_session()
    first.go_to(7)
    first.select(5)
    first.show(color_by="track", sweeps=5, far_m=40.0)
    first.set_scope("onward")
    first.lock_size(False)
    first.close()
    again = open_session()
    assert (again.frame_idx, again.track_id, again.reach) == (7, 5, first.reach)
    assert again.display == first.display
    assert not again.size_locked()
    assert open_session("bob").frame_idx == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"bookmark": {}}', b'{"bookmark": {"frame_idx": "x"}}', b"\xff\xfe",
     b"[" * 100_000, b'{"bookmark": {"frame_idx": 3, "display": {"color_by": "smell"}}}',
     b" " * (2 << 20), b'{"bookmark": {"frame_idx": 3, "key": "1:abc"}}',
     b'{"bookmark": {"frame_idx": 3, "display": {"sweeps": 7}}}',
     b'{"bookmark": {"frame_idx": 3, "display": {"point_px": NaN}}}'],
)  # fmt: skip
def test_a_damaged_bookmark_is_ignored_with_a_word(open_session, tmp_path, content):
    first = open_session()
    first.go_to(7)
    first.close()
    (path,) = (tmp_path / "state").iterdir()
    path.write_bytes(content)
    session = open_session()
    assert session.frame_idx == 0
    assert "starting afresh" in session.message
    assert str(path) in session.message
    assert len(session.message) < 500
    session.go_to(9)
    session.close()
    assert open_session().frame_idx == 9


def test_a_bookmark_of_a_frame_that_never_was_is_no_harm(open_session, tmp_path):
    first = open_session()
    first.go_to(7)
    first.close()
    (path,) = (tmp_path / "state").iterdir()
    path.write_text(path.read_text().replace('"frame_idx": 7', f'"frame_idx": {2**70}'))
    assert open_session().frame_idx == 0


def test_a_selected_object_is_found_again_on_labels_made_meanwhile(open_session, scene_path):
    first = open_session()
    first.go_to(8)
    first.select(5)
    first.close()
    shifted = {frame: (x - 100.0, y + 0.3, yaw) for frame, (x, y, yaw) in TWO_CARS[5].items()}
    others = {40: drive_by(-100, 0, range(20)), 41: shifted}
    write_scene(scene_path.parent, others, run="b", origin_m=(100.0, 0.0, 0.0))
    again = open_session()
    assert (again.scene.number, again.frame_idx, again.track_id) == (2, 8, 41)
    again.select(40)
    again.do(compose.delete_track(again.labels, 40))
    again.close()
    assert open_session().track_id == NO_TRACK


def test_a_bookmark_of_other_labels_leads_nowhere_wrong(open_session, scene_path):
    first = open_session()
    first.go_to(19)
    first.select(3)
    first.close()
    shutil.rmtree(scene_path)
    write_scene(scene_path.parent, {4: drive_by(0, 0, range(5))}, n_frames=5)
    again = open_session()
    assert (again.frame_idx, again.track_id, again.row) == (0, NO_TRACK, None)


def test_bookmarks_that_cannot_be_kept_cost_nothing_else(open_session, tmp_path):
    (tmp_path / "file").write_text("no folder")
    session = open_session(state_folder=tmp_path / "file")
    session.keep()
    assert "will not be remembered" in session.message
    assert move(session)


# -- undo -------------------------------------------------------------------------------------


def test_undo_goes_on_across_starts(open_session):
    first = open_session()
    assert move(first)
    assert move(first, 3, (0, 0, 1))
    moved = first.cuboids
    first.close()
    again = open_session()
    assert again.undo()
    assert again.message == "undone: move (frame 0)"
    assert again.undo()
    assert not again.undo()
    assert again.message == "nothing to undo"
    assert list(again.messages)[-1] == again.message
    assert equal(again.cuboids, again.scene.cuboids())
    again.close()
    third = open_session()
    assert third.redo()
    assert third.redo()
    assert not third.redo()
    assert equal(third.cuboids, moved)


def test_what_was_done_at_once_is_undone_at_once(open_session):
    session = open_session()
    assert move(session)
    before = session.cuboids
    boxes = [compose.set_box(session.labels, row, center=[row, 3, 1]) for row in (2, 4, 6)]
    assert session.do(*boxes)
    after = session.cuboids
    session.close()
    again = open_session()
    assert again.undo()
    assert equal(again.cuboids, before)
    assert again.redo()
    assert equal(again.cuboids, after)
    assert again.undo()
    assert again.undo()
    assert not again.undo()
    assert equal(again.cuboids, again.scene.cuboids())
    assert again.redo()
    assert equal(again.cuboids, before)
    assert again.redo()
    assert not again.redo()
    assert equal(again.cuboids, after)


def test_undo_leaves_other_people_alone(open_session):
    ann, bob = open_session("ann"), open_session("bob")
    assert move(ann)
    assert move(bob, 3, (0, 0, 1))
    ann.poll()
    assert ann.undo()
    assert not ann.undo()
    bob.poll()
    # Bob had not seen what Ann did: he moved the box from where the labels had it.
    assert bob.cuboids.center[bob.row].tolist() == [0.0, 0.0, 1.75]


steps = st.one_of(
    st.tuples(st.just("both"), st.floats(-2, 2)),
    st.tuples(st.just("move"), st.sampled_from([3, 5]), st.floats(-2, 2)),
    st.just(("undo",)),
    st.just(("redo",)),
    st.just(("reopen",)),
)


@settings(max_examples=40)
@given(st.lists(steps, max_size=12))
def test_any_history_is_what_its_edits_that_hold_make_of_the_labels(tmp_path_factory, history):
    """A model of undo: a list of what was done and one of what was undone."""
    root = tmp_path_factory.mktemp("any")
    path = write_scene(root)
    session = Session(avlabel.open_scene(path), "ann", state_folder=root / "state")
    done, undone = [], []
    for what, *how in history:
        if what == "move":
            session.go_to(8)
            assert move(session, how[0], (0, how[1], 0))
            done.append((session.book.edits[-1],))
            undone.clear()
        elif what == "both":
            rows = session.rows_in(8)[:2].tolist()
            move_up = [
                compose.set_box(session.labels, row, center=[0, how[0], row]) for row in rows
            ]
            assert session.do(*move_up)
            done.append(tuple(session.book.edits[-2:]))
            undone.clear()
        elif what == "undo":
            assert session.undo() == bool(done)
            undone += [done.pop()] if done else []
        elif what == "redo":
            assert session.redo() == bool(undone)
            done += [undone.pop()] if undone else []
        else:
            session.close()
            session = Session(avlabel.open_scene(path), "ann", state_folder=root / "state")
        holds = list(itertools.chain(*done))
        assert equal(session.cuboids, resolve(session.labels.labels, holds).cuboids)
    session.close()
    shutil.rmtree(root)


# -- a disk that refuses ----------------------------------------------------------------------


def test_a_full_disk_changes_nothing_and_the_next_edit_tries_again(tiny_disk, open_session):
    path = write_scene(tiny_disk, TWO_CARS)
    session = open_session(path=path)
    assert move(session)
    before = session.labels
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(tiny_disk).free))
    # The last page of the log may still have room.
    while move(session, 3, (0, 0, 0.01)):
        before = session.labels
    assert session.labels is before
    assert session.message == session.trouble
    assert "not saved" in session.trouble
    assert "no space left on device" in session.trouble
    assert equal(session.cuboids, session.scene.resolved().cuboids)
    ballast.unlink()
    assert session.retry()
    assert (session.trouble, session.refused) == ("", ())
    assert session.labels is not before
    assert equal(session.cuboids, session.scene.resolved().cuboids)


def test_a_disk_that_became_read_only_is_said_until_it_is_not(tiny_disk, open_session):
    session = open_session(path=write_scene(tiny_disk, TWO_CARS))
    assert move(session)
    session.book.close()
    before = session.labels
    remount(tiny_disk, "ro")
    assert not move(session)
    assert not session.comment("lost?")
    assert "read-only file system" in session.trouble
    assert session.labels is before
    remount(tiny_disk, "rw")
    assert session.retry()
    assert [comment.text for comment in session.labels.comments] == ["lost?"]
    assert equal(session.cuboids, session.scene.resolved().cuboids)


def remount(disk, how):
    command = [shutil.which("mount"), "-o", f"remount,{how}", str(disk)]
    subprocess.run(command, check=True)  # noqa: S603


def test_a_disk_that_fails_to_sync_is_as_bad_as_a_full_one(open_session, monkeypatch):
    session = open_session()
    assert move(session)
    before = session.labels

    def broken(handle):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        assert not move(session)
        assert not session.undo()
        assert not session.decide("accept")
        assert session.labels is before
    assert move(session)
    assert len(session.scene.edits().edits) == 2
    assert equal(session.cuboids, session.scene.resolved().cuboids)
