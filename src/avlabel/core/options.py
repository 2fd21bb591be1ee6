"""Configuration as frozen dataclasses whose fields carry their own explanation."""

from __future__ import annotations

from dataclasses import field
from typing import Any, TypeVar

T = TypeVar("T")


def option(default: T, doc: str, *, above: float | None = None) -> T:
    """A dataclass field with a default and one line of documentation.

    The line becomes the comment above the key in the TOML that ``avlabel config`` prints. A
    number that is not greater than ``above`` is refused when a TOML is read.
    """
    made: Any = field(default=default, metadata={"doc": doc, "above": above})
    value: T = made
    return value
