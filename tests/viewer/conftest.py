"""Fixtures of the viewer's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from short_drives import shorten

from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log


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
