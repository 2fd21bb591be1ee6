"""``avlabel calibrate refine``: better extrinsics from a drive without targets."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from avlabel.cli.options import FrameRange, FramesType, log_options, path_argument
from avlabel.cli.progress import stage_progress
from avlabel.core.configs import read_config
from avlabel.core.log import Log
from avlabel.core.rig import Rig
from avlabel.errors import CalibrationError
from avlabel.readers.registry import open_log
from avlabel.readers.rig_toml import dump_rig
from avlabel_calibration.alignment import AXES, collect, sweep_edges
from avlabel_calibration.cli.writing import out_option, write_new
from avlabel_calibration.refine.camera import CameraRefinement, RefineConfig, refine_camera
from avlabel_calibration.refine.report import FACTORS, UNITS, write_numbers, write_picture

NOTHING_REFINED = 1


@click.command("refine")
@path_argument("log", "LOG")
@log_options
@out_option
@click.option("--camera", "wanted", multiple=True, help="Only this camera; may be repeated.")
@click.option("--frames", type=FramesType(), default=":", help="Only these frame numbers.")
@click.option(
    "--report", type=click.Path(path_type=Path, file_okay=False), help="Folder for pictures."
)
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="Limits, as TOML.")
def command(
    log: Path,
    format_name: str,
    sequence: str | None,
    lidar: str | None,
    rig: str | None,
    out: Path,
    overwrite: bool,
    wanted: tuple[str, ...],
    frames: FrameRange,
    report: Path | None,
    config_path: Path | None,
) -> int:
    """Estimate where the cameras of LOG sit from edges in its sweeps and images; write a new rig.

    What the drive does not constrain stays as it was, and is named. LOG itself is not changed.
    Exit codes: 0 something was refined, 1 nothing was, 2 LOG cannot be used.

    \b
    avlabel calibrate refine drive --format native --out refined.toml --report refined
    avlabel label drive --format native --rig refined.toml --out scenes
    """  # noqa: D301 (\b keeps click from rewrapping)
    if out.exists() and not overwrite:
        write_new(out, "", overwrite=False)
    recording = open_log(log, format_name, sequence=sequence, lidar=lidar, rig=rig)
    cameras = _cameras(recording, wanted)
    config = read_config(RefineConfig, config_path)
    found, without = _refine(recording, cameras, frames, config, report)
    _print(found, without)
    if report is not None:
        write_numbers(report, found)
    if not any(refinement.moved.any() for refinement in found.values()):
        click.echo("nothing was refined, no rig was written", err=True)
        return NOTHING_REFINED
    refined = {sensor_id: refinement.refined for sensor_id, refinement in found.items()}
    new_rig = Rig(recording.rig.lidars, {**recording.rig.cameras, **refined})
    name = f"{recording.log_id} ({format_name}), refined"
    write_new(out, dump_rig(new_rig, name), overwrite=overwrite)
    click.echo(out)
    return 0


def _cameras(log: Log, wanted: tuple[str, ...]) -> list[str]:
    if not log.images:
        raise CalibrationError(f"{log.log_id}: has no images; expected some to refine cameras by")
    for sensor_id in wanted:
        if sensor_id not in log.images:
            known = ", ".join(log.images)
            raise CalibrationError(f"camera '{sensor_id}': expected one of {known}")
    return list(wanted or log.images)


def _refine(
    log: Log, cameras: list[str], frames: FrameRange, config: RefineConfig, report: Path | None
) -> tuple[dict[str, CameraRefinement], dict[str, str]]:
    """What was found by camera, and why some cameras cannot be looked at."""
    first, last = frames[0] or 0, frames[1]
    index = log.sweeps.frame_idx
    numbers = index[(index >= first) & (index < (last if last is not None else np.inf))]
    found, without = {}, {}
    with stage_progress(Console(stderr=True)) as progress:
        edges = sweep_edges(log, numbers.tolist())
        for k, sensor_id in enumerate(cameras):
            progress("refine", k, len(cameras))
            try:
                features = collect(log, sensor_id, edges=edges)
            except CalibrationError as error:
                without[sensor_id] = str(error)
                continue
            found[sensor_id] = refine_camera(features, config)
            if report is not None:
                write_picture(report, log.root, features, found[sensor_id])
        progress("refine", len(cameras), len(cameras))
    return found, without


def _print(found: dict[str, CameraRefinement], without: dict[str, str]) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False)
    for column in ("camera", "parameter"):
        table.add_column(column, no_wrap=True)
    for column in ("estimate", "sigma", "moved", "unit"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for sensor_id, refinement in found.items():
        if why := refinement.reasons.get("camera"):
            table.add_row(sensor_id, "all", "", "", "", "", why)
            continue
        estimate, sigma = refinement.estimate * FACTORS, refinement.sigma * FACTORS
        moved = refinement.delta * FACTORS
        for k, name in enumerate(AXES):
            table.add_row(
                sensor_id if k == 0 else "",
                name,
                f"{estimate[k]:+.3f}",
                f"{sigma[k]:.3f}",
                f"{moved[k]:+.3f}" if refinement.moved[k] else "",
                UNITS[k],
                refinement.reasons.get(name, ""),
            )
        table.add_row(
            "",
            "score",
            "",
            f"{refinement.score_sigma:.3f}",
            "",
            "",
            f"{refinement.score_before:.3f} before, {refinement.score_after:.3f} after, "
            f"of {refinement.n_edges} edges in {refinement.n_images} images",
        )
    for sensor_id, why in without.items():
        table.add_row(sensor_id, "all", "", "", "", "", why)
    console.print(table, highlight=False)
