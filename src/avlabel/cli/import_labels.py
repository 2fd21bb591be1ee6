"""``avlabel import-labels``: labels that a team has already, into a scene."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from avlabel.cli.exchange_tables import class_option, classes_given, import_tables
from avlabel.exchange.importing import import_labels, undo_import
from avlabel.exchange.matching import IMPORT_AUTHOR
from avlabel.exchange.options import ImportOptions
from avlabel.exchange.registry import import_formats
from avlabel.scenes.scene import Scene, open_scene


@click.command("import-labels")
@click.argument("path", metavar="PATH", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format", "format_name", required=True, help=f"One of {', '.join(import_formats())}."
)
@click.option("--scene", required=True, help="The scene of the same recording.")
@click.option("--sequence", help="Which sequence or log, where PATH holds several.")
@class_option("NAME=CLASS", "Take a name of the file for a class, e.g. Auto=car; '' leaves it out.")
@click.option("--author", help="Who the edits are by; import:FORMAT if not given.")
@click.option(
    "--between", is_flag=True, help="Interpolate between an object's labels, e.g. 2 Hz to 10 Hz."
)
@click.option(
    "--replace", is_flag=True, help="Delete what the scene has in labelled frames besides."
)
@click.option(
    "--confirm", is_flag=True, help="Set boxes that the scene has just so, too: they were reviewed."
)
@click.option("--undo", is_flag=True, help="Take back what imports of this format did.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    path: Path | None,
    format_name: str,
    scene: str,
    sequence: str | None,
    classes: Sequence[str],
    author: str | None,
    between: bool,
    replace: bool,
    confirm: bool,
    undo: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the labels of PATH into a scene, as edits that can be undone.

    Boxes that the scene has just so are left alone. What a person set in the scene stays.

    \b
    avlabel import-labels kitti --format kitti-tracking --scene scenes/scene_id=drive
    avlabel import-labels tracks.csv --format csv --scene scenes/scene_id=drive --replace
    avlabel import-labels --undo --format csv --scene scenes/scene_id=drive
    """  # noqa: D301 (\b keeps click from rewrapping)
    options = ImportOptions(
        sequence=sequence,
        classes=classes_given(classes),
        author=author,
        scope="between" if between else "frame",
        replace=replace,
        confirm=confirm,
    )
    opened = open_scene(scene)
    if undo:
        _undo(opened, author or f"{IMPORT_AUTHOR}{format_name}", path)
        return
    if path is None:
        raise click.UsageError("Missing argument 'PATH'.")
    report = import_labels(opened, path, format_name, options, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=1))
        return
    console = Console(stderr=True)
    console.print(f"{report.n_boxes} boxes read, by {report.author}", highlight=False)
    for table in import_tables(report, dry_run=dry_run):
        console.print(table, highlight=False)
    click.echo(opened.path)


def _undo(scene: Scene, author: str, path: Path | None) -> None:
    if path is not None:
        raise click.UsageError("--undo takes back edits by their author; it needs no PATH.")
    click.echo(f"{undo_import(scene, author)} edits by {author} taken back")
