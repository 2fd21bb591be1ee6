"""What the timeline shows of a scene and of an object."""

from __future__ import annotations

import numpy as np
import pytest
from review_scenes import drive_by, write_scene

import avlabel
from avlabel.core.findings import Finding
from avlabel.edits import compose
from avlabel.render.palette import SELECTED
from avlabel_viewer.drawing.timeline import Timeline, draw_timeline
from avlabel_viewer.session.session import Session
from avlabel_viewer.session.timeline import changed_frames, timeline_marks

TRACKS = {3: drive_by(0, 0, range(20)), 5: drive_by(0, 50, range(20))}


@pytest.fixture
def session(tmp_path):
    findings = [Finding("a", "error", "b", 2, 3), Finding("a", "warning", "b", 9, 5)]
    findings += [Finding("c", "info", "d", 11, 5)]
    opened = Session(avlabel.open_scene(write_scene(tmp_path, TRACKS, findings=findings)), "ann")
    yield opened
    opened.close()


def marks(session, ready=()):
    return timeline_marks(
        session.labels, session.verdicts, session.queue.items, session.track_id, ready
    )


def test_the_scene_without_a_selected_object(session):
    shown = marks(session, ready=range(4))
    assert len(shown.automatic) == len(shown.interpolated) == len(shown.human) == 0
    assert (shown.errors.tolist(), shown.warnings.tolist(), shown.infos.tolist()) == (
        [2],
        [9],
        [11],
    )
    assert shown.ready.tolist() == [0, 1, 2, 3]
    assert shown.color == SELECTED
    session.go_to(7)
    session.decide("accept", thing="frame")
    session.comment("rain", thing="frame")
    session.go_to(8)
    session.decide("flag", thing="frame")
    session.select(5)
    session.decide("flag")
    session.comment("a bus?")
    session.select(None)
    shown = marks(session)
    assert shown.accepted.tolist() == [7]
    assert shown.flagged.tolist() == list(range(20))
    assert shown.comments.tolist() == [0, 7]


def test_a_selected_object(session):
    session.select(5)
    for frame in (4, 10):
        session.go_to(frame)
        center = session.cuboids.center[session.row] + [0, 0.5, 0]
        session.do(compose.set_box(session.labels, session.row, center=center))
    session.go_to(6)
    session.comment("here", thing="box")
    shown = marks(session)
    assert shown.human.tolist() == [4, 10]
    assert shown.interpolated.tolist() == [5, 6, 7, 8, 9]
    assert shown.automatic.tolist() == [0, 1, 2, 3, *range(11, 20)]
    assert shown.edits.tolist() == [4, 5, 6, 7, 8, 9, 10]
    assert (shown.errors.tolist(), shown.warnings.tolist(), shown.infos.tolist()) == ([], [9], [11])
    assert shown.comments.tolist() == [6]
    picture = draw_timeline(Timeline(session.scene.frames.frame_idx, 600), shown, 6)
    assert picture.shape == (60, 600, 3)
    session.select(3)
    shown = marks(session)
    assert (shown.errors.tolist(), shown.edits.tolist()) == ([2], [])
    session.decide("accept")
    assert marks(session).errors.tolist() == []


def test_frames_that_people_changed(session):
    assert changed_frames(session.labels).tolist() == []
    session.select(3)
    session.go_to(6)
    session.do(compose.delete_boxes(session.labels, [session.row]))
    assert changed_frames(session.labels).tolist() == [6]
    assert changed_frames(session.labels, 5).tolist() == []
    session.do(compose.delete_track(session.labels, 5))
    assert np.array_equal(changed_frames(session.labels), np.arange(20))
    assert changed_frames(session.labels, 5).tolist() == list(range(20))
    session.undo()
    session.do(compose.split(session.labels, 3, 15))
    assert changed_frames(session.labels).tolist() == [6, 15, 16, 17, 18, 19]
