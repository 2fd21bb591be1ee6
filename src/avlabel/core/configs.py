"""Configurations: frozen dataclasses to TOML and back."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

from avlabel.errors import ConfigError

T = TypeVar("T")


def to_toml(config: Any, *, comments: bool = True) -> str:
    """A config dataclass, with its nested ones as tables, as TOML.

    Args:
        config: a dataclass whose leaves are bool, int, float, str or tuples of them.
        comments: whether each key is explained by the line given to ``option``.
    """
    return "\n".join(_tables(config, (), comments)).strip() + "\n"


def from_toml(kind: type[T], text: str, where: str) -> T:
    """Build a config from TOML text; what it leaves out keeps its default.

    Args:
        kind: the config dataclass.
        text: TOML.
        where: name of the file, for messages.

    Raises:
        ConfigError: for text that is no TOML, unknown keys (the nearest known one is named), and
            values of the wrong type.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not TOML: {error}") from error
    try:
        config = _CONVERTER.structure(table, kind)
    except ClassValidationError as error:
        raise ConfigError("; ".join(f"{where}: {m}" for m in _messages(error, ""))) from error
    if faults := list(_out_of_bounds(config, "")):
        raise ConfigError("; ".join(f"{where}: {fault}" for fault in faults))
    return config


def read_config(kind: type[T], path: Path | None) -> T:
    """Read a config file, or take all defaults if ``path`` is None.

    Raises:
        ConfigError: if the file cannot be read or does not fit.
    """
    if path is None:
        return kind()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return from_toml(kind, text, str(path))


def _tables(config: Any, name: tuple[str, ...], comments: bool) -> Iterator[str]:
    plain = [f for f in fields(config) if not is_dataclass(getattr(config, f.name))]
    if name and plain:
        yield f"\n[{'.'.join(name)}]"
    for f in plain:
        if comments and "doc" in f.metadata:
            yield f"# {f.metadata['doc']}"
        yield f"{f.name} = {_value(getattr(config, f.name))}"
    for f in fields(config):
        if is_dataclass(getattr(config, f.name)):
            yield from _tables(getattr(config, f.name), (*name, f.name), comments)


def _out_of_bounds(config: Any, path: str) -> Iterator[str]:
    for f in fields(config):
        value, above = getattr(config, f.name), f.metadata.get("above")
        if is_dataclass(value):
            yield from _out_of_bounds(value, f"{path}{f.name}.")
        elif isinstance(value, float) and not math.isfinite(value):
            yield f"{path}{f.name}: expected a finite number, got {value}"
        elif above is not None and not value > above:
            yield f"{path}{f.name}: expected more than {above:g}, got {value}"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)


def _strict(value: Any, kind: type) -> Any:
    """Numbers stay numbers: no "3" for 3, no 1 for true, no 0.5 for an integer."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, got {value!r}")
    return value


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (bool, int, float, str):
        converter.register_structure_hook(kind, _strict)
    return converter


_CONVERTER = _converter()


def _messages(error: BaseException, path: str) -> Iterator[str]:
    if isinstance(error, ForbiddenExtraKeysError):
        known = [f.name for f in fields(error.cl)]
        for key in sorted(error.extra_fields):
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(known)}"
            yield f"{path}{key}: unknown key{hint}"
    elif isinstance(error, ClassValidationError):
        for cause, note in error.group_exceptions()[0]:
            yield from _messages(cause, f"{path}{note.name}.")
        for cause in error.group_exceptions()[1]:
            yield from _messages(cause, path)
    elif isinstance(error, IterableValidationError):
        for cause in error.exceptions:
            yield from _messages(cause, path)
    else:
        yield f"{path.rstrip('.')}: {error}"
