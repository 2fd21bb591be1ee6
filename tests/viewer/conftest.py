"""Fixtures of the viewer's tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from review_scenes import SOUND, drive_by, write_scene
from short_drives import shorten
from window_driver import Window, virtual_screen

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


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """Display of a screen for windows."""
    pytest.importorskip("open3d", reason="the window needs the package open3d")
    with virtual_screen() as display:
        yield display


@pytest.fixture
def scene_folder(labelled_drive: Path, tmp_path: Path) -> Path:
    """A copy of the labelled scene."""
    return Path(shutil.copytree(labelled_drive, tmp_path / "scenes" / labelled_drive.name))


@pytest.fixture
def review(screen: str, scene_folder: Path, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Opens windows on ``scene_folder``; no two at once in the same folder."""
    windows = []

    def open_window(*arguments: str, folder: Path = tmp_path) -> Window:
        folder.mkdir(exist_ok=True)
        windows.append(Window(scene_folder, screen, folder, *arguments))
        return windows[-1]

    yield open_window
    for window in windows:
        window.kill()
