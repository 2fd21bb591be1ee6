"""Edits as lines of JSON, and lines that others wrote, however strange, as edits."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, NoReturn, TypeVar

from avlabel.edits.model import (
    AUTO_KEY,
    NEW_KEY,
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
    Value,
    Vector,
)
from avlabel.errors import SceneVersionError

VERSION = "1.0"
MAX_LINE_BYTES = 4 << 20
"""About 15,000 boxes; a longer line is refused on both sides, so that memory stays bounded."""
MAX_TEXT = 10_000
MAX_METRES = 1e9
T = TypeVar("T")


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
        **asdict(edit.change),
    }
    if edit.seconds is not None:
        facts["seconds"] = edit.seconds
    line = json.dumps(facts, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"an edit of {len(line):,} bytes; expected at most {MAX_LINE_BYTES:,}")
    return line


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
        raise ValueError(f"expected an object, got {_shown(facts)}")
    _check_version(_get(facts, "version", _text))
    kind = _get(facts, "kind", _text)
    if kind not in _READERS:
        raise ValueError(f"kind: expected one of {', '.join(_READERS)}, got {_shown(kind)}")
    return Edit(
        edit_id=_get(facts, "id", _edit_id),
        name=_get(facts, "name", _text),
        author=_get(facts, "author", _text),
        time_ns=_get(facts, "time_ns", _time),
        base=_get(facts, "base", _int64),
        origin_m=_get(facts, "origin_m", _metres),
        seconds=None if facts.get("seconds") is None else _get(facts, "seconds", _number),
        change=_READERS[kind](facts),
    )


def _check_version(version: str) -> None:
    if version.partition(".")[0] != VERSION.partition(".")[0]:
        raise SceneVersionError(f"edits of version {_shown(version)}; this avlabel reads {VERSION}")


def _put(facts: Mapping[str, Any]) -> PutBoxes:
    put = PutBoxes(
        before=_get(facts, "before", _boxes),
        after=_get(facts, "after", _boxes),
        context=_get(facts, "context", _boxes),
        scope=_one_of(facts, "scope", SCOPES),
    )
    for name, boxes in (("before", put.before), ("after", put.after)):
        if len({box.slot for box in boxes}) != len(boxes):
            raise ValueError(f"{name}: a track has two boxes in one frame")
    return put


def _link(facts: Mapping[str, Any]) -> Link:
    return Link(
        before=_get(facts, "before", _boxes),
        to=_get(facts, "to", _track),
        context=_get(facts, "context", _boxes),
        drop=_get(facts, "drop", _boxes),
    )


def _set(facts: Mapping[str, Any]) -> SetValues:
    return SetValues(
        target=_get(facts, "target", _target),
        old=_get(facts, "old", _values),
        new=_get(facts, "new", _values),
        before=_get(facts, "before", _boxes),
    )


def _decide(facts: Mapping[str, Any]) -> Decide:
    return Decide(
        target=_get(facts, "target", _target),
        verdict=_one_of(facts, "verdict", VERDICTS),
        text=_get(facts, "text", _text),
        before=_get(facts, "before", _boxes),
    )


def _comment(facts: Mapping[str, Any]) -> Comment:
    target, text = _get(facts, "target", _target), _get(facts, "text", _text)
    return Comment(target=target, text=text, before=_get(facts, "before", _boxes))


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
    "undo": lambda facts: Undo(_get(facts, "of", _edit_id)),
    "redo": lambda facts: Redo(_get(facts, "of", _edit_id)),
}


def kinds() -> tuple[str, ...]:
    """Every kind of change that a line may tell of."""
    return tuple(_READERS)


def _get(facts: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T:
    if name not in facts:
        raise ValueError(f"{name}: missing")
    try:
        return read(facts[name])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _one_of(facts: Mapping[str, Any], name: str, known: tuple[T, ...]) -> T:
    value = _get(facts, name, _text)
    for candidate in known:
        if candidate == value:
            return candidate
    raise ValueError(f"{name}: expected one of {', '.join(map(str, known))}, got {_shown(value)}")


def _boxes(value: Any) -> tuple[Box, ...]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list of boxes, got {_shown(value)}")
    return tuple(_box(facts) for facts in value)


def _box(facts: Any) -> Box:
    if not isinstance(facts, dict):
        raise ValueError(f"expected a box, got {_shown(facts)}")
    return Box(
        track=_get(facts, "track", _track),
        frame_idx=_get(facts, "frame_idx", _int32),
        timestamp_ns=_get(facts, "timestamp_ns", _time),
        category=_get(facts, "category", _text),
        center=_get(facts, "center", _metres),
        quat_wxyz=_get(facts, "quat_wxyz", _quat),
        size_lwh=_get(facts, "size_lwh", _size),
        source=_one_of(facts, "source", ("auto", "interpolated", "human")),
        auto_track=_get(facts, "auto_track", _int64) if "auto_track" in facts else NO_AUTO,
        auto_place=_get(facts, "auto_place", _place) if facts.get("auto_place") else (),
    )


def _target(facts: Any) -> Target:
    if not isinstance(facts, dict):
        raise ValueError(f"expected a target, got {_shown(facts)}")
    frame_idx = facts.get("frame_idx")
    return Target(
        track=_get(facts, "track", _track) if facts.get("track") else "",
        frame_idx=None if frame_idx is None else _get(facts, "frame_idx", _int32),
    )


def _values(facts: Any) -> dict[str, Value]:
    if not isinstance(facts, dict):
        raise ValueError(f"expected an object, got {_shown(facts)}")
    for name, value in facts.items():
        if not (value is None or isinstance(value, str | bool | int | float)):
            raise ValueError(f"{_shown(name)}: expected text, a number or a truth value")
        if isinstance(value, float):
            _number(value)
    return facts


def _vector(value: Any, n: int, most: float) -> Vector:
    if not isinstance(value, list) or len(value) != n:
        raise ValueError(f"expected {n} numbers, got {_shown(value)}")
    vector = tuple(_number(item) for item in value)
    if not all(abs(item) <= most for item in vector):
        raise ValueError(f"expected numbers up to {most:g}, got {_shown(value)}")
    return vector


def _metres(value: Any) -> Vector:
    return _vector(value, 3, MAX_METRES)


def _quat(value: Any) -> Vector:
    quat = _vector(value, 4, 1.1)
    if not 0.99 < sum(item * item for item in quat) < 1.01:
        raise ValueError(f"expected a unit quaternion, got {_shown(value)}")
    return quat


def _size(value: Any) -> Vector:
    size = _vector(value, 3, 1e4)
    if not all(item > 0 for item in size):
        raise ValueError(f"expected positive lengths, got {_shown(value)}")
    return size


def _place(value: Any) -> Vector:
    _vector(value, 10, MAX_METRES)
    return _metres(value[:3]) + _quat(value[3:7]) + _size(value[7:])


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {_shown(value)}")
    if isinstance(value, int) and abs(value) > 2**63:
        raise ValueError("expected a number, got one too large")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value}")
    return float(value)


def _integer(value: Any, bits: int) -> int:
    if type(value) is not int or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError(f"expected an integer of {bits} bits, got {_shown(value)}")
    return value


def _int64(value: Any) -> int:
    return _integer(value, 64)


def _int32(value: Any) -> int:
    return _integer(value, 32)


def _time(value: Any) -> int:
    """Half the range, so that differences of times are times."""
    return _integer(value, 63)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"expected text of at most {MAX_TEXT:,} letters, got {_shown(value)}")
    value.encode()
    return value


def _track(value: Any) -> str:
    text = _text(value)
    if not (AUTO_KEY.fullmatch(text) or NEW_KEY.fullmatch(text)):
        raise ValueError(f"expected a track such as 3:12 or new:<16 hex>, got {_shown(value)}")
    return text


def _edit_id(value: Any) -> str:
    text = _text(value)
    number = text.rpartition(":")[2]
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise ValueError(f"expected an id such as sitting:7, got {_shown(value)}")
    return text


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"expected finite numbers, got {name}")


def _shown(value: Any) -> str:
    """What was got, short enough for a message however large it is."""
    if isinstance(value, str):
        return repr(value[:40]) + ("..." if len(value) > 40 else "")
    if isinstance(value, bool | float) or value is None:
        return repr(value)
    if isinstance(value, int):
        return repr(value) if abs(value) < 2**64 else "a huge integer"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"{type(value).__name__}"
