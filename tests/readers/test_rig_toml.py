"""Rigs are read back exactly, and every mistake is named by file, sensor and field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation
from written_drives import RIG

from avlabel.core.cameras import DISTORTION_COUNTS, camera_model
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import (
    CalibrationError,
    InputError,
    MirroredRotationError,
    NotARotationError,
    ReadError,
)
from avlabel.readers.rig_toml import dump_rig, load_rig, load_rig_file
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
        ("[1.0, 0.0, 2.0]", "[1000.0, 0.0, 2000.0]", ["'translation_m'", "metres", "got 2000"]),
        ("[1.0, 0.0, 0.0, 0.0]", "[1.0, 0.5, 0.0, 0.0]", ["lidar 'top'", "not a rotation"]),
        ("[1.0, 0.0, 0.0, 0.0]", "[0.0, 0.0, 0.0, 0.0]", ["rotation_wxyz", "not a rotation"]),
        ("[-0.1, 0.01, 0.0, 0.0]", "[-0.1, 0.01, 0.0]", ["camera 'front'", "has 3 values"]),
        ("[-0.1, 0.01, 0.0, 0.0]", "[-0.1, nan, 0.0, 0.0]", ["'distortion'", "finite numbers"]),
        ("[lidars.top]", "[lidars.ego]", ["'ego'", "vehicle's frame"]),
        ('"pinhole"', '"fisheye9"', ["camera 'front'", "'model'", "pinhole", "fisheye9"]),
        ("width_px = 64", "width_px = 64.5", ["camera 'front'", "'width_px'", "whole number"]),
        ("width_px = 64", "width_px = -4", ["camera 'front'", "image size"]),
        ("[50.0, 50.0, 31.5", "[-50.0, 50.0, 31.5", ["camera 'front'", "focal length"]),
        ("readout_ms = 30.0", "readout = 30.0", ["camera 'front'", "'readout'", "unknown"]),
        ("readout_ms = 30.0", "readout_ms = -1", ["camera 'front'", "readout_ms", "0 to 1000"]),
        ("readout_ms = 30.0", "readout_ms = 30000", ["'readout_ms'", "0 to 1000", "got 30000"]),
        ("readout_ms = 30.0", "readout_ms = 1e-9", ["readout_ms", "more than 0"]),
        ("width_px = 64", "width_px = 640000", ["'width_px'", "at most 65535", "640000"]),
        ("width_px = 64", f"width_px = {'9' * 5000}", ["not TOML", "digits"]),
        ("[50.0, 50.0, 31.5", f"[{'9' * 400}, 50.0, 31.5", ["'intrinsics'", "finite numbers"]),
        ("version = 1", f"version = {'[' * 5000}", ["not TOML", "nested too deeply"]),
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


QUAT = "rotation_wxyz = [0.5, -0.5, 0.5, -0.5]\n"
EGO_FROM_FRONT = "[[0, 0, 1, 1.5], [-1, 0, 0, 0], [0, -1, 0, 1.6], [0, 0, 0, 1]]"
FRONT_FROM_TOP = "[[0, -1, 0, 0], [0, 0, -1, -0.4], [1, 0, 0, -0.5], [0, 0, 0, 1]]"


@pytest.mark.parametrize(
    "way",
    [
        f"ego_from_sensor = {EGO_FROM_FRONT}\n",
        f'sensor_from_other = {FRONT_FROM_TOP}\nother = "top"\n',
    ],
)
def test_a_pose_may_be_given_in_other_ways(tmp_path: Path, way: str) -> None:
    """The LiDAR sits at x 1, z 2 with the car's axes; the camera at x 1.5, z 1.6, looking ahead."""
    path = tmp_path / "rig.toml"
    path.write_text(RIG.replace("translation_m = [1.5, 0.0, 1.6]\n", "").replace(QUAT, way))
    front = load_rig(path).cameras["front"].ego_from_sensor
    path.write_text(RIG)
    expected = load_rig(path).cameras["front"].ego_from_sensor
    np.testing.assert_allclose(front.matrix, expected.matrix, atol=1e-12)


