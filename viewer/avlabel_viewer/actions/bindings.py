"""Which keys do what: the table's own, or as a person's TOML says."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from avlabel.errors import ConfigError
from avlabel_viewer.actions.action import Action

MODIFIERS = ("Ctrl", "Alt", "Shift")
NAMED_KEYS = frozenset(
    {"Left", "Right", "Up", "Down", "Space", "Enter", "Escape", "Tab", "Backspace", "Delete"}
    | {"Insert", "Home", "End", "PageUp", "PageDown"}
    | {f"F{n}" for n in range(1, 13)}
)
SIGNS = frozenset(r"`-=[]\;',./")


def normal(keys: str) -> str:
    """One spelling for each combination: modifiers in order, letters large.

    Raises:
        ValueError: for what is no key.
    """
    *held, key = [part.strip() for part in keys.split("+")]
    held = [part.capitalize() for part in held]
    if key == "?":
        held, key = [*held, "Shift"], "/"
    named = {name.lower(): name for name in NAMED_KEYS}
    if key.lower() in named:
        key = named[key.lower()]
    elif len(key) == 1 and ((key.isascii() and key.isalnum()) or key in SIGNS):
        key = key.upper()
    else:
        raise ValueError(f"'{keys}' is no key; expected such as W, Ctrl+Shift+Z, Alt+Left, Space")
    if wrong := sorted(set(held) - set(MODIFIERS)):
        raise ValueError(f"'{keys}': no modifier '{wrong[0]}'; expected {', '.join(MODIFIERS)}")
    return "+".join([*(name for name in MODIFIERS if name in held), key])


def bind(actions: Sequence[Action]) -> dict[str, Action]:
    """Actions by key.

    Raises:
        ConfigError: if two actions want the same key.
    """
    bound: dict[str, Action] = {}
    for action in actions:
        for keys in action.keys:
            other = bound.setdefault(normal(keys), action)
            if other is not action:
                raise ConfigError(f"key {keys}: given to both {other.name} and {action.name}")
    return bound


def rebound(actions: Sequence[Action], path: Path) -> list[Action]:
    """The actions with the keys that a file gives them.

    The file has one table, ``[keys]``; each entry is an action's name and a key, a list of keys,
    or an empty list for none. A key that another action had by default is taken from it.

    Raises:
        ConfigError: for a file that is no such TOML, an action or key that is none, or a key
            given twice.
    """
    wanted = _read(path)
    by_name = {action.name: action for action in actions}
    given: dict[str, str] = {}
    for name, keys in wanted.items():
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ConfigError(f"{path}: [keys] has no action '{name}'{hint}")
        for key in keys:
            if given.setdefault(key, name) != name:
                raise ConfigError(f"{path}: key {key} is given to both {given[key]} and {name}")

    def keys_of(action: Action) -> tuple[str, ...]:
        if action.name in wanted:
            return wanted[action.name]
        return tuple(key for key in action.keys if normal(key) not in given)

    return [replace(action, keys=keys_of(action)) for action in actions]


def _read(path: Path) -> Mapping[str, tuple[str, ...]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    keys = table.get("keys")
    if set(table) != {"keys"} or not isinstance(keys, dict):
        raise ConfigError(f"{path}: expected one table [keys], got {sorted(table)}")
    return {name: _keys(value, f"{path}: {name}") for name, value in keys.items()}


def _keys(value: object, where: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ConfigError(f"{where}: expected a key or a list of keys, got {value!r}")
    try:
        return tuple(normal(one) for one in values)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


def listed(keys: Sequence[str]) -> str:
    """Several combinations; modifiers that many share are said once: ``Shift+ W A S D``."""
    prefixes = {key[: key.rfind("+") + 1] for key in keys}
    if len(keys) > 1 and len(prefixes) == 1 and "" not in prefixes:
        (prefix,) = prefixes
        return f"{prefix} {' '.join(key.removeprefix(prefix) for key in keys)}"
    return "  ".join(spelled(key) for key in keys)


def spelled(keys: str) -> str:
    """A combination as people read it: ``?`` instead of ``Shift+/``."""
    return "?" if normal(keys) == "Shift+/" else keys
