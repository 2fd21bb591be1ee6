"""The rules by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from avlabel.checks.subject import Subject
from avlabel.core.findings import Severity
from avlabel.errors import ConfigError

Needs = Literal["labels", "points", "images", "detector"]
"""What a rule looks at: labels and poses only, which every pipeline does; sweeps too; where images
lie as well; or what a 2D detector saw in them."""


class Hit(NamedTuple):
    """One box that a rule finds fault with.

    Attributes:
        row: of the box.
        reason: what is wrong with it, with values.
        excess: how many times the limit it is: what is worse is said first.
    """

    row: int
    reason: str
    excess: float = 1.0


Look = Callable[[Subject], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: stable, kebab-case.
        severity: of what it finds.
        reason: what is wrong where it finds something, in one line.
        needs: what it looks at.
        look: finds boxes.
    """

    id: str
    severity: Severity
    reason: str
    needs: Needs
    look: Look


RULES: dict[str, Rule] = {}
"""All rules by id, in the order in which they run. Filled by ``avlabel.checks.rules``."""


def rule(
    id: str,  # noqa: A002 - the word that users know it by
    severity: Severity,
    reason: str,
    needs: Needs = "labels",
) -> Callable[[Look], Look]:
    """Register a function as a rule."""

    def register(look: Look) -> Look:
        RULES[id] = Rule(id, severity, reason, needs, look)
        return look

    return register


def chosen(ids: Iterable[str] | None, disabled: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules of some ids, all for None, without those that are disabled.

    Raises:
        ConfigError: for an id that no rule has.
    """
    wanted, left_out = list(RULES if ids is None else ids), list(disabled)
    for name in (*wanted, *left_out):
        if name not in RULES:
            raise ConfigError(f"rule '{name}': expected some of {', '.join(RULES)}")
    return tuple(RULES[name] for name in RULES if name in wanted and name not in left_out)
