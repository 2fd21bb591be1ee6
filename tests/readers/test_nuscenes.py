"""nuScenes: hand-computed places on written tables, and the real keyframe put back into them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from written_nuscenes import START_US, SWEEP_US, cloud, write_keyframe, write_nuscenes

from avlabel.core.log import Log
from avlabel.core.rig import Rig
from avlabel.errors import InputError, ReadError
from avlabel.pipeline.recording import recording
from avlabel.readers.nuscenes_cloud import FIRING_NS, read_cloud
from avlabel.readers.registry import open_log
from avlabel.scenes.store import Store
from avlabel_calibration.importers.complete import merged
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.registry import read_calibration

SCENE = "scene-0007"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_nuscenes(tmp_path / "nuscenes")


def opened(release: Path) -> Log:
    return open_log(release, "nuscenes", sequence=SCENE)


def test_index(release: Path) -> None:
    log = opened(release)
    assert (log.log_id, log.metadata["frames"]) == ("nuscenes-scene-0007", "keyframes and sweeps")
    assert log.sweeps.frame_idx.tolist() == list(range(11))
    np.testing.assert_array_equal(log.sweeps.end_ns, (START_US + np.arange(11) * SWEEP_US) * 1000)
    assert list(log.images) == ["CAM_FRONT"]
    np.testing.assert_array_equal(
        log.images["CAM_FRONT"].timestamp_ns, log.sweeps.end_ns - 35_000_000
    )
    # Poses of lidar and radar are of one time each.
    assert len(log.trajectory.timestamp_ns) == 22


def test_points_move_to_the_middle_of_the_sweep(release: Path) -> None:
    """10 m before a LiDAR at (0.94, 0, 1.84); 25 ms before the end at 10 m/s."""
    sweep = opened(release).read_sweep(1)
    np.testing.assert_allclose(sweep.points_ego[0], [10.94 + 0.25, 0, 0.34], atol=1e-5)
    assert sweep.ring[:33].tolist() == [*range(32), 0]
    # Three firings, the last at the end.
    offsets = np.unique(sweep.t_offset_ns).tolist()
    assert offsets == [25_000_000 - k * FIRING_NS for k in (2, 1, 0)]


def test_points_out_of_order_have_no_times(tmp_path: Path) -> None:
    path = tmp_path / "a.pcd.bin"
    rows = cloud()
    rows[5:70].tofile(path)
    assert read_cloud(path).before_ns is None
    signalling = np.array([0x7FA00000], np.uint32).view(np.float32)  # Warns in arithmetic.
    rows[7, 4:], rows[8, 4], rows[9, 3] = signalling, 99, np.inf
    rows.tofile(path)
    read = read_cloud(path)
    assert read.before_ns is None
    assert read.ring[6:10].tolist() == [6, -1, -1, 9]
    assert read.intensity[9] == 255
    cloud(3000).tofile(path)  # 138 ms: no sweep.
    assert read_cloud(path).before_ns is None


def test_truth_is_of_keyframes(release: Path) -> None:
    log = opened(release)
    truth = log.read_truth()
    assert truth is not None
    assert truth.cuboids.frame_idx.tolist() == [0, 0, 10, 10]
    assert truth.ignored.tolist() == [False, True, False, True]
    car = truth.cuboids.select(~truth.ignored)
    np.testing.assert_allclose(car.size_lwh, [[4, 2, 1.5]] * 2)
    np.testing.assert_allclose(car.center[0], [410.94, 1000, 0.5])
    assert car.track_id.tolist() == [0, 0]
    assert car.num_points.tolist() == [96, 96]
    np.testing.assert_array_equal(car.timestamp_ns, log.sweeps.end_ns[[0, 10]] - FIRING_NS)


def test_rig_is_that_of_the_calibration_import(release: Path) -> None:
    mine = opened(release).rig
    options = ImportOptions(sequence=SCENE, size_px=(64, 48))
    theirs = merged(read_calibration(release, "nuscenes", options), Rig({}, {}))
    assert theirs is not None
    for name, lidar in mine.lidars.items():
        found = theirs.lidars[name].ego_from_sensor
        np.testing.assert_allclose(lidar.ego_from_sensor.matrix, found.matrix)
    for name, camera in mine.cameras.items():
        found = theirs.cameras[name].ego_from_sensor
        np.testing.assert_allclose(camera.ego_from_sensor.matrix, found.matrix)
        np.testing.assert_allclose(camera.model.intrinsics, theirs.cameras[name].model.intrinsics)


def test_keyframes_alone_where_nothing_else_was_downloaded(release: Path) -> None:
    for path in (release / "sweeps/LIDAR_TOP").iterdir():
        path.unlink()
    log = opened(release)
    assert (len(log.sweeps), log.metadata["frames"]) == (2, "keyframes")
    assert len(log.images["CAM_FRONT"]) == 11
    truth = log.read_truth()
    assert truth is not None
    assert truth.cuboids.frame_idx.tolist() == [0, 0, 1, 1]


def test_bad_sweep_spares_the_others_and_the_truth(release: Path) -> None:
    log = opened(release)
    paths = [Path(path) for path in log.sweeps.files]
    paths[0].write_bytes(paths[0].read_bytes()[:-3])
    paths[1].write_bytes(b"")
    paths[2].unlink()
    for index, message in enumerate(["truncated: expected 20 bytes", "is empty", "no such file"]):
        with pytest.raises(ReadError, match=rf"{paths[index].name}: {message}"):
            log.read_sweep(index)
    assert len(log.read_sweep(3)) == 96
    truth = log.read_truth()
    assert truth is not None
    assert truth.cuboids.num_points.tolist() == [-1, -1, 96, 0]


def test_a_scene_must_be_chosen(release: Path) -> None:
    with pytest.raises(ReadError, match="choose a scene with --sequence; there are scene-0007, "):
        open_log(release, "nuscenes")
    with pytest.raises(ReadError, match="scene 'x': expected one of scene-0007, scene-0008"):
        open_log(release, "nuscenes", sequence="x")
    with pytest.raises(ReadError, match="scene 'scene-0008' has no file of LIDAR_TOP"):
        open_log(release, "nuscenes", sequence="scene-0008")
    with pytest.raises(ReadError, match="lidar 'x': expected 'LIDAR_TOP'"):
        open_log(release, "nuscenes", sequence=SCENE, lidar="x")
    with pytest.raises(ReadError, match="expected one folder of tables such as"):
        open_log(release / "sweeps", "nuscenes")


def test_a_scene_of_a_release_in_a_bucket(release: Path, bucket: str) -> None:
    """Its name is in the tables only: no folder or file is called so."""
    store = Store.at(f"s3://{bucket}/nuscenes")
    for path in release.rglob("*"):
        if path.is_file():
            store.create_if_absent(path.relative_to(release).as_posix(), path.read_bytes())
    with recording(f"s3://{bucket}/nuscenes", "nuscenes", sequence=SCENE) as log:
        assert len(log.read_sweep(3)) == 96
        assert log.source_uri == f"s3://{bucket}/nuscenes"
        assert (log.root / log.images["CAM_FRONT"].uris[5]).is_file()


def test_logs_can_be_sent_to_other_processes(release: Path) -> None:
    log = opened(release)
    copy = pickle.loads(pickle.dumps(log))  # noqa: S301 - our own
    np.testing.assert_array_equal(copy.read_sweep(1).points_ego, log.read_sweep(1).points_ego)


def changed(table: str, row: int, field: str, value: Any) -> Callable[[Path], object]:
    def spoil(release: Path) -> None:
        path = release / "v1.0-mini" / f"{table}.json"
        rows = json.loads(path.read_text())
        rows[row][field] = value
        path.write_text(json.dumps(rows))

    return spoil


def doubled(table: str) -> Callable[[Path], object]:
    def spoil(release: Path) -> None:
        path = release / "v1.0-mini" / f"{table}.json"
        rows = json.loads(path.read_text())
        path.write_text(json.dumps([*rows, rows[0]]))

    return spoil


def written(table: str, content: bytes) -> Callable[[Path], object]:
    return lambda release: (release / "v1.0-mini" / f"{table}.json").write_bytes(content)


BAD_TABLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (
        lambda release: (release / "v1.0-mini/ego_pose.json").unlink(),
        "ego_pose.json: no such file",
    ),
    "cut": (written("sample_data", b'[{"token": "a"'), "sample_data.json: line 1: not JSON"),
    "not UTF-8": (written("sensor", b'["\xff"]'), "sensor.json: line 1: expected UTF-8 text"),
    "no list": (written("sample_data", b"{}"), "sample_data.json: expected a list"),
    "no records": (written("sample_data", b"[1]"), r"sample_data.json\[0\]: expected an object"),
    "twice": (doubled("sample_data"), r"sample_data.json\[33\]: token: is there twice; first at"),
    "no time": (
        changed("sample_data", 3, "timestamp", "now"),
        r"sample_data.json\[3\]: timestamp: expected a whole number, got 'now'",
    ),
    "before all time": (
        changed("sample", 0, "timestamp", -5),
        r"sample.json\[0\]: timestamp: expected microseconds since 1970, got -5",
    ),
    "two of one time": (
        changed("sample_data", 3, "timestamp", START_US),
        "LIDAR_TOP has two files of one time",
    ),
    "out of the folder": (
        changed("sample_data", 0, "filename", "../../etc/passwd"),
        r"sample_data.json\[0\]: file: expected a path within the drive",
    ),
    "no path": (
        changed("sample_data", 0, "filename", "a\0b"),
        r"sample_data.json\[0\]: file: no path can be",
    ),
    "no pose": (
        changed("sample_data", 0, "ego_pose_token", "x"),
        r"sample_data.json\[0\]: ego_pose_token: expected a token of another table, got 'x'",
    ),
    "no rotation": (
        changed("ego_pose", 1, "rotation", [3, 0, 0, 0]),
        r"ego_pose.json\[1\]: rotation: quaternion: expected unit length",
    ),
    "not finite": (
        changed("ego_pose", 1, "translation", [0, float("nan"), 0]),
        r"ego_pose.json\[1\]: translation\[1\]: expected a finite number",
    ),
    "no sensor": (
        changed("calibrated_sensor", 0, "sensor_token", "x"),
        r"calibrated_sensor.json\[0\]: sensor_token: expected a token",
    ),
    "two calibrations": (
        changed("calibrated_sensor", 2, "sensor_token", "sensor-LIDAR_TOP"),
        "a second calibration of LIDAR_TOP in scene 'scene-0007'; the first is at",
    ),
    "no size": (changed("sample_data", 1, "width", 0), r"calibrated_sensor.json\[1\]: "),
    "skew": (
        changed("calibrated_sensor", 1, "camera_intrinsic", [[50, 1, 31], [0, 50, 23], [0, 0, 1]]),
        r"calibrated_sensor.json\[1\]: camera_intrinsic: expected fx 0 cx",
    ),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_tables_are_named_at_opening(release: Path, case: str) -> None:
    spoil, message = BAD_TABLES[case]
    spoil(release)
    with pytest.raises(InputError, match=message):
        opened(release)


BAD_LABELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "class": (changed("category", 0, "name", "tank"), r"category.json\[0\]: name: expected one of"),
    "size": (changed("sample_annotation", 0, "size", [1, 0, 1]), r"size: expected more than 0 m"),
    "instance": (changed("sample_annotation", 0, "instance_token", "x"), "expected a token of an"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_bad_labels_are_named(release: Path, case: str) -> None:
    spoil, message = BAD_LABELS[case]
    spoil(release)
    with pytest.raises(InputError, match=message):
        opened(release).read_truth()


def test_a_release_without_labels(release: Path) -> None:
    (release / "v1.0-mini/sample_annotation.json").unlink()
    assert opened(release).read_truth() is None


@pytest.fixture(scope="module")
def keyframe(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Log:
    root = tmp_path_factory.mktemp("nuscenes")
    return open_log(write_keyframe(shared_data / "nuscenes", root), "nuscenes")


def test_real_boxes_hold_about_as_many_points_as_published(keyframe: Log) -> None:
    """Not to the last point: the boxes came without their tilt."""
    truth = keyframe.read_truth()
    assert truth is not None
    rows = json.loads((keyframe.root / "v1.0-mini/sample_annotation.json").read_text())
    told = np.array([row["num_lidar_pts"] for row in rows])
    counted = truth.cuboids.num_points
    assert np.mean(counted == told) > 0.85
    assert np.abs(counted - told).sum() < 0.04 * told.sum()


def test_real_beams_turn_evenly_at_the_times_of_their_firings(keyframe: Log) -> None:
    """Seen from where the LiDAR was at each point's time, a beam's azimuth grows with time."""
    sweep, lidar = keyframe.read_sweep(0), keyframe.rig.lidars["LIDAR_TOP"].ego_from_sensor
    times_ns = sweep.ref_ns + sweep.t_offset_ns.astype(np.int64)
    near = (np.linalg.norm(sweep.points_ego, axis=1) < 25) & (sweep.ring == 8)
    poses = keyframe.trajectory.at(times_ns[near], extrapolate_ns=50_000_000)
    world = keyframe.trajectory.at(sweep.ref_ns).apply(sweep.points_ego[near].astype(np.float64))

    def unevenness_deg(points_ego: np.ndarray) -> float:
        x, y, _ = lidar.inverse().apply(points_ego).T
        away = np.hypot(x, y) > 2.5
        azimuth, time = np.unwrap(np.arctan2(y, x)[away]), times_ns[near][away] * 1e-9
        time -= time.mean()
        rest = azimuth - np.polyval(np.polyfit(time, azimuth, 1), time)
        return float(np.degrees(np.percentile(np.abs(rest), 90)))

    assert unevenness_deg(poses.inverse().apply(world)) < 0.1
    assert unevenness_deg(sweep.points_ego[near].astype(np.float64)) > 0.5


def test_real_points_and_images_agree(keyframe: Log, shared_data: Path) -> None:
    """Points through our poses land where the other tool's own matrices put them."""
    info = next((shared_data / "nuscenes").glob("*.pkl"))
    images = pickle.loads(info.read_bytes())["data_list"][0]["images"]  # noqa: S301 - ours
    sweep = keyframe.read_sweep(0)
    stored = read_cloud(Path(keyframe.sweeps.files[0])).points_lidar.astype(np.float64)
    world = keyframe.trajectory.at(sweep.ref_ns).apply(sweep.points_ego.astype(np.float64))
    for name, camera in keyframe.rig.cameras.items():
        at = keyframe.trajectory.at(int(keyframe.images[name].timestamp_ns[0]))
        mine = (at @ camera.ego_from_sensor).inverse().apply(world)
        told = np.array(images[name]["lidar2cam"])
        theirs = stored @ told[:3, :3].T + told[:3, 3]
        np.testing.assert_allclose(mine, theirs, atol=1e-3)
        k = np.array(images[name]["cam2img"])
        np.testing.assert_allclose(camera.model.intrinsics, k[[0, 1, 0, 1], [0, 1, 2, 2]])
