"""Going to the next thing of a kind; each says so where there is none, and returns whether."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from avlabel.core.arrays import BoolArray, Int64
from avlabel.core.cuboids import NO_TRACK, Source
from avlabel_viewer.session.reviewing import Reviewing
from avlabel_viewer.session.track_facts import TrackFacts


def next_unreviewed(session: Reviewing, way: int = 1) -> bool:
    """The next frame (``way`` 1) that is not reviewed, or the one before (-1)."""
    return _next_frame(session, ~session.verdicts.reviewed, way, "unreviewed frame")


def next_finding(session: Reviewing, way: int = 1) -> bool:
    """The next frame in which something was found, selecting what it is about."""
    found = [item for item in session.queue.items if item.kind == "finding"]
    if not _next_frame(session, _marked(session, (i.frame_idx for i in found)), way, "finding"):
        return False
    here = next(item for item in found if item.frame_idx == session.frame_idx)
    session.visit(here)
    return True


def next_conflict(session: Reviewing, way: int = 1) -> bool:
    """The next conflict in time, after the current one, selecting what it is about."""
    items = sorted(
        (item for item in session.queue.items if item.kind == "conflict"),
        key=lambda item: (item.time_ns, item.item_id),
    )
    if not items:
        session.say("no conflicts")
        return False
    ids = [item.item_id for item in items]
    at = ids.index(session.item_id) + way if session.item_id in ids else 0 if way > 0 else -1
    session.visit(items[at % len(items)])
    return True


def next_keyframe(session: Reviewing, way: int = 1) -> bool:
    """The next frame in which a person set the selected object's box."""
    cuboids = session.cuboids
    mine = (cuboids.track_id == session.track_id) & (cuboids.source == Source.HUMAN)
    mine &= session.track_id != NO_TRACK
    marked = _marked(session, cuboids.frame_idx[mine].tolist())
    return _next_frame(session, marked, way, "keyframe of this object")


def next_in_frame(session: Reviewing, way: int = 1) -> bool:
    """The next object of this frame, from near to far and round again."""
    tracks = nearest_first(session)
    if not len(tracks):
        session.say("no objects in this frame")
        return False
    session.select(_after(tracks, session.track_id, way))
    return True


def next_object(session: Reviewing, way: int = 1) -> bool:
    """The next object of the scene by first frame, where it has most points."""
    facts = TrackFacts.of(session.labels)
    if not len(facts):
        session.say("no objects in this scene")
        return False
    order = np.lexsort((facts.track_id, session.cuboids.frame_idx[facts.first]))
    track_id = _after(facts.track_id[order], session.track_id, way)
    session.select(track_id)
    best = facts.best[np.searchsorted(facts.track_id, track_id)]
    session.go_to(int(session.cuboids.frame_idx[best]))
    return True


def nearest_first(session: Reviewing) -> Int64:
    """(K,) tracks of the current frame's boxes, by distance from the vehicle."""
    cuboids, frames = session.cuboids, session.scene.frames
    rows = session.rows_in(session.frame_idx)
    rows = rows[cuboids.track_id[rows] != NO_TRACK]
    ego = frames.world_from_ego.translation[frames.positions(np.array([session.frame_idx]))[0]]
    away = np.linalg.norm((cuboids.center[rows] - ego)[:, :2], axis=1)
    return np.asarray(cuboids.track_id[rows[np.lexsort((cuboids.track_id[rows], away))]])


def _after(tracks: Int64, track_id: int, way: int) -> int:
    at = np.flatnonzero(tracks == track_id)
    if not len(at):
        return int(tracks[0 if way > 0 else -1])
    return int(tracks[(at[0] + way) % len(tracks)])


def _marked(session: Reviewing, frame_idx: Iterable[int]) -> BoolArray:
    return np.isin(session.scene.frames.frame_idx, list(frame_idx))


def _next_frame(session: Reviewing, marked: BoolArray, way: int, what: str) -> bool:
    frames = session.scene.frames
    here = int(frames.positions(np.array([session.frame_idx]))[0])
    there = np.flatnonzero(marked)
    there = there[there > here] if way > 0 else there[there < here][::-1]
    if not len(there):
        session.say(f"no {'later' if way > 0 else 'earlier'} {what}")
        return False
    session.go_to(int(frames.frame_idx[there[0]]))
    return True
