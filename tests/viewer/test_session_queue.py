"""The queue: planted troubles come first, and leave when somebody has settled them."""

from __future__ import annotations

from review_acts import ticked
from review_scenes import SOUND, drive_by, write_scene

from avlabel.core.findings import Finding
from avlabel.edits import compose
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.items import places
from avlabel_viewer.session.navigation import (
    next_conflict,
)


def kinds(items, track_id=None):
    return {i.kind for i in items if track_id is None or i.track_id == track_id}


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
    now = [0.0]
    session = open_session(path=write_scene(tmp_path, tracks), clock=lambda: now[0])
    assert kinds(session.queue.items) == {"broken-track"}
    now[0] = 1.0
    ticked(session)
    assert kinds(session.queue.items) == {"broken-track"}
    session.do(compose.merge(session.labels, 15, 14))
    assert [i.track_id for i in session.queue.items] == [14]
    session.take_changes()
    now[0] = 2.0
    ticked(session)
    assert session.queue.items == ()
    assert Changed.LABELS in session.take_changes()
    session.undo()
    now[0] = 3.0
    ticked(session)
    assert kinds(session.queue.items) == {"broken-track"}


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
