"""What labels show to be doubtful: each planted trouble is found where it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from review_acts import ticked
from review_scenes import SOUND, drive_by, write_scene

import avlabel
from avlabel.core.findings import Finding
from avlabel.core.taxonomy import default_taxonomy
from avlabel.edits import compose
from avlabel_viewer.session.grounds import Grounds
from avlabel_viewer.session.queue import doubts
from avlabel_viewer.session.unlabelled import direction


def doubts_of(path):
    scene = avlabel.open_scene(path)
    labels = scene.resolved()
    return doubts(labels, scene.findings(), Grounds.of(scene, labels.labels))


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


def test_what_is_detected_again_and_again_and_has_no_box(tmp_path, open_session):
    detected = {
        70: drive_by(20, -5, range(4, 9), step=0),
        71: drive_by(20, 40, (3, 12), step=0),
        72: drive_by(-9, -20, (3, 4, 5), step=0),
        73: drive_by(1.0, 0.5, range(20)),
        74: drive_by(-30, 30, range(20), step=0),
    }
    path = write_scene(
        tmp_path, SOUND, detected=detected, leaf={72: "pedestrian"}, score={74: 0.6, 70: 1.0}
    )
    session = open_session(path=path)
    ticked(session)
    items = session.queue.items
    assert [i.kind for i in items] == ["no-box", "no-box"]
    assert [i.reason for i in items] == [
        "a car, 21 m ahead to the right, detected in 5 frames, has no box",
        "a pedestrian, 22 m to the right, detected in 3 frames, has no box",
    ]
    assert (items[0].frame_idx, items[0].center) == (4, (20.0, -5.0, 0.75))
    draft = compose.add_box(
        session.labels, frame_idx=4, category="car", center=items[0].center,
        quat_wxyz=(1, 0, 0, 0), size_lwh=(4.5, 2, 1.5), scope="frame",
    )  # fmt: skip
    assert session.do(draft)
    new = int(session.labels.tracks.track_id.max())
    copies = [replace(draft.change.after[0], frame_idx=f, source="human") for f in (5, 6, 7, 8)]
    assert session.do(compose.set_boxes(session.labels, copies))
    assert new == session.labels.track_of(copies[0].track)
    session.poll()
    assert [i.reason[:12] for i in session.queue.items] == ["a pedestrian"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((10, 0, 0), "10 m ahead"), ((-10, 1, 0), "10 m behind"), ((0, 8, 0), "8 m to the left"),
        ((10, 10, 0), "14 m ahead to the left"), ((-3, -4, 9), "5 m behind to the right"),
    ],
)  # fmt: skip
def test_directions_in_words(place, words):
    assert direction(np.array(place, float)) == words


def test_findings_of_frames_that_follow_each_other_are_one(tmp_path):
    missing = [Finding("image-missing", "warning", f"frame {f}", f) for f in (9, 3, 4, 5, 99)]
    items = doubts_of(write_scene(tmp_path, SOUND, findings=missing))
    assert [(i.frame_idx, i.reason) for i in items] == [
        (3, "image-missing: frame 3 (and in 2 more frames)"),
        (9, "image-missing: frame 9"),
    ]
