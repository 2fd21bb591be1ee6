"""Calibrations that came with real recordings, against each data set's own way to project."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.feather
import pytest
from scipy.spatial.transform import Rotation

from avlabel.core.rig import Rig
from avlabel.readers.argoverse2_tables import AXLE_HEIGHT_M
from avlabel.readers.kitti_velodyne import read_cloud
from avlabel.readers.registry import open_log
from avlabel_calibration.importers.complete import merged
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.registry import read_calibration

MARGIN_PX = 200
"""Points further outside an image say nothing."""


def rig_of(path: Path, name: str, **options: Any) -> Rig:
    rig = merged(read_calibration(path, name, ImportOptions(**options)), Rig({}, {}))
    assert rig is not None
    return rig


def compare(
    rig: Rig, camera: str, points_ego: np.ndarray, uv: np.ndarray, depth: np.ndarray
) -> int:
    """Pixels of the rig against ``uv`` where a point is in front and near the image."""
    model = rig.cameras[camera].model
    pixels, valid = model.project(rig.cameras[camera].ego_from_sensor.inverse().apply(points_ego))
    size = np.array([model.width_px, model.height_px])
    near = (depth > 1) & np.all((uv > -MARGIN_PX) & (uv < size + MARGIN_PX), axis=1)
    assert valid[near].all()
    np.testing.assert_allclose(pixels[near], uv[near], atol=0.01)
    return int((near & np.all((uv > 0) & (uv < size - 1), axis=1)).sum())


def test_kitti_points_by_the_benchmarks_formula(shared_data: Path) -> None:
    """The development kit: y = P2 R0_rect Tr_velo_to_cam x."""
    root = shared_data / "kitti-object" / "training"
    rig = rig_of(root / "calib" / "000008.txt", "kitti")
    lines = dict(
        line.split(":", 1)
        for line in (root / "calib" / "000008.txt").read_text().splitlines()
        if line
    )
    rows = {name: np.array(text.split(), float) for name, text in lines.items()}
    rect, velo = np.eye(4), np.eye(4)
    rect[:3, :3] = rows["R0_rect"].reshape(3, 3)
    velo[:3] = rows["Tr_velo_to_cam"].reshape(3, 4)
    points = read_cloud(root / "velodyne" / "000008.bin")[::20, :3].astype(np.float64)
    homogeneous = np.column_stack([points, np.ones(len(points))])
    for camera, name in (("image_2", "P2"), ("image_3", "P3")):
        image = homogeneous @ (rows[name].reshape(3, 4) @ rect @ velo).T
        points_ego = rig.lidars["velodyne"].ego_from_sensor.apply(points)
        assert compare(rig, camera, points_ego, image[:, :2] / image[:, 2:], image[:, 2]) > 500


def test_pandaset_static_calibration_is_that_of_its_poses(shared_data: Path) -> None:
    """The YAML of the set against cameras placed by a scene's poses per image."""
    static = rig_of(shared_data / "pandaset" / "static_extrinsic_calibration.yaml", "pandaset")
    posed = rig_of(shared_data / "pandaset" / "002", "pandaset")
    assert set(static.cameras) == set(posed.cameras)
    assert list(static.lidars) == list(posed.lidars)
    for name, camera in posed.cameras.items():
        off = static.cameras[name].ego_from_sensor.inverse() @ camera.ego_from_sensor
        assert np.rad2deg(np.linalg.norm(Rotation.from_matrix(off.rotation).as_rotvec())) < 0.02
        assert np.linalg.norm(off.translation) < 0.025
        np.testing.assert_array_equal(
            camera.model.intrinsics, static.cameras[name].model.intrinsics
        )


