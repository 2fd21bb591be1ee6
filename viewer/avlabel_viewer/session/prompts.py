"""Questions to the person, as plain data that a window shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from avlabel.errors import InputError

PromptKind = Literal["text", "number", "choice", "confirm"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question.

    Attributes:
        kind: what the answer is: text, a number, one of ``choices``, or yes or no.
        title: the question.
        on_answer: called with a str, float, str or bool; not called if the person turns away.
        choices: to choose from, best first.
        default: what is there to begin with.
        detail: a line that explains.
    """

    kind: PromptKind
    title: str
    on_answer: Callable[[Any], object]
    choices: tuple[str, ...] = ()
    default: str | float | bool | None = None
    detail: str = ""

    def read(self, value: object) -> str | float | bool:
        """An answer as the window gives it, checked.

        Raises:
            InputError: for what is no answer to this question.
        """
        match self.kind:
            case "number":
                return _number(value)
            case "confirm":
                return bool(value)
            case "choice" if value not in self.choices:
                expected = ", ".join(self.choices)
                raise InputError(f"{self.title}: expected one of {expected}, got '{value}'")
        return str(value)


def _number(value: object) -> float:
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"expected a number, got '{value}'")
    return number
