"""A drive of two frames, on disk and in a bucket."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from avlabel.scenes.store import Store

FRAMES = 2


@pytest.fixture(scope="session")
def short_drive(sample_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first frames of the sample drive."""
    drive = tmp_path_factory.mktemp("short") / "drive"
    drive.mkdir()
    for name in ("log.toml", "rig.toml", "poses.csv"):
        shutil.copy(sample_drive / name, drive)
    for name in ("sweeps.csv", "images.csv"):
        header, *rows = (sample_drive / name).read_text().splitlines()
        files = [row.rpartition(",")[2] for row in rows]
        kept = [i for i, file in enumerate(files) if int(Path(file).stem) < FRAMES]
        (drive / name).write_text("\n".join([header, *(rows[i] for i in kept)]) + "\n")
        for i in kept:
            (drive / files[i]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sample_drive / files[i], drive / files[i])
    return drive


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
