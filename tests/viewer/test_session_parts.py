"""Work time, playback, questions and jobs."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from click.testing import CliRunner
from review_scenes import write_scene

import avlabel
from avlabel.cli.edits import command
from avlabel.edits import compose
from avlabel.errors import InputError, ReadError
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.folders import is_first_start, note_guide_seen, state_folder
from avlabel_viewer.session.jobs import Jobs
from avlabel_viewer.session.prompts import Prompt
from avlabel_viewer.session.session import Session
from avlabel_viewer.session.work_time import WorkTime


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(tmp_path, clock):
    opened = Session(avlabel.open_scene(write_scene(tmp_path)), "ann", clock=clock)
    yield opened
    opened.close()


# -- time -------------------------------------------------------------------------------------


def test_work_on_an_object_counts_without_breaks(clock):
    spent = WorkTime(clock)
    clock.now += 3
    spent.touch("a")
    clock.now += 15
    spent.touch("a")
    clock.now += 3600
    spent.touch("b")
    clock.now += 1
    spent.touch("a")
    assert spent.spent("a") == pytest.approx(19)
    assert spent.take("b") == pytest.approx(20)
    assert spent.take("b") == 0.0
    assert spent.take("a") == pytest.approx(19)


def test_edits_carry_the_time_spent_on_their_object(session, clock):
    session.select(3)
    clock.now += 4
    session.touch()
    clock.now += 2
    assert session.decide("accept")
    session.select(5)
    clock.now += 300
    session.select(3)
    clock.now += 1
    assert session.comment("done")
    session.select(5)
    assert session.decide("flag")
    assert session.undo()
    assert [edit.seconds for edit in session.book.edits] == [6.0, 1.0, 20.0, 0.0]


def test_the_command_sums_the_time(session, clock):
    runner = CliRunner()
    assert runner.invoke(command, [session.scene.path, "--time"]).output == "no time recorded\n"
    for track_id, seconds in ((5, 3), (3, 9), (3, 8)):
        session.select(track_id)
        clock.now += seconds
        assert session.decide("accept")
    printed = runner.invoke(command, [session.scene.path, "--time"], catch_exceptions=False).output
    rows = [line.strip("│ ").split("│") for line in printed.splitlines() if "track" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["track 3, car", "ann", "17"],
        ["track 5, car", "ann", "3"],
    ]
    facts = json.loads(runner.invoke(command, [session.scene.path, "--json"]).output)
    assert facts["seconds_by_object"] == [
        {"track_id": 3, "author": "ann", "seconds": 17.0},
        {"track_id": 5, "author": "ann", "seconds": 3.0},
    ]
    assert facts["seconds_by_author"] == {"ann": 20.0}


def test_what_the_disk_refused_costs_no_time(session, clock, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    session.select(3)
    clock.now += 4
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert not session.decide("accept")
    clock.now += 1
    assert session.retry()
    assert [edit.seconds for edit in session.book.edits] == [5.0]


def test_watching_others_is_no_work(session, clock):
    session.select(3)
    for _ in range(10):
        clock.now += 5
        session.tick()
    assert session.work_time.spent(session.key) == 0.0


# -- playback ---------------------------------------------------------------------------------


def test_frames_are_played_in_real_time(session, clock):
    session.play()
    seen = []
    for _ in range(9):
        session.tick()
        seen.append(session.frame_idx)
        clock.now += 0.0501
    assert seen == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    session.set_speed(4.0)
    clock.now += 0.0501
    session.tick()
    assert session.frame_idx == 6
    session.go_to(1)
    session.tick()
    assert session.frame_idx == 1
    clock.now += 60
    session.tick()
    assert (session.frame_idx, session.player.playing) == (19, False)
    session.play()
    session.tick()
    assert (session.frame_idx, session.player.playing) == (0, True)
    session.play()
    clock.now += 1
    session.tick()
    assert (session.frame_idx, session.player.playing) == (0, False)


# -- questions --------------------------------------------------------------------------------


def test_questions_wait_for_their_answers(session):
    told = []
    session.ask(Prompt("choice", "class", told.append, choices=("car", "van")))
    session.ask(Prompt("number", "frame", told.append, default=3))
    assert Changed.MESSAGE in session.take_changes()
    session.answer("boat")
    assert "expected one of car, van, got 'boat'" in session.message
    assert session.prompt.title == "class"
    session.answer("van")
    session.answer("seven")
    assert "expected a number, got 'seven'" in session.message
    session.answer(" 7,5 ")
    assert session.prompt is None
    session.answer("nobody asked")
    session.ask(Prompt("confirm", "sure?", told.append))
    session.dismiss()
    session.ask(Prompt("confirm", "sure?", told.append))
    session.answer(True)
    session.ask(Prompt("text", "why?", lambda why: session.ask(Prompt("text", why, told.append))))
    session.answer("because")
    assert session.prompt.title == "because"
    assert told == ["van", 7.5, True]
    session.dismiss()
    session.ask(Prompt("number", "frame", lambda frame: session.go_to(int(frame))))
    session.answer("99")
    assert session.message == "frames: no frame 99"


@pytest.mark.parametrize("value", ["nan", "inf", "", None, "1e999"])
def test_what_is_no_number_is_no_answer(value):
    with pytest.raises(InputError, match="expected a number"):
        Prompt("number", "x", print).read(value)


# -- jobs -------------------------------------------------------------------------------------


def finish(jobs, job):
    """Wait for a job's thread and deliver what it gave."""
    for thread in threading.enumerate():
        if thread.name == f"job {job.name}":
            thread.join(60)
    jobs.deliver()


