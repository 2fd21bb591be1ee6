"""A disk that fills up while a drive is labelled: one clear error, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

import avlabel
from avlabel.errors import SceneNotFoundError, SceneWriteError
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log


def test_labelling_onto_a_full_disk(short_drive: Path, tiny_disk: Path, tmp_path: Path) -> None:
    log = open_log(short_drive, "native")
    with pytest.raises(SceneWriteError, match=r"cannot write .*\.parquet: no space left on device"):
        label_log(log, tiny_disk, PipelineConfig())
    assert not list(tiny_disk.rglob("*.parquet"))
    with pytest.raises(SceneNotFoundError):
        avlabel.open_scene(tiny_disk)
    result = label_log(log, tmp_path, PipelineConfig())
    assert avlabel.open_scene(result.scene_path).verify() > 0
