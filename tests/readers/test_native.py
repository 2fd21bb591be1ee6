"""The project's own layout: read exactly, and every mistake named by file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from written_drives import (
    LABELS_HEADER,
    START_NS,
    SWEEP_NS,
    UTM_M,
    points_of,
    write_native,
    write_points,
)

from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import InputError, ReadError
from avlabel.readers.registry import open_log

Spoil = Callable[[Path], object]


def edit(name: str, old: str, new: str) -> Spoil:
    """Replace the first ``old`` in a file of the drive."""

    def spoil(drive: Path) -> None:
        text = (drive / name).read_text()
        assert old in text
        (drive / name).write_text(text.replace(old, new, 1))

    return spoil


def append(name: str, line: str) -> Spoil:
    return lambda drive: (drive / name).write_text((drive / name).read_text() + line)


@pytest.mark.parametrize("suffix", [".parquet", ".npy"])
def test_reads_a_drive(tmp_path: Path, suffix: str) -> None:
    log = open_log(write_native(tmp_path / "drive", suffix=suffix), "native")
    assert log.log_id == "drive-7"
    assert log.metadata == {"format": "native", "poses": "recorded", "licence": "CC0"}
    assert log.sweeps.sensor_id == "top"
    np.testing.assert_array_equal(log.sweeps.frame_idx, [0, 1, 2, 3])
    np.testing.assert_array_equal(log.images["front"].timestamp_ns, log.sweeps.ref_ns)
    sweep = log.read_sweep(2)
    given = points_of(2)
    np.testing.assert_array_equal(sweep.points_ego, (given[:, :3] + [1, 0, 2]).astype(np.float32))
    np.testing.assert_array_equal(sweep.intensity, given[:, 3])
    np.testing.assert_array_equal(sweep.ring, given[:, 4])
    # Stored from the sweep's start, read from its middle.
    np.testing.assert_array_equal(sweep.t_offset_ns, given[:, 5] - SWEEP_NS // 2)
    assert not sweep.compensated
    assert sweep.ref_ns == START_NS + 2 * SWEEP_NS + SWEEP_NS // 2


def test_utm_sized_coordinates_stay_exact(tmp_path: Path) -> None:
    log = open_log(write_native(tmp_path / "drive"), "native")
    positions = log.trajectory.world_from_ego.translation
    np.testing.assert_array_equal(positions[3], np.add(UTM_M, [3, 0.125, 0]))
    truth = log.read_truth()
    assert truth is not None
    np.testing.assert_array_equal(truth.cuboids.center[0], np.add(UTM_M, [20.5, 0, 0.8]))
    assert truth.cuboids.category[0] == default_taxonomy().code("car")
    assert truth.camera is None


def test_optional_parts_may_be_absent(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    for name in ("images.csv", "labels.csv"):
        (drive / name).unlink()
    np.save(drive / "lidar/top/000000.npy", points_of(0)[:, :4])
    edit("sweeps.csv", "000000.parquet", "000000.npy")(drive)
    log = open_log(drive, "native")
    assert log.images == {}
    assert log.read_truth() is None
    sweep = log.read_sweep(0)
    assert set(sweep.ring.tolist()) == {-1}
    assert set(sweep.t_offset_ns.tolist()) == {0}


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    in_order = open_log(drive, "native")
    for name in ("poses.csv", "sweeps.csv", "images.csv"):
        header, *rows = (drive / name).read_text().splitlines()
        (drive / name).write_text("\n".join([header, *reversed(rows)]) + "\n")
    log = open_log(drive, "native")
    np.testing.assert_array_equal(log.sweeps.frame_idx, in_order.sweeps.frame_idx)
    np.testing.assert_array_equal(log.read_sweep(1).points_ego, in_order.read_sweep(1).points_ego)
    np.testing.assert_array_equal(log.trajectory.timestamp_ns, in_order.trajectory.timestamp_ns)
    assert log.images["front"].uris == in_order.images["front"].uris


def test_not_a_number_and_infinity_are_passed_on(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    points = points_of(0)
    points[0, 0], points[1, 2] = np.nan, np.inf
    write_points(drive / "lidar/top/000000.parquet", points)
    finite = np.isfinite(open_log(drive, "native").read_sweep(0).points_ego).all(axis=1)
    np.testing.assert_array_equal(finite, [False, False, True, True, True])


@pytest.mark.parametrize("suffix", [".parquet", ".npy"])
def test_an_empty_sweep_has_no_points(tmp_path: Path, suffix: str) -> None:
    drive = write_native(tmp_path / "drive", suffix=suffix)
    path = drive / f"lidar/top/000001{suffix}"
    np.save(path, points_of(0)[:0]) if suffix == ".npy" else write_points(path, points_of(0)[:0])
    assert len(open_log(drive, "native").read_sweep(1)) == 0


BAD_INDEXES: dict[str, tuple[Spoil, str]] = {
    "log: other format": (edit("log.toml", "avlabel-native", "rosbag"), "log.toml.*'format'"),
    "log: no toml": (edit("log.toml", "version =", "version"), "log.toml: not TOML"),
    "log: typo": (edit("log.toml", "licence", "license"), "log.toml.*'license': unknown"),
    "log: id": (edit("log.toml", "drive-7", "../7"), "log.toml.*'log_id'"),
    "log: version": (edit("log.toml", "version = 1", "version = 2"), "expected 1, got 2"),
    "poses: zero bytes": (lambda d: (d / "poses.csv").write_text(""), "poses.csv: line 1"),
    "poses: header only": (
        lambda d: (d / "poses.csv").write_text("timestamp_ns,tx_m,ty_m,tz_m,qw,qx,qy,qz\n"),
        "poses.csv: expected poses, got none",
    ),
    "poses: no rotation": (edit("poses.csv", ",1,0,0,0", ",1,1,0,0"), "line 2: .*not a rotation"),
    "poses: not finite": (edit("poses.csv", ",0.0,1,", ",nan,1,"), "line 2: tz_m: .*'nan'"),
    "poses: no number": (edit("poses.csv", ",0.0,1,", ",high,1,"), "line 2: tz_m: .*'high'"),
    "poses: time is no integer": (
        edit("poses.csv", str(START_NS), "1.7e18"),
        "line 2: timestamp_ns: .*whole number",
    ),
    "poses: huge time": (edit("poses.csv", str(START_NS), "9" * 30), "line 2: timestamp_ns"),
    "poses: short row": (append("poses.csv", "5,1,2\n"), "line 7: expected 8 values, got 3"),
    "poses: twice": (
        append("poses.csv", f"{START_NS},0,0,0,1,0,0,0\n"),
        "line 7: .*twice; also in line 2",
    ),
    "poses: not utf-8": (lambda d: (d / "poses.csv").write_bytes(b"\xff\xfe"), "line 1: .*UTF-8"),
    "poses: bad quote": (append("poses.csv", '"1"x,2\n'), "line 7: not CSV"),
    "poses: other column": (edit("poses.csv", "qw", "w"), "poses.csv: line 1: column 'qw'"),
    "sweeps: missing": (lambda d: (d / "sweeps.csv").unlink(), "sweeps.csv: no such file"),
    "sweeps: none of this lidar": (
        lambda d: (d / "sweeps.csv").write_text("sensor_id,frame_idx,start_ns,end_ns,file\n"),
        "sweeps.csv: expected sweeps of 'top', got none",
    ),
    "sweeps: twice": (
        append("sweeps.csv", f"top,1,{START_NS},{START_NS},lidar/top/000001.parquet\n"),
        "line 6: a sweep .*twice; also in line 3",
    ),
    "sweeps: ends before it starts": (
        edit("sweeps.csv", str(START_NS + SWEEP_NS), str(START_NS - 1)),
        "line 2: end_ns - start_ns",
    ),
    "sweeps: times against frames": (
        edit("sweeps.csv", "top,1,", "top,9,"),
        "line 3: start_ns: expected later",
    ),
    "sweeps: negative frame": (edit("sweeps.csv", "top,0,", "top,-1,"), "line 2: frame_idx"),
    "sweeps: outside the drive": (
        edit("sweeps.csv", "lidar/top/000000", "../../000000"),
        "line 2: file: expected a path within the drive",
    ),
    "sweeps: absolute": (edit("sweeps.csv", "lidar/top/000000", "/etc/x"), "line 2: file"),
    "images: another camera": (
        edit("images.csv", "front", "rear"),
        r"images.csv: line 2: sensor_id 'rear': expected a camera of rig.toml \(front\)",
    ),
    "images: outside the drive": (
        edit("images.csv", "camera/front/000000.png", "/etc/passwd"),
        "images.csv: line 2: file",
    ),
    "images: twice": (
        append("images.csv", f"front,{START_NS + SWEEP_NS // 2},camera/front/000000.png\n"),
        "images.csv: line 6: .*twice; also in line 2",
    ),
    "rig: missing": (lambda d: (d / "rig.toml").unlink(), "rig.toml: no such file"),
}


@pytest.mark.parametrize("case", BAD_INDEXES)
def test_bad_index_is_refused_at_opening(tmp_path: Path, case: str) -> None:
    drive = write_native(tmp_path / "drive")
    spoil, message = BAD_INDEXES[case]
    spoil(drive)
    with pytest.raises(InputError, match=message):
        open_log(drive, "native")


def _points(drive: Path, table: dict[str, object]) -> None:
    pq.write_table(pa.table(table), drive / "lidar/top/000000.parquet")


ONE = np.ones(2, np.float32)
BAD_SWEEPS: dict[str, tuple[str, Spoil, str]] = {
    "gone": (".parquet", lambda d: (d / "lidar/top/000000.parquet").unlink(), "no such file"),
    "zero bytes": (
        ".parquet",
        lambda d: (d / "lidar/top/000000.parquet").write_bytes(b""),
        "not a Parquet file",
    ),
    "truncated": (
        ".parquet",
        lambda d: (d / "lidar/top/000000.parquet").write_bytes(
            (d / "lidar/top/000000.parquet").read_bytes()[:-40]
        ),
        "not a Parquet file",
    ),
    "column missing": (
        ".parquet",
        lambda d: _points(d, {"x_m": ONE, "y_m": ONE, "intensity": ONE}),
        "column 'z_m' is missing",
    ),
    "text": (
        ".parquet",
        lambda d: _points(d, {"x_m": ["a", "b"], "y_m": ONE, "z_m": ONE, "intensity": ONE}),
        "column 'x_m': expected numbers",
    ),
    "nulls": (
        ".parquet",
        lambda d: _points(d, {"x_m": [1.0, None], "y_m": ONE, "z_m": ONE, "intensity": ONE}),
        "column 'x_m': expected no nulls, got 1",
    ),
    "intensity overflows": (
        ".parquet",
        lambda d: _points(d, {"x_m": ONE, "y_m": ONE, "z_m": ONE, "intensity": [1, 70_000]}),
        "intensity: point 1: .*got 70000",
    ),
    "times outside the sweep": (
        ".npy",
        lambda d: np.save(d / "lidar/top/000000.npy", points_of(0) * [1, 1, 1, 1, 1, 10]),
        "t_offset_ns: expected 0 to 100000000",
    ),
    "npy zero bytes": (
        ".npy",
        lambda d: (d / "lidar/top/000000.npy").write_bytes(b""),
        "not a .npy file",
    ),
    "npy truncated": (
        ".npy",
        lambda d: (d / "lidar/top/000000.npy").write_bytes(
            (d / "lidar/top/000000.npy").read_bytes()[:-8]
        ),
        "not a .npy file",
    ),
    "npy of objects": (
        ".npy",
        lambda d: np.save(d / "lidar/top/000000.npy", np.array([{}], object), allow_pickle=True),
        "not a .npy file",
    ),
    "npy too narrow": (
        ".npy",
        lambda d: np.save(d / "lidar/top/000000.npy", np.zeros((4, 3))),
        r"expected numbers of shape \(N, 4\).*got float64 of shape \(4, 3\)",
    ),
    "npy ring is not finite": (
        ".npy",
        lambda d: np.save(d / "lidar/top/000000.npy", np.full((2, 5), np.nan)),
        "intensity: point 0: .*got nan",
    ),
}


@pytest.mark.parametrize("case", BAD_SWEEPS)
def test_bad_sweep_is_refused_when_read_and_spares_the_others(tmp_path: Path, case: str) -> None:
    suffix, spoil, message = BAD_SWEEPS[case]
    drive = write_native(tmp_path / "drive", suffix=suffix)
    spoil(drive)
    log = open_log(drive, "native")
    with pytest.raises(ReadError, match=f"000000.*{message}"):
        log.read_sweep(0)
    assert len(log.read_sweep(1)) == 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("car", "unicorn", "line 2: category: .*'unicorn'"),
        ("1,0,0,0,4.5", "1,0,1,0,4.5", "line 2: qw..qz"),
        ("4.5,1.8", "4.5,-1.8", "line 2: width_m: expected more than 0"),
        (",0.8,", ",inf,", "line 2: z_m: .*'inf'"),
    ],
)
def test_bad_labels_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    drive = write_native(tmp_path / "drive")
    edit("labels.csv", old, new)(drive)
    log = open_log(drive, "native")
    with pytest.raises(ReadError, match=f"labels.csv: {message}"):
        log.read_truth()


def test_a_track_has_one_box_a_frame(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    row = (drive / "labels.csv").read_text().splitlines()[1]
    (drive / "labels.csv").write_text(f"{LABELS_HEADER}{row}\n{row}\n")
    with pytest.raises(ReadError, match=r"line 3: .*twice; also in line 2"):
        open_log(drive, "native").read_truth()


def test_unknown_lidar_and_needless_sequence(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    with pytest.raises(ReadError, match=r"lidar 'roof': expected one of top"):
        open_log(drive, "native", lidar="roof")
    with pytest.raises(ReadError, match=r"sequence '1': a native drive has none"):
        open_log(drive, "native", sequence="1")
