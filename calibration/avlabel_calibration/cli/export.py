"""``avlabel calibrate export``: the rig of a recording as a file that people can edit."""

from __future__ import annotations

from pathlib import Path

import click

from avlabel.cli.options import log_options, path_argument
from avlabel.readers.registry import open_log
from avlabel.readers.rig_toml import dump_rig
from avlabel_calibration.cli.writing import out_option, write_new


@click.command("export")
@path_argument("log", "LOG")
@log_options
@out_option
def command(
    log: Path,
    format_name: str,
    sequence: str | None,
    lidar: str | None,
    rig: str | None,
    out: Path,
    overwrite: bool,
) -> None:
    """Write the rig of LOG, its sensors and where they sit, as TOML.

    \b
    avlabel calibrate export pandaset/002 --format pandaset --out rig.toml
    avlabel label pandaset/002 --format pandaset --rig rig.toml --out scenes
    """  # noqa: D301 (\b keeps click from rewrapping)
    recording = open_log(log, format_name, sequence=sequence, lidar=lidar, rig=rig)
    name = f"{recording.log_id} ({format_name})"
    write_new(out, dump_rig(recording.rig, name), overwrite=overwrite)
    click.echo(out)
