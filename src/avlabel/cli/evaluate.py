"""``avlabel evaluate``: how good a scene's labels are."""

from __future__ import annotations

import json

import click
from rich.console import Console

from avlabel.cli.options import labels_option, log_options
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.report import summarise
from avlabel.evaluation.scene import evaluate_scene
from avlabel.evaluation.tables import errors_table, frames_line, quality_table
from avlabel.pipeline.recording import recording
from avlabel.scenes.scene import Labels, open_scene


@click.command("evaluate")
@click.argument("scene")
@click.option("--truth", required=True, help="The labelled recording, a path or an s3:// URI.")
@log_options
@click.option("--leaves", is_flag=True, help="By car, van, ... instead of by vehicle.")
@labels_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    scene: str,
    truth: str,
    format_name: str,
    sequence: str | None,
    lidar: str | None,
    rig: str | None,
    leaves: bool,
    labels: Labels,
    as_json: bool,
) -> None:
    """Compare the cuboids of SCENE with the labels of the recording it was made from.

    \b
    avlabel evaluate out/scene_id=002 --truth pandaset/002 --format pandaset
    avlabel evaluate out --truth drive --format native --json
    """  # noqa: D301 (\b keeps click from rewrapping)
    options = EvaluationOptions(leaves=leaves)
    with recording(truth, format_name, sequence=sequence, lidar=lidar, rig=rig) as log:
        summary = summarise(evaluate_scene(open_scene(scene), log, options, labels=labels))
    if as_json:
        click.echo(json.dumps(summary, indent=1))
        return
    console = Console()
    console.print(frames_line(summary), highlight=False)
    console.print(quality_table(summary), "", errors_table(summary))
