"""YAML files (extra ``calibration``), those of OpenCV among them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from avlabel.errors import InputError, ReadError
from avlabel.readers.files import read_text
from avlabel_calibration.importers.mapped import Mapped

HEADER = re.compile(r"\A%YAML[^\n]*")
OPENCV_MATRIX = "!!opencv-matrix"


def read_yaml(path: Path) -> Mapped:
    """The first document of a YAML file, read without constructing any object.

    OpenCV's files differ from YAML in their first line, and in the tag of their matrices.

    Raises:
        InputError: if PyYAML is not installed.
        ReadError: if the file is missing, no text or no YAML.
        CalibrationError: if it holds no mapping.
    """
    yaml = _yaml()
    text = HEADER.sub("", read_text(path)).replace(OPENCV_MATRIX, "")
    try:
        first = next(yaml.safe_load_all(text), None)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split()) or "nested too deeply"
        raise ReadError(f"{path}: not YAML: {problem}") from error
    return Mapped.of(str(path), first)


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise InputError(
            "this format is YAML, and PyYAML, which reads it, is not installed: "
            "pip install avlabel[calibration]"
        ) from error
    return yaml
