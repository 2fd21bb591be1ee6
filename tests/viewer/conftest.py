"""Fixtures of the viewer's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from review_scenes import SOUND, drive_by, write_scene
from short_drives import shorten

import avlabel
from avlabel.core.findings import Finding
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log
from avlabel_viewer.session.session import Session


@pytest.fixture(autouse=True)
def own_state_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What programs remember of a user is kept out of the home of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))


@pytest.fixture(scope="session")
def labelled_drive(sample_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scene of the first eight frames of the sample drive, labelled by every stage."""
    folder = tmp_path_factory.mktemp("labelled")
    drive = shorten(sample_drive, folder / "drive", 8)
    return Path(
        label_log(open_log(drive, "native"), folder / "scenes", PipelineConfig()).scene_path
    )


@pytest.fixture
def scene_path(tmp_path: Path) -> Path:
    """A scene of two cars."""
    return Path(write_scene(tmp_path / "scenes"))


@pytest.fixture
def open_session(scene_path: Path, tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Opens sessions, by default on ``scene_path``; their clock stands still unless told."""
    opened: list[Session] = []

    def start(author: str = "ann", path: Path | str = scene_path, **options: Any) -> Session:
        options = {"clock": lambda: 0.0, "state_folder": tmp_path / "state", **options}
        opened.append(Session(avlabel.open_scene(path), author, **options))
        return opened[-1]

    yield start
    for session in opened:
        session.close()


@pytest.fixture
def doubtful(tmp_path: Path, open_session: Callable[..., Session]) -> Session:
    """Four objects of falling need, and a frame."""
    findings = [Finding("a", "error", "b", 10 + t, t) for t in (1, 2)]
    findings += [Finding("c", "warning", "d", 4)]
    path = write_scene(
        tmp_path, {**SOUND, 4: drive_by(100, 30, range(20))}, score={3: 0.4, 4: 0.5},
        findings=findings,
    )  # fmt: skip
    return open_session(path=path)
