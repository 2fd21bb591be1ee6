"""``avlabel edits``: what people did to a scene, what they decided, and what does not fit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from avlabel.core.cuboids import NO_TRACK, Source
from avlabel.edits.model import Comment, Decide, Edit, Link, PutBoxes, Redo, SetValues, Undo
from avlabel.edits.notes import Pinned
from avlabel.edits.reading import EditHistory
from avlabel.edits.resolved import Resolved
from avlabel.edits.time_spent import Spent, time_spent
from avlabel.scenes.scene import Scene, open_scene


@click.command("edits")
@click.argument("scene")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--conflicts", "only_conflicts", is_flag=True, help="Only what does not fit.")
@click.option("--time", "only_time", is_flag=True, help="Only the time spent on each object.")
def command(scene: str, as_json: bool, only_conflicts: bool, only_time: bool) -> None:
    """List the edits of SCENE, people's verdicts, and edits that do not fit its labels.

    \b
    avlabel edits scenes/scene_id=drive
    avlabel edits scenes/scene_id=drive --conflicts
    avlabel edits scenes/scene_id=drive --time
    """  # noqa: D301 (\b keeps click from rewrapping)
    opened = open_scene(scene)
    history, resolved = opened.edits(), opened.resolved()
    if as_json:
        click.echo(json.dumps(describe(opened, history, resolved), indent=1))
        return
    console = Console()
    if only_time:
        spent = time_spent(history.edits, resolved)
        console.print(_time_table(spent, resolved) if spent else "no time recorded")
        return
    if not history.edits:
        console.print("no edits")
    elif not only_conflicts:
        console.print(_edit_table(history))
        if resolved.decisions or resolved.comments:
            console.print("", _note_table(resolved))
    if resolved.conflicts:
        console.print()
        for line in _conflict_lines(resolved):
            console.print(_plain(line), soft_wrap=True)
    for torn in history.torn:
        console.print(Text(f"{torn}; it is left out"), soft_wrap=True)
    if history.edits:
        console.print(Text(_summary(history, resolved)), soft_wrap=True)


def describe(scene: Scene, history: EditHistory, resolved: Resolved) -> dict[str, Any]:
    """What ``avlabel edits --json`` prints."""
    active = {edit.edit_id for edit in history.active}
    sources = Counter(resolved.cuboids.source.tolist())
    return {
        "scene_id": scene.scene_id,
        "commit": scene.number,
        "edits": [{**_edit(edit), "holds": edit.edit_id in active} for edit in history.edits],
        "decisions": [_note(note) for note in resolved.decisions],
        "comments": [_note(note) for note in resolved.comments],
        "attributes": [_note(note) for note in resolved.attributes],
        "conflicts": [asdict(conflict) for conflict in resolved.conflicts],
        "cuboids": {source.name.lower(): sources[source] for source in Source},
        "torn": [str(torn) for torn in history.torn],
        "seconds_by_author": _seconds(history.edits),
        "seconds_by_object": [
            {"track_id": None if track == NO_TRACK else track, "author": author, "seconds": spent}
            for (track, author), spent in _longest_first(time_spent(history.edits, resolved))
        ],
    }


def what(edit: Edit) -> str:
    """What an edit changed, in a few words."""
    change = edit.change
    match change:
        case PutBoxes():
            slots = {box.slot for box in change.after}
            deleted = sum(box.slot not in slots for box in change.before)
            parts = [f"{len(slots)} set, {change.scope}"] if slots else []
            return ", ".join([*parts, *([f"{deleted} deleted"] if deleted else [])])
        case Link():
            return f"{len(change.before)} to another track"
        case SetValues():
            return ", ".join(f"{name} = {value}" for name, value in change.new.items())
        case Decide():
            return change.verdict
        case Comment():
            return change.text
        case Undo() | Redo():
            return f"edit {change.of.rpartition(':')[2]}"


def _edit(edit: Edit) -> dict[str, Any]:
    frames = _frames(edit)
    return {
        "id": edit.edit_id,
        "name": edit.name,
        "author": edit.author,
        "time": _time(edit.time_ns),
        "base": edit.base,
        "kind": type(edit.change).__name__,
        "what": what(edit),
        "frames": [min(frames), max(frames)] if frames else [],
        "seconds": edit.seconds,
    }


def _note(note: Pinned) -> dict[str, Any]:
    return {
        "track_id": None if note.track_id == NO_TRACK else note.track_id,
        "frame_idx": note.frame_idx,
        "verdict": note.verdict or None,
        "text": note.text,
        "values": dict(note.values),
        "author": note.edit.author,
        "time": _time(note.edit.time_ns),
        "edit": note.edit.edit_id,
        "on_these_labels": note.on_these_labels,
    }


def _frames(edit: Edit) -> list[int]:
    change = edit.change
    if isinstance(change, Undo | Redo):
        return []
    boxes = change.before + (change.after if isinstance(change, PutBoxes) else ())
    return [box.frame_idx for box in boxes]


def _seconds(edits: Sequence[Edit]) -> dict[str, float]:
    spent: Counter[str] = Counter()
    for edit in edits:
        spent[edit.author] += edit.seconds or 0.0  # type: ignore[assignment]
    return dict(spent)


def _edit_table(history: EditHistory) -> Table:
    active = {edit.edit_id for edit in history.active}
    table = _table("edits", ("time", "author", "commit", "edit", "frames", "what"))
    for edit in history.edits:
        frames = _frames(edit)
        holds = edit.edit_id in active or isinstance(edit.change, Undo | Redo)
        cells = (
            _time(edit.time_ns)[:19].replace("T", " "),
            edit.author,
            str(edit.base),
            edit.name,
            f"{min(frames)} to {max(frames)}" if frames else "",
            what(edit) + ("" if holds else " (undone)"),
        )
        table.add_row(*map(_plain, cells), style=None if holds else "dim")
    return table


def _time_table(spent: Spent, resolved: Resolved) -> Table:
    table = _table("time spent", ("object", "author", "seconds"))
    leaf_of = dict(
        zip(
            resolved.tracks.track_id.tolist(),
            resolved.labels.taxonomy.names(resolved.tracks.category),
            strict=True,
        )
    )
    for (track, author), seconds in _longest_first(spent):
        name = f"track {track}, {leaf_of[track]}" if track != NO_TRACK else "no object, or gone"
        table.add_row(*map(_plain, (name, author, f"{seconds:.0f}")))
    return table


def _longest_first(spent: Spent) -> list[tuple[tuple[int, str], float]]:
    return sorted(spent.items(), key=lambda one: (-one[1], one[0]))


def _note_table(resolved: Resolved) -> Table:
    table = _table("verdicts and comments", ("author", "of", "verdict", "text"))
    for note in (*resolved.decisions, *resolved.comments):
        where = "scene" if note.track_id == NO_TRACK else f"track {note.track_id}"
        if note.frame_idx is not None:
            frame = f"frame {note.frame_idx}"
            where = frame if note.track_id == NO_TRACK else f"{where}, {frame}"
        if note.target.track and note.track_id == NO_TRACK:
            where = "a track that is gone"
        older = "" if note.on_these_labels else " (older labels)"
        cells = note.edit.author, where, (note.verdict or "comment") + older, note.text
        table.add_row(*map(_plain, cells))
    return table


def _conflict_lines(resolved: Resolved) -> list[str]:
    lines = ["conflicts"]
    for conflict in resolved.conflicts:
        parts = [conflict.rule, conflict.author]
        if conflict.frame_idx >= 0:
            parts.append(f"frame {conflict.frame_idx}")
        if conflict.center is not None:
            parts.append("at " + " ".join(f"{axis:.1f}" for axis in conflict.center))
        if conflict.track_id != NO_TRACK:
            parts.append(f"track {conflict.track_id}")
        if conflict.nearest_m is not None:
            parts.append(f"nearest track {conflict.nearest_track}, {conflict.nearest_m:.1f} m off")
        lines += ["  " + "  ".join(parts), f"      {conflict.message}"]
    return lines


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name == "time")
    return table


def _summary(history: EditHistory, resolved: Resolved) -> str:
    human = int((resolved.cuboids.source == Source.HUMAN).sum())
    authors = ", ".join(sorted({edit.author for edit in history.edits}))
    return (
        f"{len(history.edits)} edits by {_plain(authors)}, {len(history.active)} hold; "
        f"{human} of {len(resolved.cuboids)} boxes set by people; "
        f"{len(resolved.conflicts) or 'no'} conflicts"
    )


def _plain(text: str) -> Text:
    """Text of others without what would steer a terminal."""
    return Text("".join(letter if letter.isprintable() else " " for letter in text))


def _time(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 10**9)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 10**6:03d}Z"
