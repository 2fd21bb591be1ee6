"""``avlabel calibrate import``: calibrations of other programs and data sets."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from avlabel.cli.options import path_argument
from avlabel.core.rig import Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.known_rigs import find_rig
from avlabel.readers.rig_toml import RigFile, dump_rig, load_rig_file, parse_rig
from avlabel_calibration.cli.writing import out_option, write_new
from avlabel_calibration.importers.complete import (
    draft_text,
    in_ego,
    merged,
    missing,
)
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.registry import IMPORTERS, read_calibration

EMPTY = RigFile("", Rig({}, {}))


@click.command("import")
@path_argument("path", "PATH")
@click.option("--format", "format_name", required=True, help=f"One of {', '.join(IMPORTERS)}.")
@out_option
@click.option("--into", help="A rig whose sensors are kept, and replaced where PATH has them.")
@click.option("--sequence", help="Which recording, where PATH covers several.")
@click.option("--camera", help="Id of the camera, where PATH holds a single one.")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Another id for a sensor.")
@click.option(
    "--ego-from-base",
    nargs=7,
    type=float,
    metavar="TX TY TZ QW QX QY QZ",
    help="Where the base of PATH's poses (the IMU, a camera) is on the vehicle.",
)
@click.option("--image-size", nargs=2, type=int, metavar="W H", help="Where PATH does not say.")
@click.option("--name", help="Name of the rig.")
def command(
    path: Path,
    format_name: str,
    out: Path,
    overwrite: bool,
    into: str | None,
    sequence: str | None,
    camera: str | None,
    rename: tuple[str, ...],
    ego_from_base: tuple[float, ...] | None,
    image_size: tuple[int, int] | None,
    name: str | None,
) -> None:
    """Write the calibration in PATH as a rig.

    What PATH does not say comes from --into; without it, a draft is written for you to complete.

    \b
    avlabel calibrate import 2011_09_26 --format kitti --out rig.toml
    avlabel calibrate import v1.0-mini --format nuscenes --sequence scene-0061 --out rig.toml
    avlabel calibrate import camchain.yaml --format kalibr --into car.toml --out rig.toml
    avlabel calibrate import front.yaml --format ros --camera front --into car.toml --out rig.toml
    """  # noqa: D301 (\b keeps click from rewrapping)
    base = load_rig_file(find_rig(into)) if into else EMPTY
    options = ImportOptions(sequence, camera, image_size)
    names, pose = dict(map(_old_new, rename)), _pose(ego_from_base)
    found = read_calibration(path, format_name, options)
    try:
        found = in_ego(found.renamed(names), base.rig, pose)
    except CalibrationError as error:
        raise type(error)(f"{path}: {error}") from error
    for note in found.notes:
        click.echo(f"{path}: {note}", err=True)
    title = name or base.name or f"{path.resolve().name} ({format_name})"
    rig = merged(found, base.rig)
    if rig is not None:
        text = dump_rig(rig, title, base.pairs)
        parse_rig(text, f"{path} as a rig")
        write_new(out, text, overwrite=overwrite)
    else:
        lacks = "; ".join(missing(found, base.rig))
        if into:
            raise CalibrationError(f"{path}: neither it nor {into} says {lacks}")
        write_new(out, draft_text(found, title), overwrite=overwrite)
        click.echo(f"{path}: does not say {lacks}: {out} is a draft", err=True)
    click.echo(out)


def _old_new(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise click.UsageError(f"--rename: expected OLD=NEW such as cam0=front, got '{text}'")
    return old, new


def _pose(numbers: tuple[float, ...] | None) -> SE3 | None:
    if numbers is None:
        return None
    if not np.all(np.isfinite(numbers)):
        raise click.UsageError(f"--ego-from-base: expected finite numbers, got {numbers}")
    return SE3.from_quat(numbers[3:], np.array(numbers[:3]))
