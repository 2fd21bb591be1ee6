"""A session on labels that the pipeline made: going through all of it, and taking it back."""

from __future__ import annotations

import shutil

import numpy as np
from review_acts import equal, ticked

import avlabel
from avlabel_viewer.session.navigation import next_in_frame, next_object, next_unreviewed
from avlabel_viewer.session.timeline import timeline_marks


def test_a_drive_is_reviewed_by_its_queue(labelled_drive, tmp_path, open_session):
    path = shutil.copytree(labelled_drive, tmp_path / labelled_drive.name)
    session = open_session(path=path)
    ticked(session)
    labels, tracks = session.labels, set(session.labels.tracks.track_id.tolist())
    assert len(session.queue.items) > 10
    met = []
    goes_on = session.next_item()
    while goes_on:
        item = session.item
        assert item.reason
        assert session.message == item.reason
        assert session.frame_idx == item.frame_idx
        if item.track_id == -1:
            goes_on = session.dismiss_item()
            continue
        assert item.track_id in tracks
        assert session.row is not None
        met.append(item.track_id)
        assert session.decide("accept" if len(met) % 3 else "reject")
        goes_on = session.next_item()
    assert session.queue.items == ()
    assert len(met) == len(set(met))
    for _ in tracks:
        assert next_object(session)
        assert session.verdicts.row[session.row] or session.decide("accept")
    session.go_to(int(session.scene.frames.frame_idx[0]))
    assert not next_unreviewed(session)
    assert session.progress.boxes_reviewed == len(session.cuboids)
    marks = timeline_marks(session.labels, session.verdicts, session.queue.items)
    assert len(marks.accepted) == int(session.verdicts.reviewed.sum())
    while session.undo():
        pass
    assert equal(session.cuboids, labels.cuboids)
    assert not session.verdicts.row.any()
    assert avlabel.open_scene(path).resolved().decisions == ()


def test_every_object_of_a_frame_is_come_by(labelled_drive, open_session):
    session = open_session(path=labelled_drive)
    session.go_to(int(session.scene.frames.frame_idx[3]))
    rows = session.rows_in(session.frame_idx)
    seen = []
    for _ in rows:
        assert next_in_frame(session)
        seen.append(session.track_id)
    assert sorted(seen) == sorted(session.cuboids.track_id[rows].tolist())
    away = [np.hypot(*_from_ego(session)) for _ in rows if next_in_frame(session)]
    assert away == sorted(away)


def _from_ego(session):
    frames = session.scene.frames
    at = int(frames.positions(np.array([session.frame_idx]))[0])
    return (session.cuboids.center[session.row] - frames.world_from_ego.translation[at])[:2]
