"""The gate before labeling: the fast rules, as findings."""

from __future__ import annotations

from avlabel.core.findings import Finding
from avlabel.core.log import Log
from avlabel_calibration.check.run import check_log
from avlabel_calibration.check.verdict import Verdict


def gate(log: Log) -> list[Finding]:
    """What the fast rules find in a recording; what is fine or undecided is left out."""
    verdicts = check_log(log, fast_only=True).verdicts
    return [finding(verdict) for verdict in verdicts if verdict.outcome == "found"]


def finding(verdict: Verdict) -> Finding:
    """A verdict as the scene's table of findings keeps it."""
    where = f"'{verdict.sensor_id}': " if verdict.sensor_id else ""
    return Finding(verdict.rule, verdict.severity, f"{where}{verdict.message}")
