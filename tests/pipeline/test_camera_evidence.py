"""Images of a whole log past a 2D detector: which are used, and what is said of the others."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import avlabel.pipeline.camera_evidence as evidence_module
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ConfigError, InputError
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.pipeline.camera_evidence import with_model_hash
from avlabel.pipeline.fingerprint import config_hash
from avlabel.readers.registry import open_log
from avlabel.scenes.scene import open_scene
from avlabel.stages.camera.fuse import FuseConfig
from avlabel.stages.camera.objects import ImageObjects

TAXONOMY = default_taxonomy()
LAST = 4


class SeesOneCar:
    """A stand-in for a network: one car in a corner of every image."""

    seen = 0

    def __init__(self, path, _taxonomy):
        assert path.is_file()

    def __call__(self, image_bgr):
        assert image_bgr.ndim == 3
        SeesOneCar.seen += 1
        car = np.array([TAXONOMY.code("car")], np.int16)
        return ImageObjects(np.array([[0.0, 0, 9, 9]]), car, np.array([0.9]), 0.5)


@pytest.fixture
def model(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(evidence_module, "ImageDetector", SeesOneCar)
    SeesOneCar.seen = 0
    path = tmp_path / "model.onnx"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def drive(sample_drive, tmp_path) -> Path:
    shutil.copytree(sample_drive, tmp_path / "drive")
    return tmp_path / "drive"


def with_model(path: Path) -> PipelineConfig:
    config = PipelineConfig()
    return replace(config, fuse=replace(config.fuse, camera_model=str(path)))


def label(drive: Path, root: Path, config: PipelineConfig):
    return label_log(open_log(drive, "native"), root, config, last=LAST)


def test_every_image_is_looked_at_once_and_clutter_loses(drive, model, tmp_path):
    seen = label(drive, tmp_path / "seen", with_model(model))
    blind = label(drive, tmp_path / "blind", PipelineConfig())
    assert SeesOneCar.seen == LAST * len(open_log(drive, "native").images)
    assert "fuse" in seen.stage_ms
    assert "fuse" not in blind.stage_ms
    scores = [open_scene(r.scene_path).detections().cuboids.score for r in (seen, blind)]
    assert np.sum(scores[0]) < np.sum(scores[1])


def test_images_that_show_nothing_of_use_are_skipped_and_named(drive, model, tmp_path):
    images = sorted((drive / "camera" / "front").iterdir())
    images[0].write_bytes(b"\xff\xd8\xff nothing that decodes \xff\xd9")
    cv2.imwrite(str(images[1]), np.zeros((20, 30, 3), np.uint8))
    images[2].write_bytes(b"")
    result = label(drive, tmp_path / "out", with_model(model))
    unusable = [f for f in result.findings if f.rule == "image-unusable"]
    assert [f.frame_idx for f in unusable] == [0]
    assert "000000.jpg cannot be decoded" in unusable[0].message
    # Other sizes and empty files are named by the stage that stores images, and only there.
    unreadable = [f for f in result.findings if f.rule == "image-unreadable"]
    assert [f.frame_idx for f in unreadable] == [1, 2]
    assert "has 30 x 20 px" in unreadable[0].message


def test_another_model_is_another_configuration(drive, model, tmp_path):
    config = with_model(model)
    assert label(drive, tmp_path / "out", config).committed
    assert not label(drive, tmp_path / "out", config).committed
    model.write_bytes(b"other weights")
    assert label(drive, tmp_path / "out", config).committed


def test_the_hash_is_filled_in_and_checked(model):
    filled = with_model_hash(FuseConfig(camera_model=str(model)))
    assert len(filled.camera_model_sha256) == 64
    assert with_model_hash(filled) == filled
    assert with_model_hash(FuseConfig()) == FuseConfig()
    model.write_bytes(b"other weights")
    with pytest.raises(ConfigError, match=r"model\.onnx: SHA-256 is .*expected"):
        with_model_hash(filled)
    model.unlink()
    with pytest.raises(InputError, match=r"model\.onnx: camera model cannot be read"):
        with_model_hash(filled)


def test_the_hash_is_part_of_the_fingerprint(model):
    config = with_model(model)
    filled = replace(config, fuse=with_model_hash(config.fuse))
    assert config_hash(filled, TAXONOMY) != config_hash(config, TAXONOMY)
