"""Argoverse 2: hand-computed places, the real logs against what they say of themselves."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pytest
from written_argoverse2 import (
    START_NS,
    SWEEP_NS,
    intrinsic_columns,
    label_columns,
    point_columns,
    pose_columns,
    sensor_columns,
    write_argoverse2,
    write_feather,
)

from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import InputError, ReadError
from avlabel.geometry.boxes import points_in_boxes
from avlabel.readers.registry import open_log

REAL = "av2/sensor/val/7fab2350-7eaf-3b7e-a39d-6937a4c1bede"


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return write_argoverse2(tmp_path / "log")


def test_points_move_to_the_middle_of_the_sweep(drive: Path) -> None:
    """At 10 m/s the car is 0.53 m further by then; the axle lies 0.33 m above the road."""
    log = open_log(drive, "argoverse2")
    sweep = log.read_sweep(1)
    assert sweep.ref_ns == START_NS + SWEEP_NS + 53_000_000
    np.testing.assert_allclose(sweep.points_ego[0], [20 - 0.53, 0, 0.83], atol=1e-5)
    np.testing.assert_array_equal(sweep.t_offset_ns, [-50_000_000, 0, 10_000_000, 53_000_000])
    assert sweep.ring.tolist() == [0, 31, 32, 63]
    assert sweep.intensity.tolist() == [0, 10, 200, 255]
    assert sweep.compensated


@pytest.mark.parametrize(("lidar", "rings"), [("up_lidar", [0, 31]), ("down_lidar", [32, 63])])
def test_one_lidar_of_two(drive: Path, lidar: str, rings: list[int]) -> None:
    sweep = open_log(drive, "argoverse2", lidar=lidar).read_sweep(0)
    assert (sweep.sensor_id, sweep.ring.tolist()) == (lidar, rings)
    with pytest.raises(ReadError, match="lidar 'x': expected one of up_lidar, down_lidar"):
        open_log(drive, "argoverse2", lidar="x")


def test_index_and_rig(drive: Path) -> None:
    log = open_log(drive.parent, "argoverse2", sequence="log")
    assert log.sweeps.frame_idx.tolist() == [0, 1, 2]
    assert log.sweeps.sensor_id == "up_lidar"
    assert list(log.rig.lidars) == ["up_lidar", "down_lidar"]
    front = log.rig.cameras["ring_front_center"]
    np.testing.assert_allclose(front.ego_from_sensor.translation, [1.6, 0, 1.73])
    np.testing.assert_allclose(front.ego_from_sensor.rotation[:, 2], [1, 0, 0], atol=1e-12)
    assert len(front.model.distortion) == 0
    # The other camera has images, but its optics are not known.
    assert list(log.images) == ["ring_front_center"]
    assert "stereo_front_left" in log.metadata["left_out"]
    assert log.images["ring_front_center"].timestamp_ns[0] == START_NS + SWEEP_NS // 2


def test_truth_stands_where_the_points_are(drive: Path) -> None:
    log = open_log(drive, "argoverse2")
    truth = log.read_truth()
    assert truth is not None
    assert len(truth.cuboids) == 9  # The fourth frame's labels have no sweep.
    car = truth.cuboids.select(truth.cuboids.category == default_taxonomy().code("car"))
    # The world is the city less the axle's height: 20 m before where the car was at each sweep.
    np.testing.assert_allclose(car.center[:, 0], [5020, 5021, 5022], atol=1e-6)
    np.testing.assert_allclose(car.center[:, 2], 66.6, atol=1e-9)
    assert car.num_points.tolist() == [2, 2, 2]
    assert np.unique(car.track_id).tolist() == [2]
    # The mean time of its two points: 25 ms before the sweep's middle.
    np.testing.assert_array_equal(car.timestamp_ns, log.sweeps.ref_ns - 25_000_000)
    assert truth.ignored.tolist() == [False, True, True] * 3


def test_real_boxes_hold_as_many_points_as_published(shared_data: Path) -> None:
    """Poses, times, frames and yaws are all in this: one wrong, and counts differ."""
    folder = shared_data / REAL
    log = open_log(folder, "argoverse2")
    truth = log.read_truth()
    assert truth is not None
    rows = feather.read_table(folder / "annotations.feather").to_pylist()
    told = {
        (row["timestamp_ns"], row["tx_m"], row["ty_m"]): row["num_interior_pts"] for row in rows
    }
    for index, start_ns in enumerate(log.sweeps.start_ns.tolist()):
        mine = truth.cuboids.select(truth.cuboids.frame_idx == index)
        theirs = [count for (time_ns, *_), count in told.items() if time_ns == start_ns]
        assert mine.num_points.tolist() == theirs
        # A metre lower they would not.
        ego_from_world = log.trajectory.at(log.sweeps.ref_ns[index]).inverse()
        ego = mine.moved(ego_from_world, "ego")
        lowered = replace(ego, center=ego.center - [0.0, 0.0, 1.0])
        inside = points_in_boxes(log.read_sweep(index).points_ego, lowered)
        assert sum(map(len, inside)) < 0.8 * sum(theirs)


def test_real_sweeps(shared_data: Path) -> None:
    log = open_log(shared_data / REAL, "argoverse2")
    both, up = log.read_sweep(0), open_log(shared_data / REAL, "argoverse2", lidar="up_lidar")
    assert (len(both), len(log.sweeps), len(log.rig.cameras)) == (99_229, 2, 9)
    assert both.end_offset_ns == (2_654_000 - 53_000_000, 106_085_816 - 53_000_000)
    assert 0.4 < len(up.read_sweep(0)) / len(both) < 0.6
    near = both.points_ego[np.linalg.norm(both.points_ego[:, :2] - [1.35, 0], axis=1) < 6]
    assert abs(np.median(near[np.abs(near[:, 2]) < 0.3, 2])) < 0.05


def test_logs_can_be_sent_to_other_processes(drive: Path) -> None:
    log = open_log(drive, "argoverse2")
    copy = pickle.loads(pickle.dumps(log))  # noqa: S301 - our own
    np.testing.assert_array_equal(copy.read_sweep(1).points_ego, log.read_sweep(1).points_ego)


def _write(name: str, columns: dict[str, object]) -> Callable[[Path], object]:
    return lambda log: write_feather(log / name, columns)


TIMES = START_NS + np.arange(10) * SWEEP_NS // 2
POSES = pose_columns(TIMES, np.arange(10.0))
SENSORS = sensor_columns(["up_lidar", "ring_front_center"])
CITY, CALIBRATION = "city_SE3_egovehicle.feather", "calibration/egovehicle_SE3_sensor.feather"
INTRINSICS = "calibration/intrinsics.feather"
BAD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no poses": (lambda log: (log / CITY).unlink(), f"{CITY}: no such file"),
    "poses: empty": (lambda log: (log / CITY).write_bytes(b""), f"{CITY}: not a Feather file"),
    "poses: cut": (
        lambda log: (log / CITY).write_bytes((log / CITY).read_bytes()[:700]),
        f"{CITY}: not a Feather file",
    ),
    "poses: no column": (
        _write(CITY, {k: v for k, v in POSES.items() if k != "qy"}),
        f"{CITY}: column 'qy' is missing; there are timestamp_ns, qw",
    ),
    "poses: text": (
        _write(CITY, POSES | {"tx_m": ["a"] * 10}),
        f"{CITY}: column 'tx_m': expected numbers, got string",
    ),
    "poses: nulls": (
        _write(CITY, POSES | {"tx_m": pa.array([1.0, 2.0, None, *[1.0] * 7])}),
        f"{CITY}: column 'tx_m': row 2: expected a value, got none",
    ),
    "poses: not finite": (
        _write(CITY, POSES | {"tx_m": np.array([np.nan] * 10)}),
        f"{CITY}: column 'tx_m': row 0: expected a finite number, got nan",
    ),
    "poses: no rotation": (
        _write(CITY, POSES | {"qw": np.full(10, 3.0)}),
        f"{CITY}: row 0: not a rotation; expected a quaternion of length 1, got 3",
    ),
    "poses: twice": (
        _write(CITY, POSES | {"timestamp_ns": np.full(10, START_NS)}),
        f"{CITY}: trajectory: pose 1",
    ),
    "poses: before all time": (
        _write(CITY, POSES | {"timestamp_ns": TIMES - 2**62}),
        f"{CITY}: column 'timestamp_ns': row 0: expected 0 to",
    ),
    "poses: none": (_write(CITY, {k: v[:0] for k, v in POSES.items()}), "trajectory: 0 times"),
    "sensors: twice": (
        _write(CALIBRATION, sensor_columns(["up_lidar", "up_lidar"])),
        "row 1: expected a sensor's own name, got 'up_lidar'",
    ),
    "sensors: no camera": (
        _write(CALIBRATION, sensor_columns(["up_lidar"])),
        "sensor 'ring_front_center': has intrinsics but no pose",
    ),
    "sensors: no lidar": (
        _write(CALIBRATION, sensor_columns(["ring_front_center"])),
        "expected one of up_lidar, down_lidar, got ring_front_center",
    ),
    "intrinsics: no size": (
        _write(INTRINSICS, intrinsic_columns(["ring_front_center"]) | {"width_px": [0]}),
        "sensor 'ring_front_center': ",
    ),
    "sweep: no time": (
        lambda log: (log / "sensors/lidar/first.feather").touch(),
        "expected a frame number before '.feather', got 'first'",
    ),
    "sweep: beyond all time": (
        lambda log: (log / f"sensors/lidar/{2**64}.feather").touch(),
        "expected nanoseconds before '.feather', got more than",
    ),
    "no sweeps": (
        lambda log: [path.unlink() for path in (log / "sensors/lidar").iterdir()],
        "expected sweeps such as 315966265259836000.feather, got none",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_named_at_opening(drive: Path, case: str) -> None:
    spoil, message = BAD_FILES[case]
    spoil(drive)
    with pytest.raises(InputError, match=message):
        open_log(drive, "argoverse2")


BAD_SWEEPS: dict[str, tuple[dict[str, object], str]] = {
    "lasers": (
        {"laser_number": np.array([0, 1, 2, 64], np.uint8)},
        "column 'laser_number': row 3: expected 0 to 63, got 64",
    ),
    "times": (
        {"offset_ns": np.array([0, 10**9, 0, 0], np.int64)},
        "column 'offset_ns': row 1: expected -250000000 to 250000000, got 1000000000",
    ),
    "broken times": ({"offset_ns": np.ones(4)}, "expected whole numbers, got double"),
    "points as text": ({"x": list("abcd")}, "column 'x': expected numbers, got string"),
    "intensity": ({"intensity": np.full(4, -1)}, "row 0: expected 0 to 255, got -1"),
}


@pytest.mark.parametrize("case", BAD_SWEEPS)
def test_bad_sweep_spares_the_others_and_the_truth(drive: Path, case: str) -> None:
    columns, message = BAD_SWEEPS[case]
    name = f"{START_NS + SWEEP_NS}.feather"
    write_feather(drive / "sensors/lidar" / name, point_columns() | columns)
    log = open_log(drive, "argoverse2")
    with pytest.raises(ReadError, match=f"{name}: .*{message}"):
        log.read_sweep(1)
    assert len(log.read_sweep(2)) == 4
    truth = log.read_truth()
    assert truth is not None
    assert set(truth.cuboids.frame_idx[truth.cuboids.num_points == -1].tolist()) == {1}


def test_points_that_are_not_finite_are_passed_on(drive: Path) -> None:
    x = np.array([np.nan, np.inf, 1, 2], np.float16)
    path = drive / "sensors/lidar" / f"{START_NS}.feather"
    write_feather(path, point_columns() | {"x": x})
    finite = np.isfinite(open_log(drive, "argoverse2").read_sweep(0).points_ego).all(axis=1)
    assert finite.tolist() == [False, False, True, True]


BAD_LABELS: dict[str, tuple[dict[str, object], str]] = {
    "class": ({"category": ["CAR"] * 12}, "row 0: category: expected one of REGULAR_VEHICLE"),
    "size": ({"width_m": np.zeros(12)}, "row 0: expected sizes of more than 0 m"),
    "rotation": ({"qw": np.zeros(12)}, "row 0: not a rotation"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_bad_labels_are_named(drive: Path, case: str) -> None:
    columns, message = BAD_LABELS[case]
    write_feather(drive / "annotations.feather", label_columns(3) | columns)
    with pytest.raises(InputError, match=rf"annotations\.feather: {message}"):
        open_log(drive, "argoverse2").read_truth()


def test_a_log_without_labels(drive: Path) -> None:
    (drive / "annotations.feather").unlink()
    assert open_log(drive, "argoverse2").read_truth() is None
