"""Rigs are read back exactly, and every mistake is named by file, sensor and field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from written_drives import RIG

from avlabel.core.rig import Camera, Rig
from avlabel.errors import CalibrationError, InputError, ReadError
from avlabel.readers.rig_toml import dump_rig, load_rig
from avlabel.scenes.convert.rig import rig_from_table, rig_to_table


def test_reads_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(RIG)
    rig = load_rig(path)
    camera = rig.cameras["front"]
    assert list(rig.lidars) == ["top"]
    np.testing.assert_array_equal(rig.lidars["top"].ego_from_sensor.translation, [1, 0, 2])
    # Camera x right, y down, z forward: its axes in the ego frame are -y, -z, x.
    np.testing.assert_allclose(
        camera.ego_from_sensor.rotation, [[0, 0, 1], [-1, 0, 0], [0, -1, 0]], atol=1e-12
    )
    np.testing.assert_array_equal(camera.model.intrinsics, [50, 50, 31.5, 23.5])
    assert (camera.shutter, camera.readout_ns) == ("rolling", 30_000_000)


def test_dump_reads_back_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text(RIG)
    text = dump_rig(load_rig(first), 'a "quoted" näme')
    second.write_text(text, encoding="utf-8")
    assert dump_rig(load_rig(second), 'a "quoted" näme') == text


@pytest.mark.parametrize(
    ("model", "distortion"),
    [
        ("pinhole", [0.1] * 12 + [0.01, -0.02]),
        ("fisheye", [0.02, -0.005, 0.001, -0.0004]),
        ("mei", [1.2, -0.1, 0.01, 0.001, 0.002]),
        ("equirectangular", []),
        ("cylindrical", []),
    ],
)
def test_every_camera_model_comes_back(tmp_path: Path, model: str, distortion: list[float]) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(RIG.replace('"pinhole"', f'"{model}"').replace(*_distortions(distortion)))
    camera = load_rig(path).cameras["front"]
    path.write_text(dump_rig(Rig({"top": load_rig(path).lidars["top"]}, {"front": camera}), ""))
    for read in (load_rig(path).cameras["front"], _through_a_table(camera)):
        assert read.model.name == model
        np.testing.assert_array_equal(read.model.distortion, distortion)
        np.testing.assert_array_equal(read.model.intrinsics, camera.model.intrinsics)


def _distortions(distortion: list[float]) -> tuple[str, str]:
    return "distortion = [-0.1, 0.01, 0.0, 0.0]", f"distortion = {distortion}"


def _through_a_table(camera: Camera) -> Camera:
    return rig_from_table(rig_to_table(Rig({}, {"front": camera}))).cameras["front"]


def test_coefficients_are_counted_by_model(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(RIG.replace('"pinhole"', '"mei"'))
    with pytest.raises(CalibrationError, match="'distortion': has 4 values; expected 1 or 5"):
        load_rig(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version = 1", "version = 2", ["field 'version'", "expected 1", "got 2"]),
        ("[lidars.top]", "[lidar.top]", ["'lidar'", "unknown"]),
        ("[lidars.top]", '[lidars."a/b"]', ["a/b", "letters"]),
        ("[cameras.front]", "[cameras.top]", ["'top'", "both a lidar and a camera"]),
        ("translation_m = [1.0, 0.0, 2.0]", "", ["lidar 'top'", "'translation_m'", "missing"]),
        ("[1.0, 0.0, 2.0]", "[1.0, 0.0]", ["lidar 'top'", "has 2 values", "expected 3"]),
        ("[1.0, 0.0, 2.0]", "[1.0, nan, 2.0]", ["lidar 'top'", "finite"]),
        ("[1.0, 0.0, 0.0, 0.0]", "[1.0, 0.5, 0.0, 0.0]", ["lidar 'top'", "not a rotation"]),
        ("[1.0, 0.0, 0.0, 0.0]", "[0.0, 0.0, 0.0, 0.0]", ["rotation_wxyz", "not a rotation"]),
        ("[-0.1, 0.01, 0.0, 0.0]", "[-0.1, 0.01, 0.0]", ["camera 'front'", "has 3 values"]),
        ('"pinhole"', '"fisheye9"', ["camera 'front'", "'model'", "pinhole", "fisheye9"]),
        ("width_px = 64", "width_px = 64.5", ["camera 'front'", "'width_px'", "whole number"]),
        ("width_px = 64", "width_px = -4", ["camera 'front'", "image size"]),
        ("[50.0, 50.0, 31.5", "[-50.0, 50.0, 31.5", ["camera 'front'", "focal length"]),
        ("readout_ms = 30.0", "readout = 30.0", ["camera 'front'", "'readout'", "unknown"]),
        ("readout_ms = 30.0", "readout_ms = -1", ["camera 'front'", "readout_ms", "more than 0"]),
        ('"rolling"', '"global"', ["camera 'front'", "readout_ms", "expected 0"]),
        ("version = 1", "version = ", ["not TOML", "line 2"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    path = tmp_path / "rig.toml"
    assert old in RIG
    path.write_text(RIG.replace(old, new, 1))
    with pytest.raises(CalibrationError) as caught:
        load_rig(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_a_rig_needs_a_lidar(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text("version = 1\n")
    with pytest.raises(CalibrationError, match=r"field 'lidars': expected at least one"):
        load_rig(path)


def test_missing_file_and_foreign_bytes(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        load_rig(tmp_path / "rig.toml")
    (tmp_path / "rig.toml").write_bytes(b"version = 1\nname = '\xff'\n")
    with pytest.raises(InputError, match=r"line 2: expected UTF-8 text, got byte 0xff"):
        load_rig(tmp_path / "rig.toml")
