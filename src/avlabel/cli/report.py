"""``avlabel report``: a page about the labels of scenes."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from avlabel.cli.options import labels_option, truth_options
from avlabel.pipeline.recording import recording
from avlabel.report.page import write_report
from avlabel.scenes.scene import Labels, open_scene


@click.command("report")
@click.argument("scenes", metavar="SCENE...", nargs=-1, required=True)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The HTML file."
)
@click.option("--truth", help="The labelled recording, a path or an s3:// URI.")
@truth_options
@labels_option
def command(
    scenes: tuple[str, ...],
    out: Path,
    truth: str | None,
    format_name: str | None,
    sequence: str | None,
    lidar: str | None,
    rig: str | None,
    labels: Labels,
) -> None:
    """Write one self-contained HTML page about the labels of SCENE: counts, quality, findings.

    Two scenes are also compared, the first as the older one.

    \b
    avlabel report out/demo --out report.html --truth sample_data/drive --format native
    avlabel report old/scene_id=002 new/scene_id=002 --out report.html
    """  # noqa: D301 (\b keeps click from rewrapping)
    if (truth is None) != (format_name is None):
        raise click.UsageError("--truth and --format go together: the recording, and its format")
    opened = [open_scene(scene) for scene in scenes]
    with ExitStack() as stack:
        log = None
        if truth is not None and format_name is not None:
            log = stack.enter_context(
                recording(truth, format_name, sequence=sequence, lidar=lidar, rig=rig)
            )
        write_report(opened, out, log, labels=labels)
    click.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
