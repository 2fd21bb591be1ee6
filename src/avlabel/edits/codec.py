"""Edits as lines of JSON, and lines that others wrote, however strange, as edits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from avlabel.edits import fields as read
from avlabel.edits.model import (
    NO_AUTO,
    SCOPES,
    VERDICTS,
    Box,
    Change,
    Comment,
    Decide,
    Edit,
    Link,
    PutBoxes,
    Redo,
    SetValues,
    Target,
    Undo,
)
from avlabel.errors import SceneVersionError

VERSION = "1.0"
MAX_LINE_BYTES = 4 << 20
"""About 15,000 boxes; a longer line is refused on both sides, so that memory stays bounded."""


def to_line(edit: Edit) -> bytes:
    """One line of JSON with its newline.

    Raises:
        ValueError: if it would be longer than ``MAX_LINE_BYTES``.
    """
    facts: dict[str, Any] = {
        "version": VERSION,
        "id": edit.edit_id,
        "name": edit.name,
        "author": edit.author,
        "time_ns": edit.time_ns,
        "base": edit.base,
        "origin_m": edit.origin_m,
        "kind": _KINDS[type(edit.change)],
        **_fields(edit.change),
    }
    if edit.seconds is not None:
        facts["seconds"] = edit.seconds
    if edit.group:
        facts["group"] = edit.group
    text = json.dumps(facts, allow_nan=False, separators=(",", ":"), default=_fields)
    line = text.encode() + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"an edit of {len(line):,} bytes; expected at most {MAX_LINE_BYTES:,}")
    return line


def _fields(value: Any) -> dict[str, Any]:
    """Fields of a change, a box or a target; ``asdict`` would copy every number of them."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def from_line(line: bytes) -> Edit:
    """Read one line.

    Raises:
        ValueError: if it is no edit; the message says what was expected.
        SceneVersionError: if a later major version wrote it.
    """
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a line of {len(line):,} bytes; expected at most {MAX_LINE_BYTES:,}")
    try:
        facts = json.loads(line, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(facts, dict):
        raise ValueError(f"expected an object, got {read.shown(facts)}")
    _check_version(read.get(facts, "version", read.text))
    kind = read.get(facts, "kind", read.text)
    if kind not in _READERS:
        raise ValueError(f"kind: expected one of {', '.join(_READERS)}, got {read.shown(kind)}")
    return Edit(
        edit_id=read.get(facts, "id", read.edit_id),
        name=read.get(facts, "name", read.text),
        author=read.get(facts, "author", read.text),
        time_ns=read.get(facts, "time_ns", read.time),
        base=read.get(facts, "base", read.int64),
        origin_m=read.get(facts, "origin_m", read.metres),
        seconds=None if facts.get("seconds") is None else read.get(facts, "seconds", read.number),
        change=_READERS[kind](facts),
        group=read.get(facts, "group", read.edit_id) if facts.get("group") else "",
    )


def _check_version(version: str) -> None:
    if version.partition(".")[0] != VERSION.partition(".")[0]:
        raise SceneVersionError(
            f"edits of version {read.shown(version)}; this avlabel reads {VERSION}"
        )


def _put(facts: Mapping[str, Any]) -> PutBoxes:
    put = PutBoxes(
        before=read.get(facts, "before", _boxes),
        after=read.get(facts, "after", _boxes),
        context=read.get(facts, "context", _boxes),
        scope=read.one_of(facts, "scope", SCOPES),
    )
    for name, boxes in (("before", put.before), ("after", put.after)):
        if len({box.slot for box in boxes}) != len(boxes):
            raise ValueError(f"{name}: a track has two boxes in one frame")
    return put


def _link(facts: Mapping[str, Any]) -> Link:
    return Link(
        before=read.get(facts, "before", _boxes),
        to=read.get(facts, "to", read.track),
        context=read.get(facts, "context", _boxes),
        drop=read.get(facts, "drop", _boxes),
    )


def _set(facts: Mapping[str, Any]) -> SetValues:
    return SetValues(
        target=read.get(facts, "target", _target),
        old=read.get(facts, "old", read.values),
        new=read.get(facts, "new", read.values),
        before=read.get(facts, "before", _boxes),
    )


def _decide(facts: Mapping[str, Any]) -> Decide:
    return Decide(
        target=read.get(facts, "target", _target),
        verdict=read.one_of(facts, "verdict", VERDICTS),
        text=read.get(facts, "text", read.text),
        before=read.get(facts, "before", _boxes),
    )


def _comment(facts: Mapping[str, Any]) -> Comment:
    return Comment(
        target=read.get(facts, "target", _target),
        text=read.get(facts, "text", read.text),
        before=read.get(facts, "before", _boxes),
    )


_KINDS: dict[type, str] = {
    PutBoxes: "boxes",
    Link: "link",
    SetValues: "set",
    Decide: "decide",
    Comment: "comment",
    Undo: "undo",
    Redo: "redo",
}
_READERS: dict[str, Callable[[Mapping[str, Any]], Change]] = {
    "boxes": _put,
    "link": _link,
    "set": _set,
    "decide": _decide,
    "comment": _comment,
    "undo": lambda facts: Undo(read.get(facts, "of", read.edit_id)),
    "redo": lambda facts: Redo(read.get(facts, "of", read.edit_id)),
}


def kinds() -> tuple[str, ...]:
    """Every kind of change that a line may tell of."""
    return tuple(_READERS)


def _boxes(value: Any) -> tuple[Box, ...]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list of boxes, got {read.shown(value)}")
    return tuple(_box(facts) for facts in value)


def _box(facts: Any) -> Box:
    if not isinstance(facts, dict):
        raise ValueError(f"expected a box, got {read.shown(facts)}")
    return Box(
        track=read.get(facts, "track", read.track),
        frame_idx=read.get(facts, "frame_idx", read.int32),
        timestamp_ns=read.get(facts, "timestamp_ns", read.time),
        category=read.get(facts, "category", read.text),
        center=read.get(facts, "center", read.metres),
        quat_wxyz=read.get(facts, "quat_wxyz", read.quat),
        size_lwh=read.get(facts, "size_lwh", read.size),
        source=read.one_of(facts, "source", ("auto", "interpolated", "human")),
        auto_track=read.get(facts, "auto_track", read.int64) if "auto_track" in facts else NO_AUTO,
        auto_place=read.get(facts, "auto_place", read.place) if facts.get("auto_place") else (),
    )


def _target(facts: Any) -> Target:
    if not isinstance(facts, dict):
        raise ValueError(f"expected a target, got {read.shown(facts)}")
    frame_idx = facts.get("frame_idx")
    return Target(
        track=read.get(facts, "track", read.track) if facts.get("track") else "",
        frame_idx=None if frame_idx is None else read.get(facts, "frame_idx", read.int32),
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"expected finite numbers, got {name}")
