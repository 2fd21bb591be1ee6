"""The page on label checks says what the code does."""

from __future__ import annotations

from pathlib import Path

from avlabel.checks.fixing.fix import MENDS
from avlabel.checks.rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


def test_the_table_of_rules_is_true() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    told = [(name.strip("`"), severity, needs, bool(fix)) for name, severity, needs, _, fix in rows]
    assert told == [
        (rule.id, rule.severity, rule.needs, rule.id in MENDS) for rule in RULES.values()
    ]
