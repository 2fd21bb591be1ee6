"""What a rule says about a recording, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from avlabel.core.findings import Severity

Outcome = Literal["fine", "undecided", "found"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the function behind a rule gives.

    Attributes:
        outcome: "found" if something is wrong, "fine" if the rule looked and nothing is,
            "undecided" if it could not tell.
        message: what, where, expected, got; for "undecided" the reason.
        sensor_id: the sensor concerned, empty for the recording as a whole.
        numbers: what was measured, by name with its unit.
        severity: of this one finding, where it differs from its rule's.
    """

    outcome: Outcome
    message: str
    sensor_id: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer under the name of its rule.

    Attributes:
        rule: stable id, kebab-case.
        severity: of a finding; "info" where nothing was found.
        outcome: see ``Answer``.
        message: see ``Answer``.
        sensor_id: see ``Answer``.
        numbers: see ``Answer``.
    """

    rule: str
    severity: Severity
    outcome: Outcome
    message: str
    sensor_id: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)


Numbers = Mapping[str, float]
NO_NUMBERS: Numbers = {}


def fine(message: str, sensor_id: str = "", numbers: Numbers = NO_NUMBERS) -> Answer:
    """The rule looked, and nothing is wrong."""
    return Answer("fine", message, sensor_id, numbers)


def undecided(reason: str, sensor_id: str = "", numbers: Numbers = NO_NUMBERS) -> Answer:
    """The rule could not tell."""
    return Answer("undecided", reason, sensor_id, numbers)


def found(
    message: str,
    sensor_id: str = "",
    numbers: Numbers = NO_NUMBERS,
    severity: Severity | None = None,
) -> Answer:
    """Something is wrong, as bad as the rule says or as ``severity`` does."""
    return Answer("found", message, sensor_id, numbers, severity)


def label(verdict: Verdict) -> str:
    """The one word that a verdict is shown under: its severity if something was found."""
    return verdict.severity if verdict.outcome == "found" else verdict.outcome
