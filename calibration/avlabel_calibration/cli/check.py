"""``avlabel calibrate check``: whether a recording's calibration can be right."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from avlabel.cli.options import log_options, path_argument
from avlabel.core.configs import read_config
from avlabel_calibration.check.limits import CheckConfig
from avlabel_calibration.check.run import Checked, check_recording
from avlabel_calibration.check.verdict import Verdict, label

ERRORS_FOUND = 1
STYLES = {"error": "red", "warning": "yellow", "undecided": "cyan", "fine": "green"}


@click.command("check")
@path_argument("log", "LOG")
@log_options
@click.option("--report", type=click.Path(path_type=Path), help="Folder for an HTML report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--fast", is_flag=True, help="Only the rules that run before labeling.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="Limits, as TOML.")
def command(
    log: Path,
    format_name: str,
    sequence: str | None,
    lidar: str | None,
    rig: str | None,
    report: Path | None,
    as_json: bool,
    fast: bool,
    config_path: Path | None,
) -> int:
    """Check the calibration of LOG: rotations, intrinsics, alignment, times, poses.

    Exit codes: 0 no errors (warnings may be there), 1 errors found, 2 LOG cannot be used.

    \b
    avlabel calibrate check drive --format native --report report
    avlabel calibrate check pandaset/002 --format pandaset --json
    """  # noqa: D301 (\b keeps click from rewrapping)
    checked = check_recording(
        log,
        format_name,
        sequence=sequence,
        lidar=lidar,
        rig=rig,
        config=read_config(CheckConfig, config_path),
        fast_only=fast,
    )
    if report is not None:
        from avlabel_calibration.report.html import write_report

        click.echo(write_report(checked, report), err=True)
    if as_json:
        click.echo(json.dumps(as_table(checked), indent=1))
    else:
        _print(checked.verdicts)
    errors = any(verdict.severity == "error" for verdict in checked.verdicts)
    return ERRORS_FOUND if errors else 0


def as_table(checked: Checked) -> dict[str, object]:
    """What ``--json`` prints."""
    return {
        "log_id": checked.evidence.log.log_id if checked.evidence else None,
        "counts": dict(Counter(label(verdict) for verdict in checked.verdicts)),
        "verdicts": [
            {
                "rule": verdict.rule,
                "sensor_id": verdict.sensor_id,
                "outcome": verdict.outcome,
                "severity": verdict.severity,
                "message": verdict.message,
                # JSON knows no infinity; what is unbounded is null.
                "numbers": {
                    name: float(value) if math.isfinite(value) else None
                    for name, value in verdict.numbers.items()
                },
            }
            for verdict in checked.verdicts
        ],
    }


def _print(verdicts: tuple[Verdict, ...]) -> None:
    """What was found and what could not be decided, line by line; the rest is counted."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for column in ("label", "rule", "sensor"):
        table.add_column(column, no_wrap=True)
    table.add_column("message", overflow="fold")
    order = list(STYLES)
    for verdict in sorted(verdicts, key=lambda verdict: order.index(label(verdict))):
        word = label(verdict)
        if word != "fine":
            table.add_row(
                Text(word, STYLES[word]), verdict.rule, verdict.sensor_id, Text(verdict.message)
            )
    console = Console()
    if table.row_count:
        console.print(table)
    fine = Counter(verdict.rule for verdict in verdicts if verdict.outcome == "fine")
    names = ", ".join(f"{rule} ({count})" for rule, count in fine.items())
    console.print(Text.assemble(("fine", STYLES["fine"]), f"  {names or 'nothing'}"))
