"""Values of an edit's line, checked: other people's files are data, however strange."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from avlabel.edits.model import AUTO_KEY, NEW_KEY, Value, Vector

MAX_TEXT = 10_000
MAX_METRES = 1e9
T = TypeVar("T")


def get(facts: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T:
    """A field of an object, read by a function of this module; errors name it."""
    if name not in facts:
        raise ValueError(f"{name}: missing")
    try:
        return read(facts[name])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def one_of(facts: Mapping[str, Any], name: str, known: tuple[T, ...]) -> T:
    """A field that has one of a few values."""
    value = get(facts, name, text)
    for candidate in known:
        if candidate == value:
            return candidate
    raise ValueError(f"{name}: expected one of {', '.join(map(str, known))}, got {shown(value)}")


def values(facts: Any) -> dict[str, Value]:
    """Attributes by name."""
    if not isinstance(facts, dict):
        raise ValueError(f"expected an object, got {shown(facts)}")
    for name, value in facts.items():
        if not (value is None or isinstance(value, str | bool | int | float)):
            raise ValueError(f"{shown(name)}: expected text, a number or a truth value")
        if isinstance(value, float):
            number(value)
    return facts


def vector(value: Any, n: int, most: float) -> Vector:
    """So many numbers, none larger than ``most``."""
    if not isinstance(value, list) or len(value) != n:
        raise ValueError(f"expected {n} numbers, got {shown(value)}")
    read = tuple(number(item) for item in value)
    if not all(abs(item) <= most for item in read):
        raise ValueError(f"expected numbers up to {most:g}, got {shown(value)}")
    return read


def metres(value: Any) -> Vector:
    """Three coordinates or lengths."""
    return vector(value, 3, MAX_METRES)


def quat(value: Any) -> Vector:
    """A unit quaternion w, x, y, z."""
    read = vector(value, 4, 1.1)
    if not 0.99 < sum(item * item for item in read) < 1.01:
        raise ValueError(f"expected a unit quaternion, got {shown(value)}")
    return read


def size(value: Any) -> Vector:
    """Three positive lengths."""
    read = vector(value, 3, 1e4)
    if not all(item > 0 for item in read):
        raise ValueError(f"expected positive lengths, got {shown(value)}")
    return read


def place(value: Any) -> Vector:
    """Centre, quaternion and size in one."""
    vector(value, 10, MAX_METRES)
    return metres(value[:3]) + quat(value[3:7]) + size(value[7:])


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {shown(value)}")
    if isinstance(value, int) and abs(value) > 2**63:
        raise ValueError("expected a number, got one too large")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value}")
    return float(value)


def integer(value: Any, bits: int) -> int:
    """A whole number that fits in so many bits."""
    if type(value) is not int or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError(f"expected an integer of {bits} bits, got {shown(value)}")
    return value


def int64(value: Any) -> int:
    """A whole number of 64 bits."""
    return integer(value, 64)


def int32(value: Any) -> int:
    """A whole number of 32 bits."""
    return integer(value, 32)


def time(value: Any) -> int:
    """Half the range, so that differences of times are times."""
    return integer(value, 63)


def text(value: Any) -> str:
    """Text that is not too long and can be written as UTF-8."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"expected text of at most {MAX_TEXT:,} letters, got {shown(value)}")
    value.encode()
    return value


def track(value: Any) -> str:
    """Key of a track."""
    key = text(value)
    if not (AUTO_KEY.fullmatch(key) or NEW_KEY.fullmatch(key)):
        raise ValueError(f"expected a track such as 3:12 or new:<16 hex>, got {shown(value)}")
    return key


def edit_id(value: Any) -> str:
    """Id of an edit."""
    key = text(value)
    last = key.rpartition(":")[2]
    if not (last.isascii() and last.isdigit() and len(last) <= 9):
        raise ValueError(f"expected an id such as sitting:7, got {shown(value)}")
    return key


def shown(value: Any) -> str:
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
