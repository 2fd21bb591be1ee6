"""``avlabel track``: any detector's boxes in, tracks out."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.console import Console

from avlabel.cli.options import FOLDER
from avlabel.core.configs import read_config
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.track_kitti import read_sequences, track_sequence
from avlabel.readers.kitti_results import write_results


@click.command("track")
@click.option(
    "--detections", required=True, type=FOLDER, help="Files such as 0000.txt, or folders of them."
)
@click.option("--format", "format_name", required=True, type=click.Choice(["kitti"]))
@click.option("--calib", required=True, type=FOLDER, help="Calibrations, one file a sequence.")
@click.option("--poses", type=FOLDER, help="Camera poses, one file a sequence.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for tracks.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file.")
def command(
    detections: Path,
    format_name: str,  # noqa: ARG001 (there is one yet)
    calib: Path,
    poses: Path | None,
    out: Path,
    config_path: Path | None,
) -> None:
    """Track and refine the boxes of any detector, all sequences of a folder.

    Writes one KITTI tracking result file a sequence. Give --poses where there are any: objects
    are tracked over ground then, and not relative to the vehicle.

    \b
    avlabel track --detections pointrcnn --format kitti --calib calib --poses poses --out tracks
    """  # noqa: D301 (\b keeps click from rewrapping)
    config = read_config(PipelineConfig, config_path).boxes
    console = Console(stderr=True)
    out.mkdir(parents=True, exist_ok=True)
    n_frames, n_outside, spent_s = 0, 0, 0.0
    for sequence in read_sequences(detections, calib, poses):
        start = time.perf_counter()
        tracked = track_sequence(sequence, config, has_poses=poses is not None)
        spent_s += time.perf_counter() - start
        write_results(out / f"{tracked.name}.txt", tracked.results)
        n_frames, n_outside = n_frames + tracked.n_frames, n_outside + tracked.n_outside
    if n_outside:
        console.print(f"{n_outside} boxes outside the image left out", highlight=False)
    console.print(f"{n_frames} frames, {n_frames / spent_s:.0f} a second", highlight=False)
    click.echo(out)
