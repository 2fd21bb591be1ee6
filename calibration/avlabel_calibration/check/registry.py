"""The rules by id, and how they are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from avlabel.core.findings import Severity
from avlabel.errors import AvlabelError
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.verdict import Answer, Verdict, undecided

Speed = Literal["fast", "slow"]
"""Fast rules run before every labeling: together they take a second or two."""
Look = Callable[[Evidence], Iterable[Answer]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: stable, kebab-case.
        severity: of what it finds, unless the finding says otherwise.
        reason: what is wrong where the rule finds something, in one line.
        speed: whether it runs before every labeling.
        look: gives an answer for each sensor, or one for the recording.
    """

    id: str
    severity: Severity
    reason: str
    speed: Speed
    look: Look


RULES: dict[str, Rule] = {}
"""All rules by id, in the order in which they run."""


def rule(
    id: str,  # noqa: A002 - the word that users know it by
    severity: Severity,
    reason: str,
    speed: Speed,
) -> Callable[[Look], Look]:
    """Register a function as a rule."""

    def register(look: Look) -> Look:
        RULES[id] = Rule(id, severity, reason, speed, look)
        return look

    return register


def run(rules: Iterable[Rule], evidence: Evidence) -> Iterator[Verdict]:
    """Verdicts of some rules, rule by rule.

    What a rule cannot read leaves it undecided; whether the input can be used at all is for the
    stages to say.
    """
    for one in rules:
        for answer in _answers(one, evidence):
            worst = answer.severity or one.severity
            severity = worst if answer.outcome == "found" else "info"
            yield Verdict(
                one.id, severity, answer.outcome, answer.message, answer.sensor_id, answer.numbers
            )


def _answers(one: Rule, evidence: Evidence) -> list[Answer]:
    try:
        answers = list(one.look(evidence))
    except AvlabelError as error:
        return [undecided(str(error))]
    return answers or [undecided("nothing to look at")]
