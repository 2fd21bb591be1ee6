"""An object over time: split, merge, whole-track changes."""

from __future__ import annotations

import numpy as np

from avlabel.edits import compose
from avlabel.edits.model import SCOPES, Link
from avlabel_viewer.actions.action import Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.editing import over_time, track_size
from avlabel_viewer.editing.extend import Extension, extend
from avlabel_viewer.editing.tracks import Candidate, merge_candidates, unlink
from avlabel_viewer.session.jobs import Job
from avlabel_viewer.session.prompts import Prompt
from avlabel_viewer.session.session import Session

table = Table()

MOST_CANDIDATES = 8


@table("track.split", "B")
def split(desk: Desk) -> None:
    """Split it: from here on another object."""
    session = desk.session
    if not _is_chosen(desk):
        return
    rows = compose.rows_of(session.labels, session.track_id, session.frame_idx)
    n_all = len(compose.rows_of(session.labels, session.track_id))
    if len(rows) in (0, n_all):
        session.say("the track has no boxes on both sides of this frame")
        return
    draft = compose.split(session.labels, session.track_id, session.frame_idx)
    if session.do(draft) and isinstance(draft.change, Link):
        session.select(session.labels.track_of(draft.change.to))


@table("track.merge", "M")
def merge(desk: Desk) -> None:
    """Merge it with another object."""
    session = desk.session
    if not _is_chosen(desk):
        return
    likely = merge_candidates(session.labels, session.track_id, MOST_CANDIDATES)
    if not likely:
        desk.set_mode("merge")
        return
    words = {candidate_words(one, session): one.track_id for one in likely}

    def chosen(answer: str) -> None:
        if answer in words:
            desk.give_to(words[answer])
        else:
            desk.set_mode("merge")

    session.ask(Prompt("choice", "The same object as", chosen, (*words, "another: click it")))


def candidate_words(one: Candidate, session: Session) -> str:
    """Such as ``car 194, 0.5 s later, 0.9 m off``."""
    rows = compose.rows_of(session.labels, one.track_id)
    name = session.scene.taxonomy.leaves[session.cuboids.category[rows[0]]]
    when = "later" if one.side == "after" else "earlier"
    return f"{name} {one.track_id}, {abs(one.gap_s):.1f} s {when}, {one.distance_m:.1f} m off"


@table("track.relink", "Shift+M")
def relink(desk: Desk) -> None:
    """Give as many boxes as edits reach to another."""
    if _is_chosen(desk):
        desk.set_mode("relink")


@table("track.unlink", "Shift+B")
def take_out(desk: Desk) -> None:
    """Take this box out of its track."""
    session = desk.session
    if session.row is None:
        session.say("no object with a box in this frame is selected")
    else:
        session.do(unlink(session.labels, session.row))


@table("track.extend", "]", family="Follow it on, back")
def extend_on(desk: Desk) -> None:
    """Follow the object into later frames."""
    _extend(desk, forward=True)


@table("track.extend-back", "[", family="Follow it on, back")
def extend_back(desk: Desk) -> None:
    """Follow the object into earlier frames."""
    _extend(desk, forward=False)


def _extend(desk: Desk, *, forward: bool) -> None:
    """From the object's last box, or its first; in the background."""
    session = desk.session
    if not _is_chosen(desk):
        return
    seen, key = session.labels, session.key
    row = int(compose.rows_of(seen, session.track_id)[-1 if forward else 0])

    def work(job: Job) -> Extension:
        points_of = desk.sensors.points_of
        return extend(seen, row, points_of, forward=forward, progress=job.progress)

    def done(extension: Extension) -> None:
        if extension.draft is None or not session.do(extension.draft):
            session.say(f"not seen any further: {extension.why}")
            return
        session.select(session.labels.track_of(key))
        session.go_to(extension.frame_idx[-1])
        session.say(f"followed over {len(extension.frame_idx)} frames: {extension.why}")

    session.run("following", work, done)


@table("track.flip", "Shift+G")
def flip(desk: Desk) -> None:
    """Turn the whole track round."""
    desk.box.settle()
    session = desk.session
    if session.row is None:
        session.say("no object with a box in this frame is selected")
    else:
        session.do(over_time.flip(session.labels, session.row, "track"))


@table("track.delete", "Shift+Delete")
def delete(desk: Desk) -> None:
    """Delete the whole track."""
    desk.box.put_back()
    if _is_chosen(desk):
        desk.session.do(compose.delete_track(desk.session.labels, desk.session.track_id))


@table("track.scope", "Alt+R")
def scope(desk: Desk) -> None:
    """How far edits reach."""
    session = desk.session
    now = SCOPES.index(session.reach.scope)
    session.set_scope(SCOPES[(now + 1) % len(SCOPES)])
    session.say(f"edits reach: {session.reach.scope}")


@table("track.same-size", "Shift+L")
def same_size(desk: Desk) -> None:
    """Give the whole track this size."""
    if _is_chosen(desk) and desk.session.row is not None:
        session, row = desk.session, desk.session.row
        size = session.cuboids.size_lwh[row].astype(np.float64)
        session.do(track_size.resize_track(session.labels, row, size))


@table("track.lock-size", "Alt+L")
def lock_size(desk: Desk) -> None:
    """One size over the track, or many."""
    if _is_chosen(desk):
        desk.session.lock_size(not desk.session.size_locked())


def _is_chosen(desk: Desk) -> bool:
    """Whether an object is selected; what is in the hand is recorded first."""
    desk.box.settle()
    if desk.session.track_id < 0:
        desk.session.say("no object is selected")
        return False
    return True
