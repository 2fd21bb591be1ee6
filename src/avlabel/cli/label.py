"""``avlabel label``: one log in, one committed scene out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from avlabel.cli.options import FOLDER, FrameRange, FramesType, log_options, place_argument
from avlabel.cli.progress import stage_progress
from avlabel.core.configs import read_config
from avlabel.errors import GateError
from avlabel.pipeline import LabelResult, PipelineConfig, label_log
from avlabel.pipeline.recording import recording
from avlabel.pipeline.track_kitti import read_boxes
from avlabel.scenes.scene import open_scene


@click.command("label")
@place_argument("log", "LOG")
@log_options
@click.option(
    "--out", required=True, help="Folder for scenes, or a URI such as s3://bucket/scenes."
)
@click.option("--frames", type=FramesType(), default=":", help="Only these frame numbers.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file.")
@click.option(
    "--detections", type=FOLDER, help="Boxes of another detector, KITTI layout, instead of ours."
)
@click.option("--calib", type=FOLDER, help="Calibrations of --detections; by default the log's.")
@click.option(
    "--camera-model",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A 2D detector (YOLOX as ONNX) whose finds in the images confirm, reject and name.",
)
@click.option("--scene-id", help="Name of the scene; by default the log's.")
@click.option("--no-calibration-check", is_flag=True, help="Label whatever the calibration.")
def command(
    log: str,
    format_name: str,
    sequence: str | None,
    lidar: str | None,
    rig: str | None,
    out: str,
    frames: FrameRange,
    config_path: Path | None,
    detections: Path | None,
    calib: Path | None,
    camera_model: Path | None,
    scene_id: str | None,
    no_calibration_check: bool,
) -> None:
    """Label LOG, a path or an s3:// URI, with every stage and commit one scene under --out.

    \b
    avlabel label drive --format native --out scenes
    avlabel label pandaset/002 --format pandaset --frames 36:51 --out scenes
    avlabel label drive --format native --out scenes --camera-model yolox_nano.onnx
    avlabel label s3://bucket/drive --format native --out s3://bucket/scenes
    """  # noqa: D301 (\b keeps click from rewrapping)
    config = read_config(PipelineConfig, config_path)
    if camera_model is not None:
        config = replace(config, fuse=replace(config.fuse, camera_model=str(camera_model)))
    if no_calibration_check:
        config = replace(config, gates=replace(config.gates, run=False))
    if detections is not None and not format_name.startswith("kitti"):
        raise click.UsageError("--detections are boxes in KITTI's layout, for KITTI logs only")
    console = Console(stderr=True)
    with recording(log, format_name, sequence=sequence, lidar=lidar, rig=rig) as opened:
        boxes = (
            read_boxes(detections, calib or opened.root / "calib", sequence) if detections else None
        )
        try:
            with stage_progress(console) as progress:
                result = label_log(
                    opened,
                    out,
                    config,
                    scene_id=scene_id,
                    boxes=boxes,
                    first=frames[0],
                    last=frames[1],
                    progress=progress,
                )
        except GateError as error:
            raise GateError(f"{error}; --no-calibration-check labels it all the same") from error
    _report(result, console)
    click.echo(result.scene_path)


def _report(result: LabelResult, console: Console) -> None:
    if not result.committed:
        console.print("up to date: made from the same input and configuration, nothing done")
        return
    for finding in result.findings:
        if finding.severity == "error":
            where = f"frame {finding.frame_idx}: " if finding.frame_idx >= 0 else ""
            console.print(f"{where}{finding.message}", style="yellow", highlight=False)
    total = sum(result.stage_ms.values()) / result.n_frames
    console.print(f"{result.n_frames} frames, {total:.0f} ms each", highlight=False)
    _report_edits(result.scene_path, console)


def _report_edits(scene_path: str, console: Console) -> None:
    """What people did to the scene before lies on the new labels; say so, and what does not fit."""
    scene = open_scene(scene_path)
    hold = len(scene.edits().active)
    if not hold:
        return
    conflicts = len(scene.resolved().conflicts)
    fit = f"{conflicts} conflicts, see avlabel edits {scene_path}" if conflicts else "all fit"
    text = f"{hold} edits laid onto the new labels: {fit}"
    console.print(text, style="yellow" if conflicts else None, highlight=False, soft_wrap=True)