def test_poses_chain_from_sensor_to_sensor(tmp_path: Path) -> None:
    """side is 1 m to the right of front (its x), front hangs on top."""
    front = f'sensor_from_other = {FRONT_FROM_TOP}\nother = "top"\n'
    text = RIG.replace("translation_m = [1.5, 0.0, 1.6]\n", "").replace(QUAT, front)
    side = text[text.index("[cameras.front]") :].replace("cameras.front", "cameras.side")
    one_to_the_right = "[[1, 0, 0, -1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]"
    side = side.replace(FRONT_FROM_TOP, one_to_the_right).replace('"top"', '"front"')
    path = tmp_path / "rig.toml"
    path.write_text(text + side)
    rig = load_rig(path)
    np.testing.assert_allclose(
        rig.cameras["side"].ego_from_sensor.translation, [1.5, -1, 1.6], atol=1e-12
    )


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ("", CalibrationError, ["'translation_m'", "missing", "ego_from_sensor", "other"]),
        (
            f"{QUAT}ego_from_sensor = {EGO_FROM_FRONT}\n",
            CalibrationError,
            ["'ego_from_sensor'", "beside 'translation_m'", "one way"],
        ),
        ("ego_from_sensor = [1, 2]\n", CalibrationError, ["4 rows of finite numbers"]),
        (
            f"ego_from_sensor = {EGO_FROM_FRONT.replace(', [0, 0, 0, 1]', '')}\n",
            CalibrationError,
            ["has 3 rows of 4, 4, 4 values", "expected 4 rows of 4"],
        ),
        (
            "ego_from_sensor = [[0,-1,0,0], [0,0,-1,0], [1,0,0,0], [1.5,0,1.6,1]]\n",
            CalibrationError,
            ["last row 0 0 0 1", "transposed"],
        ),
        (
            f"ego_from_sensor = {EGO_FROM_FRONT.replace('[0, -1, 0, 1.6]', '[0, 1, 0, 1.6]')}\n",
            MirroredRotationError,
            ["'ego_from_sensor'", "mirrored"],
        ),
        (
            f"ego_from_sensor = {EGO_FROM_FRONT.replace('[0, -1, 0, 1.6]', '[0, -2, 0, 1.6]')}\n",
            NotARotationError,
            ["'ego_from_sensor'", "not orthonormal"],
        ),
        (
            f"sensor_from_other = {FRONT_FROM_TOP}\n",
            CalibrationError,
            ["'other'", "missing"],
        ),
        (
            f'sensor_from_other = {FRONT_FROM_TOP}\nother = "roof"\n',
            CalibrationError,
            ["'other'", "another sensor (top)", "roof"],
        ),
        (
            f'sensor_from_other = {FRONT_FROM_TOP}\nother = "front"\n',
            CalibrationError,
            ["'other'", "circle", "front -> front"],
        ),
    ],
)
def test_mistakes_in_poses_are_named(
    tmp_path: Path, fields: str, error: type[Exception], words: list[str]
) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(RIG.replace("translation_m = [1.5, 0.0, 1.6]\n", "").replace(QUAT, fields))
    with pytest.raises(error) as caught:
        load_rig(path)
    for word in [str(path), "camera 'front'", *words]:
        assert word in str(caught.value)


# A point 10 m ahead of the camera, 1 m to its left, 0.5 m above it, by hand without distortion:
# u = 31.5 + 50 * (-1 / 10), v = 23.5 + 50 * (-0.5 / 10).
PAIR = """
[[pairs]]
name = "sign"
frame = "ego"
point_m = [11.5, 1.0, 2.1]
camera = "front"
uv_px = [26.5, 21.0]
tolerance_px = 0.01
"""
STRAIGHT = RIG.replace("distortion = [-0.1, 0.01, 0.0, 0.0]", "")


