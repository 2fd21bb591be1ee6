"""What is said of the selected object, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from avlabel.core.cuboids import Source
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.editing.handles import Kind
from avlabel_viewer.editing.typed import numbers_of
from avlabel_viewer.session.items import Item
from avlabel_viewer.session.notes import attributes_of, comments_of

MOST_QUEUED = 200
"""More than that nobody scrolls through."""
TITLE = 42
"""Letters that a line of the list has room for."""
MODES = {
    "new box": "click an object, or drag a rectangle in the top view: a new box · Esc: none",
    "merge": "click the object that this one is · Esc: none",
    "relink": "click the object that these boxes belong to · Esc: none",
}
HELD = " · Shift: finely · Ctrl: past the points · Alt: keep the size"
STREET = "click: select · drag: turn · right drag: move · wheel: nearer"
CLICKS = {
    Kind.BODY: "drag: move the box · Shift: finely",
    Kind.FACE: "drag: move this face" + HELD,
    Kind.CORNER: "drag: move this corner" + HELD,
    Kind.KNOB: "drag: turn the box · Shift: finely",
}
SOURCES = {Source.AUTO: "machine", Source.INTERPOLATED: "between", Source.HUMAN: "human"}


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """All about an object that a panel shows.

    Attributes:
        title: class and number.
        line: where its box comes from, and how good it is.
        notes: verdict, attributes and comments.
        category: leaf of the taxonomy.
        scope: how far edits reach.
        locked: whether its size is kept over the track.
        numbers: metres and degrees by name; none without a box in this frame.
    """

    title: str
    line: str
    notes: str
    category: str
    scope: str
    locked: bool
    numbers: Mapping[str, float]


def object_facts(desk: Desk) -> ObjectFacts | None:
    """Facts of the selected object; None if there is none."""
    session = desk.session
    track_id = session.track_id
    tracks = session.labels.tracks
    row = np.flatnonzero(tracks.track_id == track_id)
    if track_id < 0 or not len(row):
        return None
    category = session.scene.taxonomy.leaves[tracks.category[row[0]]]
    place = desk.box.placement
    return ObjectFacts(
        title=f"{category} {track_id}",
        line=_line(desk),
        notes=_notes(desk, track_id),
        category=category,
        scope=session.reach.scope,
        locked=session.size_locked(),
        numbers={} if place is None else numbers_of(place),
    )


def _line(desk: Desk) -> str:
    session, row = desk.session, desk.session.row
    if row is None:
        return "no box in this frame"
    cuboids = session.cuboids
    points = int(cuboids.num_points[row])
    parts = [SOURCES[Source(int(cuboids.source[row]))], f"score {cuboids.score[row]:.2f}"]
    if points >= 0:
        parts.append(f"{points} points")
    speed = float(np.linalg.norm(cuboids.velocity[row]))
    if np.isfinite(speed):
        parts.append(f"{speed * 3.6:.0f} km/h")
    return " · ".join(parts)


def _notes(desk: Desk, track_id: int) -> str:
    labels = desk.session.labels
    lines = [
        f"{one.verdict}ed by {one.edit.author}" + (f": {one.text}" if one.text else "")
        for one in labels.decisions
        if one.track_id == track_id
    ]
    values = attributes_of(labels, track_id, desk.session.frame_idx)
    lines += [f"{name} = {value}" for name, value in values.items()]
    lines += [f"{c.edit.author}: {c.text}" for c in comments_of(labels, track_id)]
    return "\n".join(lines)


def scene_facts(desk: Desk) -> tuple[str, str]:
    """What frame this is, and how much of the scene is done."""
    session = desk.session
    frames, progress = session.scene.frames, session.progress
    at = int(frames.positions(np.array([session.frame_idx]))[0])
    done = progress.accepted + progress.rejected
    return (
        f"frame {session.frame_idx} ({at + 1} of {len(frames)})",
        f"done: {done} of {progress.tracks} objects, {progress.frames_reviewed} of "
        f"{progress.frames} frames, {session.queue.n_done} of the queue",
    )


def queue_facts(desk: Desk) -> tuple[list[str], int, str]:
    """Titles of the queue's items; place and reason of the one that is about what is selected."""
    queue, names = desk.session.queue, desk.session.scene.taxonomy.leaves
    tracks = desk.session.labels.tracks
    category = dict(zip(tracks.track_id.tolist(), tracks.category.tolist(), strict=True))

    def title(item: Item) -> str:
        if item.track_id not in category:
            return f"frame {item.frame_idx}: {item.reason}"[:TITLE]
        return f"{names[category[item.track_id]]} {item.track_id}: {item.reason}"[:TITLE]

    shown, current = queue.items[:MOST_QUEUED], queue.current
    titles = [title(item) for item in shown]
    if current is None or current.track_id != desk.session.track_id:
        return titles, -1, ""
    at = next((i for i, item in enumerate(shown) if item is current), -1)
    return titles, at, current.reason


def status_line(desk: Desk) -> str:
    """What happened last, and what the next click does."""
    what, done, wanted = desk.sensors.progress
    reading = f"{what}: {done} of {wanted}" if done < wanted else ""
    jobs = [f"{job.name} {job.done:.0%}" for job in desk.session.jobs.running]
    parts = [desk.session.trouble or desk.session.message, next_click(desk), reading, *jobs]
    return "   |   ".join(part for part in parts if part)


def next_click(desk: Desk) -> str:
    """What the next click does, in words."""
    handle = desk.hot[1]
    if desk.mode:
        return MODES[desk.mode]
    return CLICKS[handle.kind] if handle else STREET