def test_pandaset_points_by_its_own_formula(shared_data: Path) -> None:
    """Its development kit: world points to the camera by the image's pose, then K."""
    log = open_log(shared_data / "pandaset" / "002", "pandaset")
    rig = rig_of(shared_data / "pandaset" / "static_extrinsic_calibration.yaml", "pandaset")
    world_from_ego = log.trajectory.at(int(log.sweeps.ref_ns[3]))
    points_world = world_from_ego.apply(log.read_sweep(3).points_ego[::50].astype(np.float64))
    frame = int(log.sweeps.frame_idx[3])
    folder = log.root / "camera" / "front_camera"
    pose = json.loads((folder / "poses.json").read_text())[frame]
    quat = [pose["heading"][axis] for axis in "wxyz"]
    world_from_cam = Rotation.from_quat(quat, scalar_first=True)
    position = np.array([pose["position"][axis] for axis in "xyz"])
    points_cam = world_from_cam.inv().apply(points_world - position)
    stamp_s = json.loads((folder / "timestamps.json").read_text())[frame]
    ours = log.trajectory.at(round(stamp_s * 1e9))
    model, camera = rig.cameras["front_camera"].model, rig.cameras["front_camera"]
    pixels, _ = model.project(
        camera.ego_from_sensor.inverse().apply(ours.inverse().apply(points_world))
    )
    ahead = points_cam[:, 2] > 5
    uv = points_cam[:, :2] / points_cam[:, 2:] * model.intrinsics[:2] + model.intrinsics[2:]
    inside = ahead & np.all((uv > 0) & (uv < [1919, 1079]), axis=1)
    assert inside.sum() > 100
    # The scene's poses sway about the set's calibration by some 0.02 degrees, 0.7 pixels.
    off_px = np.linalg.norm(pixels[inside] - uv[inside], axis=1)
    assert np.median(off_px) < 1.5
    assert off_px.max() < 4


def test_argoverse2_points_by_its_own_formula(shared_data: Path) -> None:
    """Its development kit: ego_SE3_cam inverted, then K; images have no distortion."""
    log = shared_data / "av2/sensor/val/7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
    rig = rig_of(log, "argoverse2")
    intrinsics = pyarrow.feather.read_table(log / "calibration" / "intrinsics.feather").to_pylist()
    poses = pyarrow.feather.read_table(
        log / "calibration" / "egovehicle_SE3_sensor.feather"
    ).to_pylist()
    sweep = pyarrow.feather.read_table(sorted((log / "sensors" / "lidar").glob("*.feather"))[0])
    points_axle = np.column_stack([sweep.column(axis).to_numpy() for axis in "xyz"])[::20]
    points_axle = points_axle.astype(np.float64)
    points_ego = points_axle + np.array([0, 0, AXLE_HEIGHT_M])
    assert len(rig.cameras) == 9
    for row in intrinsics:
        name = row["sensor_name"]
        pose = next(p for p in poses if p["sensor_name"] == name)
        quat = [pose[key] for key in ("qw", "qx", "qy", "qz")]
        shift = np.array([pose[key] for key in ("tx_m", "ty_m", "tz_m")])
        points_cam = Rotation.from_quat(quat, scalar_first=True).inv().apply(points_axle - shift)
        depth = points_cam[:, 2]
        focal, centre = [row["fx_px"], row["fy_px"]], [row["cx_px"], row["cy_px"]]
        uv = points_cam[:, :2] / np.where(depth > 0.1, depth, 1)[:, None] * focal + centre
        assert compare(rig, name, points_ego, uv, depth) > 30


def test_argoverse2_axles_lie_that_far_above_the_road(shared_data: Path) -> None:
    """A plane through the road 3 to 6 m around the cars of two logs."""
    sweeps = sorted((shared_data / "av2" / "sensor" / "val").glob("*/sensors/lidar/*.feather"))
    assert len({sweep.parts[-4] for sweep in sweeps}) == 2
    for sweep in sweeps:
        table = pyarrow.feather.read_table(sweep)
        points = np.column_stack([table.column(axis).to_numpy() for axis in "xyz"])
        assert road_height_m(points, 3, 6) == pytest.approx(-AXLE_HEIGHT_M, abs=0.01)


def road_height_m(points: np.ndarray, near_m: float, far_m: float) -> float:
    """Height below the origin of a plane through the road around the car."""
    x, y, z = points.astype(np.float64).T
    reach = np.hypot(x, y)
    beside = (reach > near_m) & (reach < far_m) & (np.abs(y) < 3) & (np.abs(z) < 0.8)
    counts, edges = np.histogram(z[beside], bins=80, range=(-0.8, 0.8))
    road = beside & (np.abs(z - edges[counts.argmax()]) < 0.15)
    level = np.column_stack([x[road], y[road], np.ones(road.sum())])
    return float(np.linalg.lstsq(level, z[road])[0][2])


