"""The rigs that come with the project: one TOML file each, in ``calibration/rigs``."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
FOLDERS = (_HERE / "rigs", _HERE.parent / "rigs")
"""Where the files lie once installed, and in a checkout."""


def files() -> dict[str, Path]:
    """File of each rig by its name, in alphabetical order."""
    folder = next((folder for folder in FOLDERS if folder.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.toml"))} if folder else {}
