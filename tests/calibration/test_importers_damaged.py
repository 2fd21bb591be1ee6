"""Damaged calibrations end in an error that names the file, whatever the damage."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from foreign_files import (
    ECHOED,
    OPENCV,
    PANDASET,
    PLUMB_BOB,
    TRACKING,
    camchain_with_imu,
    write_argoverse2,
    write_kitti_day,
    write_nuscenes,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avlabel.errors import CalibrationError, InputError, ReadError
from avlabel.readers.rig_toml import load_rig
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.registry import read_calibration
from avlabel_calibration.known_rigs import files

TEXTS = {
    "ros": PLUMB_BOB,
    "ros-echoed": ECHOED,
    "opencv": OPENCV,
    "kalibr": camchain_with_imu(),
    "pandaset": PANDASET,
    "kitti": TRACKING,
}
WORDS = (
    "nan",
    "inf",
    "-1",
    "0",
    "1e400",
    "1e300",
    "-1e300",
    "1e-300",
    "9" * 400,
    "9" * 5000,
    "1e20",
    "null",
    "[]",
    "{}",
    "~",
    "'",
    '"',
    ":",
    "-",
    "%",
    "\x00",
)
damages = st.one_of(
    st.tuples(st.just("cut"), st.floats(0, 1), st.just("")),
    st.tuples(st.just("put"), st.floats(0, 1), st.sampled_from(WORDS)),
    st.tuples(st.just("word"), st.floats(0, 1), st.sampled_from(WORDS)),
    st.tuples(st.just("flip"), st.floats(0, 1), st.characters(codec="utf-8")),
)


def damaged(text: str, damage: tuple[str, float, str]) -> str:
    """Cut a text off, put something in, or replace a word or a letter."""
    kind, place, new = damage
    at = int(place * len(text))
    if kind == "cut":
        return text[:at]
    if kind == "put":
        return text[:at] + new + text[at:]
    if kind == "flip":
        return text[:at] + new + text[at + 1 :]
    words = text.split(" ")
    words[int(place * (len(words) - 1))] = new
    return " ".join(words)


def refusal(read: Callable[[], object]) -> str | None:
    """What an error says that a reader may raise; None if there is none."""
    try:
        read()
    except (CalibrationError, ReadError) as error:
        return str(error)
    return None


def read_or_refuse(path: Path, name: str, scene: str | None = None) -> None:
    """Read; an error must name the file, or the folder it lies in."""
    words = refusal(lambda: read_calibration(path, name, ImportOptions(scene)))
    assert words is None or str(path) in words


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=damages)
def test_damaged_text(tmp_path: Path, name: str, damage: tuple[str, float, str]) -> None:
    path = tmp_path / "calib.txt"
    path.write_bytes(damaged(TEXTS[name], damage).encode())
    read_or_refuse(path, name.split("-")[0])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=damages, table=st.sampled_from(["sensor", "calibrated_sensor", "sample_data"]))
def test_damaged_tables(tmp_path: Path, damage: tuple[str, float, str], table: str) -> None:
    shutil.rmtree(tmp_path / "v1.0-mini", ignore_errors=True)
    folder = write_nuscenes(tmp_path / "v1.0-mini")
    path = folder / f"{table}.json"
    path.write_bytes(damaged(path.read_text(), damage).encode())
    read_or_refuse(folder, "nuscenes", "scene-0000")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), byte=st.integers(0, 255), name=st.sampled_from(["intrinsics", "ego"]))
def test_damaged_feather(tmp_path: Path, place: float, byte: int, name: str) -> None:
    shutil.rmtree(tmp_path / "log", ignore_errors=True)
    log = write_argoverse2(tmp_path / "log")
    stem = "intrinsics" if name == "intrinsics" else "egovehicle_SE3_sensor"
    path = log / "calibration" / f"{stem}.feather"
    data = bytearray(path.read_bytes())
    at = int(place * (len(data) - 1))
    data[at] = byte
    path.write_bytes(data if byte % 2 else data[:at])
    read_or_refuse(log, "argoverse2")


@pytest.mark.parametrize("missing", ["calib_cam_to_cam", "calib_velo_to_cam", "calib_imu_to_velo"])
def test_a_day_with_a_missing_file(tmp_path: Path, missing: str) -> None:
    day = write_kitti_day(tmp_path / "day")
    (day / f"{missing}.txt").unlink()
    if missing == "calib_imu_to_velo":
        read_calibration(day, "kitti", ImportOptions())
        return
    with pytest.raises(InputError, match=missing):
        read_calibration(day, "kitti", ImportOptions())


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=damages)
def test_damaged_rig(tmp_path: Path, damage: tuple[str, float, str]) -> None:
    path = tmp_path / "rig.toml"
    path.write_bytes(damaged(files()["simulator"].read_text(), damage).encode())
    words = refusal(lambda: load_rig(path))
    assert words is None or str(path) in words


@pytest.mark.parametrize("name", [*TEXTS])
def test_foreign_bytes_and_empty_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / "calib.yaml"
    for content in (b"", b"\xff\xfe\x00", b"\x89PNG\r\n", b"[" * 2000, b"a: &a [*a]\n"):
        path.write_bytes(content)
        with pytest.raises((CalibrationError, ReadError), match=r"calib\.yaml"):
            read_calibration(path, name.split("-")[0], ImportOptions())
