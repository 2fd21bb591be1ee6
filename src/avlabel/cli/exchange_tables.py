"""What ``avlabel export`` and ``avlabel import-labels`` print, and an option they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from avlabel.exchange.account import Account
from avlabel.exchange.export import ExportReport
from avlabel.exchange.importing import ImportReport


def class_option(metavar: str, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--class A=B``, as often as needed."""
    return click.option("--class", "classes", metavar=metavar, multiple=True, help=text)


def classes_given(pairs: Sequence[str]) -> dict[str, str]:
    """The table that ``--class`` options spell out."""
    table = {}
    for pair in pairs:
        name, equals, other = pair.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"expected A=B, got '{pair}'", param_hint="--class")
        table[name] = other
    return table


def export_tables(report: ExportReport) -> Iterator[Table]:
    """What was written, and what could not be carried."""
    table = _table("boxes written", "class", "boxes")
    for name, count in report.classes.items():
        table.add_row(Text(name), str(count))
    yield table
    yield from _account_tables(report.account)


def import_tables(report: ImportReport, *, dry_run: bool) -> Iterator[Table]:
    """What came in, and what did not."""
    merged = report.merged
    table = _table("would change" if dry_run else "changed", "", "count")
    for name, count in (
        ("objects", merged.n_objects),
        ("of them tracks of the scene", merged.n_matched),
        ("boxes set", merged.n_set),
        ("boxes that the scene has just so", merged.n_same),
        ("boxes of the scene deleted", merged.n_deleted),
    ):
        table.add_row(name, str(count))
    yield table
    yield from _account_tables(report.account)


def _account_tables(account: Account) -> Iterator[Table]:
    if account.left_out:
        table = _table("boxes left out", "why", "boxes")
        for why, rows in account.left_out.items():
            table.add_row(Text(why), str(len(rows)))
        yield table
    if account.fields_lost:
        table = _table("not carried", "field", "what")
        for name, what in account.fields_lost.items():
            table.add_row(name, Text(what))
        yield table
    if account.notes:
        table = _table("notes", "")
        table.show_header = False
        for note in account.notes:
            table.add_row(Text(note))
        yield table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right" if name in ("boxes", "count") else "left")
    return table
