"""A small drive that tests may damage, and the command line as a user runs it."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FRAMES = 4


@pytest.fixture(scope="session")
def pristine_drive(sample_drive, tmp_path_factory):
    """The first frames of the sample drive."""
    drive = tmp_path_factory.mktemp("pristine") / "drive"
    drive.mkdir()
    for name in ("log.toml", "rig.toml", "poses.csv"):
        shutil.copy(sample_drive / name, drive / name)
    for name, column in (
        ("sweeps.csv", "frame_idx"),
        ("images.csv", None),
        ("labels.csv", "frame_idx"),
    ):
        rows = list(csv.DictReader((sample_drive / name).read_text().splitlines()))
        kept = [row for row in rows if number(row, column) < FRAMES]
        with (drive / name).open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys())
            writer.writeheader()
            writer.writerows(kept)
        for row in kept:
            if "file" in row:
                (drive / row["file"]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(sample_drive / row["file"], drive / row["file"])
    return drive


def number(row, column):
    return int(row[column] if column else Path(row["file"]).stem)


@pytest.fixture
def drive(pristine_drive, tmp_path):
    """A copy to damage."""
    copy = tmp_path / "drive"
    shutil.copytree(pristine_drive, copy)
    return copy


@pytest.fixture(scope="session")
def avlabel():
    """Run ``avlabel`` with arguments in a process of its own."""

    def run(*arguments, **options):
        command = [sys.executable, "-m", "avlabel", *map(str, arguments)]
        return subprocess.run(  # noqa: S603 (our own command)
            command, capture_output=True, text=True, timeout=240, check=False, **options
        )

    return run
