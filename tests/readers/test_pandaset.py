"""PandaSet on the real scene: frames, ground, cameras, truth, and damaged copies of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from avlabel.core.log import Log, Truth
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import InputError, ReadError
from avlabel.geometry.boxes import points_in_boxes
from avlabel.readers.registry import open_log


@pytest.fixture(scope="module")
def log(shared_data: Path) -> Log:
    return open_log(shared_data / "pandaset" / "002", "pandaset")


@pytest.fixture(scope="module")
def truth(log: Log) -> Truth:
    labels = log.read_truth()
    assert labels is not None
    return labels


@pytest.fixture
def scene(shared_data: Path, tmp_path: Path) -> Path:
    """A scene of links to three real frames, whose JSON files are copies."""
    source = shared_data / "pandaset" / "002"
    for path in source.rglob("*"):
        copy = tmp_path / "002" / path.relative_to(source)
        number = path.name.split(".")[0]
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif path.suffix == ".json":
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        elif number in ("36", "37", "38"):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(path)
    return tmp_path / "002"


def test_index(log: Log) -> None:
    assert log.log_id == "pandaset-002"
    assert log.sweeps.frame_idx.tolist() == list(range(36, 51))
    assert list(log.rig.lidars) == ["pandar64", "pandargt"]
    assert set(log.images) == set(log.rig.cameras)
    assert len(log.images) == 6
    # Timestamps are looked up by frame number: the front camera fires in the middle of the turn.
    offset_ns = log.images["front_camera"].timestamp_ns - log.sweeps.ref_ns
    assert np.abs(offset_ns + 25_000_000).max() < 1_000_000


def test_sweep_is_of_one_lidar_about_the_car(log: Log) -> None:
    sweep = log.read_sweep(0)
    assert (sweep.frame_idx, len(sweep), sweep.compensated) == (36, 105_934, True)
    first, last = sweep.end_offset_ns
    assert -52_000_000 < first < -50_000_000
    assert 50_000_000 < last < 52_000_000
    assert np.median(np.linalg.norm(sweep.points_ego, axis=1)) < 30


@pytest.mark.parametrize("index", [0, 7, 14])
def test_road_around_the_car_lies_at_zero(log: Log, index: int) -> None:
    points = log.read_sweep(index).points_ego.astype(np.float64)
    near = points[(np.abs(points - [1.5, 0, 0]) < [8, 6, 0.3]).all(axis=1)]
    design = np.column_stack([near[:, :2], np.ones(len(near))])
    flat = np.abs(near[:, 2] - np.median(near[:, 2])) < 0.1
    for _ in range(5):
        plane = np.linalg.lstsq(design[flat], near[flat, 2], rcond=None)[0]
        flat = np.abs(near[:, 2] - design @ plane) < 0.05
    assert abs(plane[2]) < 0.04
    assert np.abs(plane[:2]).max() < 0.04


def test_cameras_look_where_their_names_say(log: Log) -> None:
    forward = {"front_camera": 0, "left_camera": 90, "right_camera": -90, "back_camera": 180}
    for sensor_id, degrees in forward.items():
        axis = log.rig.cameras[sensor_id].ego_from_sensor.rotation[:, 2]
        off = np.degrees(np.arctan2(axis[1], axis[0])) - degrees
        assert abs((off + 180) % 360 - 180) < 10, sensor_id


def test_first_sweep_of_a_scene_has_poses_throughout(log: Log) -> None:
    # Camera poses before the LiDAR's first tell the motion during the first turn.
    assert len(log.trajectory.timestamp_ns) == 86
    start, first = log.trajectory.world_from_ego[0], log.trajectory.world_from_ego[6]
    assert np.linalg.norm(start.translation - first.translation) < 0.02


def test_truth_has_one_box_an_object(truth: Truth) -> None:
    keys = set(zip(truth.cuboids.frame_idx.tolist(), truth.cuboids.track_id.tolist(), strict=True))
    assert len(keys) == len(truth.cuboids) == 1410
    assert truth.camera is None
    unknown = truth.cuboids.category == default_taxonomy().code("unknown")
    np.testing.assert_array_equal(truth.ignored, unknown)
    assert (truth.cuboids.num_points >= 10).sum() > 900


def test_boxes_lie_along_their_points(log: Log, truth: Truth) -> None:
    """A wrong yaw or swapped sizes would leave the points of long objects outside their box."""
    sweep = log.read_sweep(0)
    boxes = truth.cuboids.select(
        (truth.cuboids.frame_idx == 36) & (truth.cuboids.num_points >= 100)
    )
    ego = boxes.moved(log.trajectory.at(sweep.ref_ns).inverse(), "ego")
    grown = points_in_boxes(sweep.points_ego, ego, margin_m=0.4)
    # The margin takes in the road below; count what lies above it.
    above = [np.sum(sweep.points_ego[rows, 2] > 0.35) for rows in grown]
    share = [
        np.sum(sweep.points_ego[rows, 2] > 0.35) / all_above
        for rows, all_above in zip(points_in_boxes(sweep.points_ego, ego), above, strict=True)
    ]
    assert np.median(share) > 0.95


def test_boxes_are_timed_by_their_points(log: Log, truth: Truth) -> None:
    frame = truth.cuboids.frame_idx == 40
    offset_ns = truth.cuboids.timestamp_ns[frame] - log.sweeps.ref_ns[4]
    assert np.abs(offset_ns).max() < 52_000_000
    # The turn runs clockwise from behind: what is to the left was seen before what is to the right.
    ego_from_world = log.trajectory.at(log.sweeps.ref_ns[4]).inverse()
    y = truth.cuboids.select(frame).moved(ego_from_world, "ego").center[:, 1]
    assert np.median(offset_ns[y > 5]) < np.median(offset_ns[y < -5])


def test_the_other_lidar(shared_data: Path) -> None:
    log = open_log(shared_data / "pandaset", "pandaset", sequence="002", lidar="pandargt")
    sweep = log.read_sweep(0)
    assert (sweep.sensor_id, len(sweep)) == ("pandargt", 60_007)
    # It looks ahead only.
    assert np.mean(sweep.points_ego[:, 0] > 0) > 0.99
    with pytest.raises(ReadError, match="lidar 'x': expected one of pandar64, pandargt"):
        open_log(shared_data / "pandaset/002", "pandaset", lidar="x")


def _edit_json(name: str, change: Callable[[list[dict[str, dict[str, float]]]], object]) -> object:
    def spoil(scene: Path) -> None:
        entries = json.loads((scene / name).read_text())
        change(entries)
        (scene / name).write_text(json.dumps(entries))

    return spoil


BAD_FILES = {
    "poses: not json": (
        lambda s: (s / "lidar/poses.json").write_text("[{]"),
        r"lidar/poses.json: line 1: not JSON",
    ),
    "poses: no list": (
        lambda s: (s / "lidar/poses.json").write_text("{}"),
        r"lidar/poses.json: expected a list",
    ),
    "poses: missing": (lambda s: (s / "lidar/poses.json").unlink(), "poses.json: no such file"),
    "poses: zero bytes": (
        lambda s: (s / "lidar/poses.json").write_bytes(b""),
        "lidar/poses.json: line 1: not JSON",
    ),
    "poses: no rotation": (
        _edit_json("lidar/poses.json", lambda e: e[4]["heading"].update(w=3.0)),
        r"lidar/poses.json: entry 4: heading: quaternion",
    ),
    "poses: not finite": (
        _edit_json("lidar/poses.json", lambda e: e[4]["position"].update(x=float("nan"))),
        r"lidar/poses.json: entry 4: position: expected finite numbers x, y, z",
    ),
    "poses: too few": (
        _edit_json("lidar/poses.json", lambda e: e.__delitem__(slice(20, None))),
        r"lidar/poses.json: expected an entry for frame 38, got 20 entries",
    ),
    "times: not increasing": (
        _edit_json("lidar/timestamps.json", lambda e: e.reverse()),
        r"lidar/timestamps.json: entry 1: expected a later time",
    ),
    "times: text": (
        _edit_json("lidar/timestamps.json", lambda e: e.__setitem__(3, "noon")),
        r"lidar/timestamps.json: entry 3: expected seconds, got 'noon'",
    ),
    "camera: intrinsics": (
        lambda s: (s / "camera/left_camera/intrinsics.json").write_text('{"fx": 900}'),
        r"left_camera/intrinsics.json: expected finite numbers fx, fy, cx, cy",
    ),
    "camera: poses of something else": (
        lambda s: (s / "camera/left_camera/poses.json").write_text(
            json.dumps(
                [
                    {
                        "position": {"x": i, "y": i * i, "z": 0},
                        "heading": dict.fromkeys("wxyz", 0.5),
                    }
                    for i in range(80)
                ]
            )
        ),
        r"left_camera/poses.json: expected a camera that sits still on the car",
    ),
    "no sweeps": (
        lambda s: [path.unlink() for path in (s / "lidar").glob("*.gz")],
        "expected sweeps such as 00.pkl.gz",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_named_at_opening(scene: Path, case: str) -> None:
    spoil, message = BAD_FILES[case]
    spoil(scene)
    with pytest.raises(InputError, match=message):
        open_log(scene, "pandaset")


def test_bad_sweep_spares_the_others_and_the_truth(scene: Path) -> None:
    path = scene / "lidar/37.pkl.gz"
    half = path.read_bytes()[:1000]
    path.unlink()
    path.write_bytes(half)
    log = open_log(scene, "pandaset")
    with pytest.raises(ReadError, match=r"37.pkl.gz: truncated"):
        log.read_sweep(1)
    assert len(log.read_sweep(2)) > 100_000
    truth = log.read_truth()
    assert truth is not None
    uncounted = truth.cuboids.num_points == -1
    assert set(truth.cuboids.frame_idx[uncounted].tolist()) == {37}


def test_missing_images_and_labels(scene: Path) -> None:
    for path in (scene / "camera/back_camera").glob("*.jpg"):
        path.unlink()
    (scene / "camera/left_camera/37.jpg").unlink()
    for path in (scene / "annotations/cuboids").iterdir():
        path.unlink()
    log = open_log(scene, "pandaset")
    assert "back_camera" not in log.images
    assert len(log.images["left_camera"]) == 2
    assert log.read_truth() is None
