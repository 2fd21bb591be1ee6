"""``avlabel export``: a scene's labels in the formats of trainers and labeling tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from avlabel.cli.exchange_tables import class_option, classes_given, export_tables
from avlabel.cli.options import FrameRange, FramesType, labels_option
from avlabel.exchange.export import ExportReport, export_scene
from avlabel.exchange.options import ExportOptions
from avlabel.exchange.registry import export_formats
from avlabel.scenes.scene import Labels, open_scene


@click.command("export")
@click.argument("scenes", metavar="SCENE...", nargs=-1, required=True)
@click.option(
    "--format", "format_name", required=True, help=f"One of {', '.join(export_formats())}."
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="A new or an empty folder."
)
@labels_option
@click.option("--accepted", is_flag=True, help="Only what a person accepted.")
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.0, help="Leave out the rest.")
@click.option(
    "--min-points", type=click.IntRange(min=0), default=0, help="Leave out boxes with fewer."
)
@click.option("--frames", type=FramesType(), default=":", help="Only these frame numbers.")
@class_option("CLASS=NAME", "Call a class or parent so, e.g. pedestrian=Person; '' leaves it out.")
@click.option("--camera", help="For formats of one camera; the first with images if not given.")
@click.option("--points/--no-points", default=True, help="Also write the sweeps.")
@click.option("--images/--no-images", default=True, help="Also write the images.")
@click.option("--keep-unseen", is_flag=True, help="KITTI: also write what the camera does not see.")
@click.option("--source", help="Where the recording lies now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a scene.")
def command(
    scenes: Sequence[str],
    format_name: str,
    out: Path,
    labels: Labels,
    accepted: bool,
    min_score: float,
    min_points: int,
    frames: FrameRange,
    classes: Sequence[str],
    camera: str | None,
    points: bool,
    images: bool,
    keep_unseen: bool,
    source: str | None,
    as_json: bool,
) -> None:
    """Write the labels of each SCENE in another format, and say what it could not hold.

    Labels are as people left them, without what they rejected. OUT appears whole or not at all;
    OUT/export-report.json lists every box that was left out. Several scenes go to OUT/<scene id>.

    \b
    avlabel export scenes/scene_id=drive --format kitti-tracking --out kitti
    avlabel export scenes/scene_id=drive --format nuscenes --out nuscenes --min-score 0.3
    avlabel export scenes/scene_id=drive --format coco --out coco --accepted --class unknown=
    """  # noqa: D301 (\b keeps click from rewrapping)
    options = ExportOptions(
        labels=labels,
        accepted=accepted,
        min_score=min_score,
        min_points=min_points,
        first=frames[0],
        last=frames[1],
        classes=classes_given(classes),
        camera=camera,
        points=points,
        images=images,
        keep_unseen=keep_unseen,
    )
    console = Console(stderr=True)
    for scene in scenes:
        opened = open_scene(scene, source_root=source)
        folder = out / opened.scene_id if len(scenes) > 1 else out
        report = export_scene(opened, format_name, folder, options)
        if as_json:
            click.echo(json.dumps(report.as_json(), indent=1 if len(scenes) == 1 else None))
        else:
            _show(console, report)
            click.echo(folder)


def _show(console: Console, report: ExportReport) -> None:
    counts = f"{report.n_boxes} boxes of {report.n_tracks} objects in {report.n_frames} frames"
    console.print(f"{report.scene_id}: {counts}", highlight=False, soft_wrap=True)
    for table in export_tables(report):
        console.print(table, highlight=False)
