"""Importers by the name of their format."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from avlabel.errors import FormatError, ReadError
from avlabel_calibration.importers import (
    argoverse2,
    kalibr,
    kitti,
    nuscenes,
    opencv,
    pandaset,
    ros,
)
from avlabel_calibration.importers.found import Found
from avlabel_calibration.importers.options import ImportOptions

IMPORTERS: dict[str, Callable[[Path, ImportOptions], Found]] = {
    "argoverse2": argoverse2.read,
    "kalibr": kalibr.read,
    "kitti": kitti.read,
    "nuscenes": nuscenes.read,
    "opencv": opencv.read,
    "pandaset": pandaset.read,
    "ros": ros.read,
}


def read_calibration(path: Path, format_name: str, options: ImportOptions) -> Found:
    """Read a calibration of another program or data set.

    Args:
        path: a file or folder, as the format has it.
        format_name: one of ``IMPORTERS``.
        options: what the file does not say.

    Raises:
        FormatError: for an unknown format.
        ReadError: if a file is missing or malformed.
        CalibrationError: naming file, sensor and field.
    """
    if format_name not in IMPORTERS:
        near = difflib.get_close_matches(format_name.lower(), IMPORTERS, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise FormatError(f"format '{format_name}': expected one of {', '.join(IMPORTERS)}{hint}")
    if not path.exists():
        raise ReadError(f"{path}: no such file or folder")
    return IMPORTERS[format_name](path, options)