def test_results_are_delivered_where_they_are_asked_for(session):
    got = []
    go_on = threading.Event()

    def work(job):
        job.progress(0.5)
        assert go_on.wait(60)
        return threading.current_thread()

    job = session.run(
        "think", work, lambda thread: got.append((thread, threading.current_thread()))
    )
    session.jobs.deliver()
    assert (got, session.jobs.running) == ([], (job,))
    go_on.set()
    finish(session.jobs, job)
    ((worker, here),) = got
    assert worker is not here
    assert here is threading.current_thread()
    assert (job.done, session.jobs.running) == (0.5, ())


def test_failures_are_said_in_words(session, caplog):
    def unreadable(job):
        raise ReadError("sweep 7: truncated")

    def wrong(job):
        return 1 / 0

    finish(session.jobs, session.run("read", unreadable, print))
    assert session.message == "read: sweep 7: truncated"
    assert not caplog.records
    finish(session.jobs, session.run("divide", wrong, print))
    assert session.message == "divide: ZeroDivisionError: division by zero"
    finish(session.jobs, session.run("use", lambda _job: 0, lambda zero: 1 / zero))
    assert session.message == "use: ZeroDivisionError: division by zero"
    assert [record.message for record in caplog.records] == ["divide failed", "use failed"]
    assert session.jobs.running == ()


def test_cancelled_work_ends_and_gives_nothing():
    jobs, got, started = Jobs(), [], threading.Event()

    def endless(job):
        while True:
            job.progress(0.0)
            started.set()

    def stubborn(job):
        assert job.is_cancelled
        return 1

    job = jobs.run("endless", endless, got.append, got.append)
    assert started.wait(60)
    jobs.cancel_all()
    finish(jobs, job)
    gate = threading.Event()
    job = jobs.run("stubborn", lambda job: gate.wait(60) and stubborn(job), got.append, got.append)
    job.cancel()
    gate.set()
    finish(jobs, job)
    assert (got, jobs.running) == ([], ())


def test_leaving_waits_for_what_ends_soon_and_not_for_what_does_not():
    jobs, ended, gate = Jobs(), [], threading.Event()
    jobs.run("soon", lambda _job: ended.append(1), print, print)
    jobs.close(wait_s=60.0)
    assert ended == [1]
    jobs.run("never", lambda _job: gate.wait(60), print, print)
    jobs.close(wait_s=0.0)
    gate.set()


# -- the rest ---------------------------------------------------------------------------------


def test_where_the_system_keeps_what_programs_remember(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "avlabel" / "review"
    assert is_first_start()
    note_guide_seen()
    assert not is_first_start()


def test_a_deleted_object_is_selected_no_more(session):
    session.select(3)
    assert session.do(compose.delete_track(session.labels, 3))
    assert (session.track_id, session.row) == (-1, None)
    assert session.undo()
    assert (session.track_id, session.row) == (3, session.rows_in(0)[0])


def test_frames_that_are_not_there_are_refused(session):
    with pytest.raises(ValueError, match="no frame 20"):
        session.go_to(20)
    session.step(100)
    assert session.frame_idx == 19
    session.step(-3)
    assert session.frame_idx == 16
    assert np.array_equal(session.rows_in(16), np.flatnonzero(session.cuboids.frame_idx == 16))
