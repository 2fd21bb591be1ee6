"""A small drive that tests may damage, and the command line as a user runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from short_drives import shorten

FRAMES = 4


@pytest.fixture(scope="session")
def pristine_drive(sample_drive, tmp_path_factory):
    """The first frames of the sample drive."""
    return shorten(sample_drive, tmp_path_factory.mktemp("pristine") / "drive", FRAMES)


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
