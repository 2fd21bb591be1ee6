"""``avlabel check``: what of a scene's labels cannot be right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from avlabel.checks.config import CheckConfig
from avlabel.checks.fixing.fix import fix_labels
from avlabel.checks.fixing.mend import Fix
from avlabel.checks.registry import chosen
from avlabel.checks.scene import check_labels, undecided
from avlabel.cli.options import labels_option
from avlabel.core.configs import read_config
from avlabel.core.findings import NOWHERE, Finding
from avlabel.scenes.scene import Labels, open_scene

ERRORS_FOUND = 1
STYLES = {"error": "red", "warning": "yellow", "info": "blue"}


@click.command("check")
@click.argument("scene")
@click.option("--rules", help="Only these, ids with commas between; all if not given.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, as edits by 'check'.")
@labels_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="Limits, as TOML.")
@click.option("--list", "only_list", is_flag=True, help="List the rules, and look at nothing.")
def command(
    scene: str,
    rules: str | None,
    fix: bool,
    labels: Labels,
    as_json: bool,
    config_path: Path | None,
    only_list: bool,
) -> int:
    """Check the labels of SCENE: sizes, places, motion, identities, points, cameras.

    --fix leaves alone what people have edited, prints what it did, and checks again.

    Exit codes: 0 no errors (warnings may be there), 1 errors found, 2 SCENE cannot be read.

    \b
    avlabel check scenes/scene_id=drive
    avlabel check scenes/scene_id=drive --rules heading-flip,duplicate-box --json
    avlabel check scenes/scene_id=drive --fix
    """  # noqa: D301 (\b keeps click from rewrapping)
    config = read_config(CheckConfig, config_path)
    wanted = [name.strip() for name in rules.split(",")] if rules else None
    if only_list:
        Console().print(_rules_table(wanted, config))
        return 0
    if fix and labels == "auto":
        raise click.UsageError("--fix mends labels as people left them; leave out --labels auto")
    opened = open_scene(scene)
    fixes = fix_labels(opened, config, wanted) if fix else ()
    boxes = opened.labels(labels)
    found = check_labels(opened, boxes, config, wanted)
    unable = undecided(opened, wanted, config)
    if as_json:
        facts = {"scene_id": opened.scene_id, "labels": labels, "boxes": len(boxes)}
        click.echo(json.dumps({**facts, **describe(found, unable, fixes)}, indent=1))
    else:
        _print_fixes(fixes)
        looked_at = {rule.id for rule in chosen(wanted, config.disabled)}
        _print(found, unable, looked_at)
    return ERRORS_FOUND if any(one.severity == "error" for one in found) else 0


def describe(
    found: Sequence[Finding], unable: Mapping[str, str], fixes: Sequence[Fix]
) -> dict[str, Any]:
    """What ``avlabel check --json`` prints of the findings."""
    return {
        "counts": dict(Counter(one.rule for one in found)),
        "findings": [asdict(one) for one in found],
        "undecided": dict(unable),
        "fixed": [{"rule": one.rule, "track_id": one.track_id, "what": one.what} for one in fixes],
    }


def _print_fixes(fixes: Sequence[Fix]) -> None:
    if fixes:
        table = _table(("fixed", "track", "what"))
        for one in fixes:
            table.add_row(one.rule, str(one.track_id), one.what)
        Console().print(table, "")


def _print(found: Sequence[Finding], unable: Mapping[str, str], looked_at: set[str]) -> None:
    """Findings, worst first, then what could not be decided; the rest is named."""
    table = _table(("severity", "rule", "track", "frame", "message"))
    order = list(STYLES)
    for one in sorted(found, key=lambda one: order.index(one.severity)):
        place = [
            "" if number == NOWHERE else str(number) for number in (one.track_id, one.frame_idx)
        ]
        table.add_row(Text(one.severity, STYLES[one.severity]), one.rule, *place, Text(one.message))
    console = Console()
    if table.row_count:
        console.print(table)
    for reason in dict.fromkeys(unable.values()):
        names = ", ".join(name for name, why in unable.items() if why == reason)
        console.print(Text(f"undecided: {names}: {reason}", "cyan"), soft_wrap=True)
    fine = sorted(looked_at - {one.rule for one in found} - set(unable))
    console.print(Text(f"fine: {', '.join(fine) or 'nothing'}", "green"), soft_wrap=True)


def _rules_table(wanted: Sequence[str] | None, config: CheckConfig) -> Table:
    table = _table(("rule", "severity", "needs", "what is found"))
    for rule in chosen(wanted, config.disabled):
        table.add_row(rule.id, Text(rule.severity, STYLES[rule.severity]), rule.needs, rule.reason)
    return table


def _table(columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=name in ("severity", "rule", "fixed"), overflow="fold")
    return table
