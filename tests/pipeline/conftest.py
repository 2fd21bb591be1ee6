"""A drive of two frames, on disk and in a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest
from short_drives import shorten

from avlabel.scenes.store import Store

FRAMES = 2


@pytest.fixture(scope="session")
def short_drive(sample_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first frames of the sample drive."""
    return shorten(sample_drive, tmp_path_factory.mktemp("short") / "drive", FRAMES)


@pytest.fixture
def remote_drive(short_drive: Path, bucket: str) -> str:
    """The same drive in an object store."""
    uri = f"s3://{bucket}/drives/drive"
    upload(short_drive, uri)
    return uri


def upload(folder: Path, uri: str) -> None:
    store = Store.at(uri)
    for path in folder.rglob("*"):
        if path.is_file():
            store.create_if_absent(path.relative_to(folder).as_posix(), path.read_bytes())