@pytest.mark.parametrize(
    ("frame", "point_m"),
    [("ego", [11.5, 1.0, 2.1]), ("top", [10.5, 1.0, 0.1]), ("front", [-1.0, -0.5, 10.0])],
)
def test_pairs_are_read_in_any_frame(tmp_path: Path, frame: str, point_m: list[float]) -> None:
    path = tmp_path / "rig.toml"
    pair = PAIR.replace('"ego"', f'"{frame}"').replace("[11.5, 1.0, 2.1]", str(point_m))
    path.write_text(STRAIGHT + pair)
    file = load_rig_file(path)
    assert [p.name for p in file.pairs] == ["sign"]
    text = dump_rig(file.rig, file.name, file.pairs)
    path.write_text(text)
    again = load_rig_file(path)
    assert dump_rig(again.rig, again.name, again.pairs) == text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[26.5, 21.0]", "[26.6, 21.0]", ["26.60, 21.00", "within 0.01 px", "got 26.50, 21.00"]),
        ("[11.5, 1.0, 2.1]", "[-11.5, 1.0, 2.1]", ["got none", "field of view"]),
        ("[11.5, 1.0, 2.1]", "[11.5, 1.0]", ["'point_m'", "has 2 values"]),
        ('camera = "front"', 'camera = "top"', ["'camera'", "expected one of front", "top"]),
        ('frame = "ego"', 'frame = "world"', ["'frame'", "ego, front, top", "world"]),
        ("tolerance_px = 0.01", "tolerance_px = 0", ["'tolerance_px'", "more than 0"]),
        ("tolerance_px = 0.01", "", ["'tolerance_px'", "missing"]),
        ("tolerance_px", "tol_px = 1\ntolerance_px", ["'tol_px'", "unknown"]),
        ("[[pairs]]", "[pairs]", ["'pairs'", "[[pairs]]"]),
    ],
)
def test_a_pair_that_fails_is_named(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(STRAIGHT + PAIR.replace(old, new))
    with pytest.raises(CalibrationError) as caught:
        load_rig(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)
    if "'pairs'" not in words:
        assert "pair 'sign'" in str(caught.value)


def test_a_pair_tells_an_inverted_pose(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(STRAIGHT + PAIR)
    front = load_rig(path).cameras["front"].ego_from_sensor.inverse()
    inverted = f"ego_from_sensor = {front.matrix.tolist()}\n"
    text = STRAIGHT.replace("translation_m = [1.5, 0.0, 1.6]\n", "").replace(QUAT, inverted)
    path.write_text(text + PAIR)
    with pytest.raises(CalibrationError, match=r"pair 'sign'.*fits if it is inverted"):
        load_rig(path)


def test_people_are_told_where_a_camera_looks(tmp_path: Path) -> None:
    """By ISO 8855 a positive roll lowers the right side, a positive pitch the nose."""
    path = tmp_path / "rig.toml"
    path.write_text(RIG)
    rig = load_rig(path)
    turn = Rotation.from_euler("ZYX", [30, 10, -5], degrees=True).as_matrix()
    front = rig.cameras["front"]
    pose = SE3(turn, np.zeros(3)) @ front.ego_from_sensor
    turned = Camera("front", pose, front.model, front.shutter, front.readout_ns)
    assert "# looks 0 degrees to the left, 0 up, rolled 0 clockwise\n" in dump_rig(rig, "")
    text = dump_rig(Rig(rig.lidars, {"front": turned}), "")
    assert "# looks 30 degrees to the left, -10 up, rolled -5 clockwise\n" in text


finite = st.floats(-50, 50)
quats = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1)
poses = st.builds(
    lambda q, t: SE3.from_quat(q / np.linalg.norm(q), t),
    quats,
    arrays(np.float64, 3, elements=finite),
)
ids = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,12}", fullmatch=True).filter("ego".__ne__)
distortions = st.sampled_from([(n, c) for n, counts in DISTORTION_COUNTS.items() for c in counts])
models = distortions.flatmap(
    lambda kind: st.builds(
        camera_model,
        st.just(kind[0]),
        st.integers(100, 600),
        st.integers(100, 10_000),
        arrays(np.float64, 4, elements=st.floats(100, 1e4)),
        arrays(np.float64, kind[1], elements=st.floats(0, 0.1)),
    )
)


@st.composite
def rigs(draw: st.DrawFn) -> Rig:
    names = draw(st.lists(ids, min_size=2, max_size=5, unique=True))
    lidars = draw(st.integers(1, len(names)))
    readouts = st.integers(0, 200_000_000)

    def camera(name: str) -> Camera:
        readout_ns = draw(readouts)
        shutter = "rolling" if readout_ns else "global"
        offset_ns = draw(st.integers(-1_000_000_000, 1_000_000_000))
        return Camera(name, draw(poses), draw(models), shutter, readout_ns, offset_ns)

    return Rig(
        {name: Lidar(name, draw(poses) @ draw(poses)) for name in names[:lidars]},
        {name: camera(name) for name in names[lidars:]},
    )


@given(rigs(), st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_rig_reads_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, rig: Rig, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(dump_rig(rig, name).encode())
    file = load_rig_file(path)
    assert file.name == name
    for sensors, again in ((rig.lidars, file.rig.lidars), (rig.cameras, file.rig.cameras)):
        assert list(sensors) == list(again)
        for sensor_id in sensors:
            expected, got = sensors[sensor_id].ego_from_sensor, again[sensor_id].ego_from_sensor
            np.testing.assert_array_equal(got.matrix, expected.matrix)
    for sensor_id, camera in rig.cameras.items():
        got = file.rig.cameras[sensor_id]
        assert (got.shutter, got.readout_ns) == (camera.shutter, camera.readout_ns)
        assert got.time_offset_ns == camera.time_offset_ns
        assert got.model.name == camera.model.name
        assert (got.model.width_px, got.model.height_px) == (
            camera.model.width_px,
            camera.model.height_px,
        )
        np.testing.assert_array_equal(got.model.intrinsics, camera.model.intrinsics)
        np.testing.assert_array_equal(got.model.distortion, camera.model.distortion)


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


def test_time_offset_is_kept(sample_drive: Path, tmp_path: Path):
    rig = load_rig(sample_drive / "rig.toml")
    later = {name: replace(c, time_offset_ns=-12_500_000) for name, c in rig.cameras.items()}
    path = tmp_path / "rig.toml"
    path.write_text(dump_rig(replace(rig, cameras=later), "later"))
    assert load_rig(path).cameras["front"].time_offset_ns == -12_500_000
    path.write_text(path.read_text().replace("-12.5", "2e3"))
    with pytest.raises(CalibrationError, match="time_offset_ms': expected -1000 to 1000"):
        load_rig(path)
