"""Small drives, formats that do harm, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from run_watching import PATIENCE_S
from short_drives import shorten

HERE = Path(__file__).parent
FORMATS = ("killer", "killed_once", "hungry", "waiting", "before_commit")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of processes that know the harmful formats, by a package on their path."""
    info = tmp_path_factory.mktemp("rogue") / "rogue-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rogue\nVersion: 1\n")
    lines = [f"{name.replace('_', '-')} = rogue_formats:{name}" for name in FORMATS]
    (info / "entry_points.txt").write_text("\n".join(["[avlabel.readers]", *lines, ""]))
    paths = [str(HERE), str(info.parent), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """Where harmful logs leave their marks."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
def make_drive(sample_drive: Path, tmp_path: Path, marks: Path) -> Callable[..., Path]:
    """A drive of a few frames under a name."""

    def make(name: str, frames: int = 2) -> Path:
        drive = shorten(sample_drive, tmp_path / "drives" / name, frames, name)
        (drive / "rogue.json").write_text(json.dumps({"folder": str(marks)}))
        return drive

    return make


@pytest.fixture
def start_avlabel(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``avlabel`` in a process group of its own; whatever is left at the end is killed."""
    started, common = [], environment

    def start(
        *arguments: Any, environment: Mapping[str, str] = MappingProxyType({}), **options: Any
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [sys.executable, "-m", "avlabel", *map(str, arguments)],
            env={**os.environ, **common, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.communicate()


@pytest.fixture
def avlabel(start_avlabel: Callable[..., subprocess.Popen[str]]) -> Callable[..., Any]:
    """Run ``avlabel`` to its end."""

    def run(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
        process = start_avlabel(*arguments, **options)
        out, err = process.communicate(timeout=2 * PATIENCE_S)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run
