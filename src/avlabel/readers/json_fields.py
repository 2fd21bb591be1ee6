"""Values of other people's JSON, checked where they are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from avlabel.errors import ReadError
from avlabel.readers.files import is_number


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON file, and where it is.

    Every method raises ``ReadError``, naming the place, where the value is another.

    Attributes:
        value: as parsed.
        where: file and place.
    """

    value: Any
    where: str

    def __getitem__(self, name: str) -> Node:
        """A field of an object, which must be there."""
        fields = self.mapping()
        if name not in fields:
            have = ", ".join(map(str, list(fields)[:8])) or "nothing"
            raise ReadError(f"{self.where}: expected a field '{name}', got {have}")
        return Node(fields[name], f"{self.where}: {name}")

    def get(self, name: str) -> Node | None:
        """A field of an object; None if it is not there, or null."""
        value = self.mapping().get(name)
        return None if value is None else Node(value, f"{self.where}: {name}")

    def mapping(self) -> Mapping[str, Any]:
        """The fields of an object."""
        if not isinstance(self.value, dict):
            raise self._fail("an object")
        return self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """Names and fields of an object."""
        for name, value in self.mapping().items():
            yield name, Node(value, f"{self.where}: {str(name)[:60]}")

    def __iter__(self) -> Iterator[Node]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self._fail("a list")
        for i, value in enumerate(self.value):
            yield Node(value, f"{self.where}[{i}]")

    def text(self) -> str:
        """Text."""
        if not isinstance(self.value, str):
            raise self._fail("text")
        return self.value

    def name(self) -> str:
        """Text, or a whole number as text."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value)
        return self.text()

    def number(self) -> float:
        """A finite number."""
        if not is_number(self.value):
            raise self._fail("a finite number")
        return float(self.value)

    def whole(self) -> int:
        """A whole number of 63 bits, so that differences of two are still of 64."""
        value = self.value
        if not is_number(value) or value != int(value) or abs(value) >= 2**62:
            raise self._fail("a whole number")
        return int(value)

    def numbers(self, count: int) -> list[float]:
        """So many finite numbers."""
        if not isinstance(self.value, list) or len(self.value) != count:
            raise self._fail(f"{count} numbers")
        return [item.number() for item in self]

    def axes(self) -> list[float]:
        """Fields x, y and z."""
        return [self[axis].number() for axis in "xyz"]

    def _fail(self, expected: str) -> ReadError:
        return ReadError(f"{self.where}: expected {expected}, got {str(self.value)[:60]!r}")