class NumbersOnly(pickle.Unpickler):
    """Admits plain containers and numpy scalars."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] in ("numpy", "_codecs"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def test_nuscenes_tables_give_the_numbers_of_an_info_file(
    shared_data: Path, tmp_path: Path
) -> None:
    """The official tables of one scene, written from an info file, which projects LiDAR points."""
    folder = shared_data / "nuscenes"
    with next(folder.glob("*.pkl")).open("rb") as stream:
        info = NumbersOnly(stream).load()["data_list"][0]
    write_tables(tmp_path, info)
    rig = rig_of(tmp_path, "nuscenes")
    cloud = np.fromfile(next(folder.glob("*LIDAR_TOP*.bin")), "<f4").reshape(-1, 5)
    points = cloud[::20, :3].astype(np.float64)
    points_ego = rig.lidars["LIDAR_TOP"].ego_from_sensor.apply(points)
    assert len(rig.cameras) == 6
    # Their ego frame lies on the road.
    assert road_height_m(rig.lidars["LIDAR_TOP"].ego_from_sensor.apply(cloud[:, :3]), 4, 10) == (
        pytest.approx(0, abs=0.02)
    )
    for name, camera in info["images"].items():
        # Straight from the ego frame; the info's lidar2cam adds the ego motion between both.
        cam_from_ego = np.linalg.inv(np.array(camera["cam2ego"]))
        points_cam = points_ego @ cam_from_ego[:3, :3].T + cam_from_ego[:3, 3]
        image = points_cam @ np.array(camera["cam2img"]).T
        depth = image[:, 2]
        uv = image[:, :2] / np.where(depth > 0.1, depth, 1)[:, None]
        assert compare(rig, name, points_ego, uv, depth) > 30
        jpeg = cv2.imread(str(folder / camera["img_path"]))
        model = rig.cameras[name].model
        assert jpeg.shape[:2] == (model.height_px, model.width_px)
        still = np.array(camera["lidar2cam"])
        moved = np.array(cam_from_ego) @ rig.lidars["LIDAR_TOP"].ego_from_sensor.matrix
        # Within the ego motion of some 40 ms.
        np.testing.assert_allclose(moved[:3, :3], still[:3, :3], atol=0.01)
        np.testing.assert_allclose(moved[:3, 3], still[:3, 3], atol=0.6)


def write_tables(folder: Path, info: dict[str, Any]) -> None:
    """``sensor.json`` and ``calibrated_sensor.json`` as nuScenes publishes them."""
    poses = {"LIDAR_TOP": np.array(info["lidar_points"]["lidar2ego"])}
    poses |= {name: np.array(camera["cam2ego"]) for name, camera in info["images"].items()}
    sensors, rows = [], []
    for name, pose in poses.items():
        camera = info["images"].get(name)
        modality = "camera" if camera else "lidar"
        sensors.append({"token": f"s{name}", "channel": name, "modality": modality})
        quat = Rotation.from_matrix(pose[:3, :3]).as_quat(scalar_first=True)
        rows.append(
            {
                "token": f"c{name}",
                "sensor_token": f"s{name}",
                "translation": pose[:3, 3].tolist(),
                "rotation": quat.tolist(),
                "camera_intrinsic": np.array(camera["cam2img"]).tolist() if camera else [],
            }
        )
    (folder / "sensor.json").write_text(json.dumps(sensors))
    (folder / "calibrated_sensor.json").write_text(json.dumps(rows))


@pytest.mark.parametrize("frame", ["000007", "000021"])
def test_kitti_rig_by_import_reads_the_recording(shared_data: Path, frame: str) -> None:
    root = shared_data / "kitti-object"
    rig = rig_of(root / "training" / "calib" / f"{frame}.txt", "kitti")
    own = open_log(root, "kitti-object", sequence=frame).rig
    for name, camera in own.cameras.items():
        np.testing.assert_allclose(
            rig.cameras[name].ego_from_sensor.matrix, camera.ego_from_sensor.matrix, atol=1e-12
        )
        np.testing.assert_array_equal(rig.cameras[name].model.intrinsics, camera.model.intrinsics)
