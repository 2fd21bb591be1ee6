"""YAML files (extra ``calibration``)."""

from __future__ import annotations

from pathlib import Path

from avlabel.errors import InputError, ReadError
from avlabel.readers.files import read_text
from avlabel_calibration.importers.mapped import Mapped


def read_yaml(path: Path) -> Mapped:
    """The first document of a YAML file, read without constructing any object.

    Raises:
        InputError: if PyYAML is not installed.
        ReadError: if the file is missing, no text or no YAML.
        CalibrationError: if it holds no mapping.
    """
    try:
        import yaml
    except ImportError as error:
        raise InputError(
            "this format is YAML, and PyYAML, which reads it, is not installed: "
            "pip install avlabel[calibration]"
        ) from error
    text = read_text(path)
    if text.startswith("%YAML:"):
        raise ReadError(f"{path}: is a file of OpenCV's FileStorage; expected plain YAML")
    try:
        first = next(yaml.safe_load_all(text), None)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = str(error).replace("\n", " ") or "nested too deeply"
        raise ReadError(f"{path}: not YAML: {problem}") from error
    return Mapped.of(str(path), first)
