"""What labels cost: time of the machine by stage, and of people by object."""

from __future__ import annotations

from collections import Counter

import numpy as np

from avlabel.core.cuboids import NO_TRACK, Source
from avlabel.edits.time_spent import time_spent
from avlabel.report.html import Html, section, table, tag
from avlabel.report.subject import Subject

LONGEST = 10
VERDICTS = (("accept", "accepted"), ("reject", "rejected"), ("flag", "flagged"))


def run_time(subject: Subject) -> Html:
    """Milliseconds by stage, as bars."""
    stages = subject.scene.metadata.stage_ms
    total, frames = sum(stages.values()), max(len(subject.scene.frames), 1)
    if not total:
        return section("Run time", tag("p", "Untimed."))
    longest = max(stages.values())
    rows: list[tuple[object, ...]] = [
        (name, f"{ms / 1e3:.2f}", f"{ms / frames:.1f}", _bar(ms / longest))
        for name, ms in stages.items()
    ]
    rows.append(("all", f"{total / 1e3:.2f}", f"{total / frames:.1f}", ""))
    head = ("stage", "seconds", "ms a frame", "")
    return section("Run time", tag("div", table(head, rows), class_="times"))


def _bar(part: float) -> Html:
    return tag("span", class_="bar", style=f"width:{100 * part:.1f}%")


def review(subject: Subject) -> Html:
    """Verdicts, boxes that people set, and where their time went."""
    resolved, history = subject.resolved, subject.history
    if not history.edits:
        return section("Review", tag("p", "Nobody has reviewed the scene yet."))
    verdicts = Counter(note.verdict for note in resolved.decisions)
    human = resolved.cuboids.source == Source.HUMAN
    edited = len(np.unique(resolved.cuboids.track_id[human]))
    numbers = [(verdicts[key], name) for key, name in VERDICTS]
    numbers += [(edited, "tracks edited"), (len(resolved.tracks.track_id), "tracks in all")]
    tiles = (tag("div", tag("b", n), name, class_="tile") for n, name in numbers)
    return section("Review", tag("div", *tiles, class_="tiles"), _times(subject))


def _times(subject: Subject) -> Html:
    """The objects that took longest, and who worked on them."""
    spent = time_spent(subject.history.edits, subject.resolved)
    if not spent:
        return tag("p", "The edits do not say how long they took.", class_="faint")
    resolved = subject.resolved
    names = subject.scene.taxonomy.names(resolved.tracks.category)
    classes = dict(zip(resolved.tracks.track_id.tolist(), names, strict=True))
    longest = sorted(spent.items(), key=lambda item: -item[1])[:LONGEST]
    rows = [
        (
            "none, or gone" if track == NO_TRACK else f"{classes[track]} {track}".replace("_", " "),
            author,
            f"{seconds:.0f}",
        )
        for (track, author), seconds in longest
    ]
    return table(("object", "by", "seconds"), [*rows, ("all", "", f"{sum(spent.values()):.0f}")])
