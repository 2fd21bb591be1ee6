"""Disks that are full or refuse: one clear sentence, and nothing half-written left behind."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import scene_samples as samples

import avlabel
from avlabel.errors import SceneError, SceneNotFoundError, SceneWriteError
from avlabel.scenes import object_files
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.store import Store

NOBODY = 65534


@pytest.fixture
def file_size_limit() -> Iterator[int]:
    """No file of this process may grow beyond 100 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield 100_000
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder that this process may neither write nor look into, even when run by root."""
    folder = tmp_path / "locked"
    (folder / "scenes").mkdir(parents=True)
    folder.chmod(0o000)
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    yield folder
    os.seteuid(before)
    folder.chmod(0o700)


@pytest.mark.parametrize("lossless", [False, True])
def test_a_disk_that_fills_up(tiny_disk: Path, lossless: bool) -> None:
    def label() -> None:
        config = StoreConfig(lossless_points=lossless)
        with samples.open_writer(tiny_disk, config=config) as writer:
            samples.write_required(writer)
            for frame_idx in samples.FRAMES:
                writer.write_sweep(samples.sample_sweep(frame_idx, n=40_000))
            writer.commit()

    with pytest.raises(SceneWriteError, match=r"cannot write .*\.parquet: no space left on device"):
        label()
    assert not list(tiny_disk.rglob("*.parquet"))
    samples.write_sample(tiny_disk)
    assert avlabel.open_scene(tiny_disk).verify() == 12


def test_no_room_for_what_is_to_be_sent(
    tiny_disk: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table for an object store is complete on the local disk before it is sent."""
    monkeypatch.setattr(tempfile, "tempdir", str(tiny_disk))
    monkeypatch.setattr(object_files, "SPOOL_BYTES", 10_000)
    root = f"s3://{bucket}/scenes"

    def label() -> None:
        with samples.open_writer(root) as writer:
            samples.write_required(writer)
            for frame_idx in samples.FRAMES:
                writer.write_sweep(samples.sample_sweep(frame_idx, n=40_000))

    with pytest.raises(SceneWriteError, match=r"cannot write s3://.*\.parquet: no space left on"):
        label()
    assert Store.at(root).tree() == {}


def test_a_file_that_may_not_grow(tmp_path: Path, file_size_limit: int) -> None:
    with (
        pytest.raises(SceneWriteError, match=r"cannot write .*top\.parquet: file too large"),
        samples.open_writer(tmp_path) as writer,
    ):
        writer.write_sweep(samples.sample_sweep(7, n=40_000))
    assert not list(tmp_path.rglob("*.parquet"))


def test_no_room_for_the_commit_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with samples.open_writer(tmp_path) as writer:
        samples.write_everything(writer)
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SceneWriteError, match="no space left on device"):
            writer.commit()
    scene = tmp_path / "scene_id=one"
    assert not any(scene.rglob("*.json"))
    assert not any(scene.rglob("*.parquet"))
    with pytest.raises(SceneNotFoundError):
        avlabel.open_scene(scene)


def test_a_failure_after_the_commit_was_created_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def link_then_fail(source: Path, target: Path) -> None:
        link(source, target)
        raise OSError(5, "Input/output error")

    with samples.open_writer(tmp_path) as writer:
        samples.write_everything(writer)
        monkeypatch.setattr(os, "link", link_then_fail)
        with pytest.raises(SceneWriteError, match="input/output error"):
            writer.commit()
    assert avlabel.open_scene(tmp_path).verify() == 12


def test_a_file_where_the_root_should_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SceneWriteError, match=r"cannot write .*/out/.*: not a directory"):
        samples.open_writer(tmp_path / "out")


def test_a_folder_without_permission(locked: Path) -> None:
    with pytest.raises(SceneWriteError, match=r"cannot write .*: permission denied"):
        samples.open_writer(locked)


def test_a_scene_that_may_not_be_read(locked: Path) -> None:
    with pytest.raises(SceneError, match=r"cannot list .*/scenes/_commits: permission denied"):
        avlabel.open_scene(locked / "scenes")


def test_a_folder_that_the_system_keeps(tmp_path: Path) -> None:
    """Holds for root too: nobody makes folders in /proc."""
    with pytest.raises(SceneWriteError, match=r"cannot write /proc/"):
        samples.open_writer(Path("/proc/self"))
