"""One table of a TOML file, its fields checked as they are taken."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.errors import InputError
from avlabel.readers.files import is_number, read_text


@dataclass(frozen=True, slots=True)
class TomlTable:
    """A table whose every complaint says where: file, then table, then field.

    Attributes:
        where: file and table, as errors name them.
        values: what the file says.
        error: exception that complaints are raised as.
        taken: fields asked for so far; ``finish`` refuses the others.
    """

    where: str
    values: Mapping[str, Any]
    error: type[InputError]
    taken: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, path: Path, error: type[InputError]) -> TomlTable:
        """Read a whole file.

        Raises:
            ReadError: if the file is missing or no UTF-8.
            InputError: as ``error``, if it is no TOML.
        """
        return cls.parse(read_text(path), str(path), error)

    @classmethod
    def parse(cls, text: str, where: str, error: type[InputError]) -> TomlTable:
        """Read TOML that came from ``where``.

        Raises:
            InputError: as ``error``, if it is no TOML.
        """
        try:
            return cls(where, tomllib.loads(text), error)
        except ValueError as problem:
            raise error(f"{where}: not TOML: {problem}") from problem
        except RecursionError:
            raise error(f"{where}: not TOML: nested too deeply") from None

    def fail(self, name: str, problem: str) -> InputError:
        """An exception that names file, table and field."""
        return self.error(f"{self.where}: field '{name}': {problem}")

    def take(self, name: str) -> Any:
        """Value of a field that must be there."""
        self.taken.add(name)
        if name not in self.values:
            raise self.fail(name, f"missing; expected it beside {_names(self.values)}")
        return self.values[name]

    def text(self, name: str, default: str | None = None) -> str:
        """A string."""
        value = self._optional(name, default)
        if not isinstance(value, str):
            raise self.fail(name, f"expected a string, got {value!r}")
        return value

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """A string out of a few."""
        value = self.text(name, default)
        if value not in choices:
            raise self.fail(name, f"expected one of {_names(choices)}, got '{value}'")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._optional(name, default)
        if not isinstance(value, bool):
            raise self.fail(name, f"expected true or false, got {value!r}")
        return value

    def integer(self, name: str) -> int:
        """A whole number."""
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fail(name, f"expected a whole number, got {value!r}")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number."""
        value = self._optional(name, default)
        if not is_number(value):
            raise self.fail(name, f"expected a finite number, got {value!r}")
        return float(value)

    def numbers(
        self,
        name: str,
        counts: Collection[int],
        default: list[float] | None = None,
    ) -> Float64:
        """Finite numbers, as many as one of ``counts``."""
        values = self._optional(name, default)
        if not _are_numbers(values):
            raise self.fail(name, f"expected a list of finite numbers, got {values!r}")
        if len(values) not in counts:
            expected = " or ".join(map(str, counts))
            raise self.fail(name, f"has {len(values)} values; expected {expected}")
        return np.array(values, np.float64)

    def matrix(self, name: str, rows: int, columns: int) -> Float64:
        """(rows, columns) finite numbers, a list a row."""
        values = self.take(name)
        if not isinstance(values, list) or not all(_are_numbers(row) for row in values):
            raise self.fail(name, f"expected {rows} rows of finite numbers, got {values!r}")
        if [len(row) for row in values] != [columns] * rows:
            shape = f"{len(values)} rows of {', '.join(str(len(row)) for row in values)} values"
            raise self.fail(name, f"has {shape}; expected {rows} rows of {columns}")
        return np.array(values, np.float64)

    def tables(self, name: str, kind: str) -> dict[str, TomlTable]:
        """Tables within this one, by name; ``kind`` says what each of them describes."""
        value = self._optional(name, {})
        if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
            raise self.fail(name, f"expected tables, such as [{name}.<id>], got {value!r}")
        return {
            key: TomlTable(f"{self.where}: {kind} '{key}'", inner, self.error)
            for key, inner in value.items()
        }

    def array_of_tables(self, name: str, kind: str) -> list[TomlTable]:
        """Tables of a list, in order, none if it is missing.

        ``kind`` says what each describes; errors call it by its ``name``, else by its number.
        """
        value = self._optional(name, [])
        if not isinstance(value, list) or not all(isinstance(inner, dict) for inner in value):
            raise self.fail(name, f"expected tables, each led by [[{name}]], got {value!r}")
        return [
            TomlTable(f"{self.where}: {kind} '{inner.get('name', number)}'", inner, self.error)
            for number, inner in enumerate(value, start=1)
        ]

    def finish(self) -> None:
        """Refuse fields that nobody asked for: most are typos."""
        unknown = [name for name in self.values if name not in self.taken]
        if unknown:
            raise self.fail(unknown[0], f"unknown; expected only {_names(self.taken)}")

    def _optional(self, name: str, default: Any) -> Any:
        self.taken.add(name)
        return self.take(name) if default is None else self.values.get(name, default)


def toml_string(text: str) -> str:
    """Text as a quoted TOML string."""
    # TOML wants DEL escaped, which JSON does not.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _are_numbers(values: object) -> TypeGuard[list[float]]:
    return isinstance(values, list) and all(is_number(value) for value in values)


def _names(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
