"""Checks that a recording must pass before it is labelled.

A gate is a function ``gate(log: Log) -> Sequence[Finding]`` that a package announces as an entry
point in the group ``avlabel.gates``. It should answer within a second or two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

from avlabel.core.findings import Finding
from avlabel.core.log import Log
from avlabel.core.options import option
from avlabel.errors import GateError

GROUP = "avlabel.gates"

Gate = Callable[[Log], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class GatesConfig:
    """Settings of the checks before labeling."""

    run: bool = option(True, "check calibration first, and label nothing if it has errors")
    passed_over: tuple[str, ...] = option((), "ids of rules whose findings are not minded")


def run_gates(log: Log, config: GatesConfig) -> list[Finding]:
    """Ask every installed gate about a recording.

    Args:
        log: the recording.
        config: whether gates are asked at all, and what is passed over.

    Returns:
        What they found, none of it an error; gates in the order of their names.

    Raises:
        GateError: if a gate finds an error.
    """
    if not config.run:
        return []
    found: list[Finding] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        gate: Gate = entry.load()
        found += [f for f in gate(log) if f.rule not in config.passed_over]
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise GateError(f"{log.log_id}: {errors[0].rule}: {errors[0].message}{more}")
    return found
