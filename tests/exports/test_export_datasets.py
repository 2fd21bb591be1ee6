"""nuScenes and Argoverse 2: out, back, and read by their own tools."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import export_samples
import numpy as np
import pyarrow.feather as feather
import pytest
from export_samples import (
    FEW,
    assert_same_boxes,
    assert_same_tracks,
    boxes,
    round_trip,
    streets,
    write_scene,
)
from hypothesis import given

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.exchange.account import Account
from avlabel.exchange.export import export_scene
from avlabel.exchange.formats.argoverse2 import EGO_FROM_AXLE
from avlabel.exchange.formats.argoverse2_classes import LEAVES
from avlabel.exchange.importing import import_labels
from avlabel.exchange.incoming import Target
from avlabel.exchange.options import ExportOptions, ImportOptions
from avlabel.geometry.boxes import count_points
from avlabel.readers.registry import open_log
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.scene import Scene, open_scene
from avlabel.scenes.writer import SceneWriter

LABELS_ONLY = ExportOptions(points=False, images=False)
FORMATS = ("nuscenes", "argoverse2")
NAMED = ("car", "truck", "bus", "trailer", "motorcycle", "bicycle", "pedestrian")


@FEW
@given(objects=streets(NAMED))
@pytest.mark.parametrize("format_name", FORMATS)
def test_any_street_comes_back(
    tmp_path_factory: pytest.TempPathFactory, format_name: str, objects
) -> None:
    root = tmp_path_factory.mktemp("any")
    scene = write_scene(root, boxes(objects), media=False)
    blank = write_scene(root, boxes([]), media=False)
    went, came, labels = round_trip(scene, blank, format_name, root / "out")
    assert went.account.n_left_out == came.account.n_left_out == 0
    assert_same_boxes(labels, scene.labels(), m=1e-6, rad=1e-6)
    assert_same_tracks(labels, scene.labels())


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_into_its_own_scene_changes_nothing(
    street: Scene, tmp_path: Path, format_name: str
) -> None:
    export_scene(street, format_name, tmp_path / "out", LABELS_ONLY)
    report = import_labels(street, tmp_path / "out", format_name, dry_run=True)
    assert (report.merged.n_same, report.merged.drafts) == (12, ())


@pytest.mark.parametrize("format_name", FORMATS)
def test_sweeps_at_the_end_of_the_recorded_poses_have_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    """Poses end 30 ms before the last sweep's time; every stage goes on for 50."""
    whole = export_samples.trajectory()
    last = int(export_samples.frames().ref_ns[-1]) - 30_000_000
    times = np.append(whole.timestamp_ns[whole.timestamp_ns < last], last)
    shorter = Trajectory(times, whole.at(times))
    monkeypatch.setattr(export_samples, "trajectory", lambda: shorter)
    scene = write_scene(tmp_path, boxes(export_samples.STREET))
    blank = write_scene(tmp_path, boxes([]), media=False)
    _, _, labels = round_trip(scene, blank, format_name, tmp_path / "out")
    assert_same_boxes(labels, scene.labels(), m=1e-6, rad=1e-6)


def tables(out: Path) -> dict[str, list[dict]]:
    return {
        file.stem: json.loads(file.read_text()) for file in (out / "v1.0-trainval").glob("*.json")
    }


def test_nuscenes_records_refer_to_each_other(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "nuscenes", tmp_path / "out")
    told = tables(tmp_path / "out")
    tokens = {name: {record["token"] for record in records} for name, records in told.items()}
    for name, records in told.items():
        assert len(tokens[name]) == len(records)
        for record in records:
            for key, value in record.items():
                table = key.removesuffix("_token")
                if key.endswith("_token") and table in told:
                    assert value in tokens[table], (name, key)
            for key in ("prev", "next"):
                assert record.get(key, "") in {"", *tokens[name]}
    for record in told["sample_data"]:
        assert (tmp_path / "out" / record["filename"]).is_file()
    assert {record["channel"] for record in told["sensor"]} == {
        "LIDAR_TOP", "CAM_FRONT", "CAM_LEFT",
    }  # fmt: skip


def test_tables_of_several_scenes_can_be_put_together(street: Scene, tmp_path: Path) -> None:
    """Only what is the same in both has the same token: classes, sensors, bins of visibility."""
    other = write_scene(tmp_path / "scenes", boxes(export_samples.STREET))
    for name, scene in (("a", street), ("b", other)):
        export_scene(scene, "nuscenes", tmp_path / name, LABELS_ONLY)
    first, second = tables(tmp_path / "a"), tables(tmp_path / "b")
    for name, records in first.items():
        mine = {record["token"]: record for record in records}
        same = [record for record in second[name] if record["token"] in mine]
        assert len(same) == (len(mine) if name in {"category", "sensor", "visibility"} else 0), name
        assert all(mine[record["token"]] == record for record in same)


def test_a_nuscenes_box_is_as_theirs(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "nuscenes", tmp_path / "out", LABELS_ONLY)
    told = tables(tmp_path / "out")
    names = {category["token"]: category["name"] for category in told["category"]}
    cars = {i["token"] for i in told["instance"] if names[i["category_token"]] == "vehicle.car"}
    car = next(a for a in told["sample_annotation"] if a["instance_token"] in cars)
    np.testing.assert_allclose(car["size"], [1.9, 4.4, 1.6], atol=1e-6)
    labels = street.labels()
    mine = labels.center[labels.track_id == 10][0] + street.origin_m
    np.testing.assert_allclose(car["translation"], mine)
    assert (car["num_lidar_pts"], car["visibility_token"], car["prev"]) == (3, "4", "")
    bicycles = {a["visibility_token"] for a in told["sample_annotation"]}
    assert "1" in bicycles


def test_nuscenes_devkit_reads_it(street: Scene, tmp_path: Path) -> None:
    nuscenes = pytest.importorskip("nuscenes.nuscenes", reason="nuscenes-devkit is not installed")
    export_scene(street, "nuscenes", tmp_path / "out")
    nusc = nuscenes.NuScenes("v1.0-trainval", str(tmp_path / "out"), verbose=False)
    (scene,) = nusc.scene
    sample = nusc.get("sample", scene["first_sample_token"])
    assert len(sample["anns"]) == 4
    file, found, _ = nusc.get_sample_data(sample["data"]["LIDAR_TOP"])
    assert Path(file).stat().st_size == 20 * len(street.sweep(36))
    lidar = street.rig.lidars["top"].ego_from_sensor
    ego = street.labels().select(street.labels().frame_idx == 36)
    ego = ego.moved((street.frames.world_from_ego[0] @ lidar).inverse(), "ego")
    mine = ego.center[np.argsort(ego.center[:, 0])]
    np.testing.assert_allclose(sorted(box.center.tolist() for box in found), mine, atol=1e-5)
    _, seen, intrinsic = nusc.get_sample_data(sample["data"]["CAM_LEFT"])
    assert [box.name for box in seen] == ["vehicle.truck"]
    assert np.asarray(intrinsic).shape == (3, 3)


def test_argoverse_tables_have_the_published_columns(
    street: Scene, shared_data: Path, tmp_path: Path
) -> None:
    export_scene(street, "argoverse2", tmp_path / "out")
    mine = tmp_path / "out" / street.scene_id
    theirs = next((shared_data / "av2/sensor/val").glob("7fab2350*"))
    for name in (
        "annotations.feather",
        "city_SE3_egovehicle.feather",
        "calibration/intrinsics.feather",
        "calibration/egovehicle_SE3_sensor.feather",
    ):
        schema = feather.read_table(theirs / name).schema.remove_metadata()
        got = feather.read_table(mine / name).schema.remove_metadata()
        assert {f.name: f.type for f in got} == {f.name: f.type for f in schema}, name
    sweep = next((theirs / "sensors/lidar").iterdir())
    names = feather.read_table(sweep).column_names
    assert feather.read_table(next((mine / "sensors/lidar").iterdir())).column_names == names
    assert len(list((mine / "sensors/cameras/left").iterdir())) == 3


def test_argoverse_boxes_are_above_their_axle(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "argoverse2", tmp_path / "out", LABELS_ONLY)
    table = feather.read_table(tmp_path / "out" / street.scene_id / "annotations.feather")
    car = next(row for row in table.to_pylist() if row["category"] == "REGULAR_VEHICLE")
    place = [car[name] for name in ("tx_m", "ty_m", "tz_m")]
    np.testing.assert_allclose(place, [12.0, 1.0, 0.8 - 0.33], atol=1e-6)
    assert car["num_interior_pts"] >= 3


def test_their_own_package_reads_argoverse_cuboids(street: Scene, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cuboid = pytest.importorskip("av2.structures.cuboid", reason="av2 is not installed")
    export_scene(street, "argoverse2", tmp_path / "out", LABELS_ONLY)
    file = tmp_path / "out" / street.scene_id / "annotations.feather"
    read = cuboid.CuboidList.from_feather(file)
    assert len(read) == 12
    car = next(one for one in read.cuboids if one.category == "REGULAR_VEHICLE")
    np.testing.assert_allclose(car.dst_SE3_object.translation, [12.0, 1.0, 0.47], atol=1e-6)
    np.testing.assert_allclose(car.dims_lwh_m, [4.4, 1.9, 1.6], atol=1e-6)


def test_our_own_reader_opens_argoverse(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "argoverse2", tmp_path / "out")
    log = open_log(tmp_path / "out" / street.scene_id, "argoverse2")
    assert len(log.sweeps) == 3
    assert len(log.read_sweep(0)) == len(street.sweep(36))
    truth = log.read_truth()
    assert truth is not None
    assert len(truth.cuboids) == 12


def test_argoverse_labels_without_poses_are_in_the_ego_frame(
    street: Scene, blank: Scene, tmp_path: Path
) -> None:
    export_scene(street, "argoverse2", tmp_path / "out", LABELS_ONLY)
    log = tmp_path / "out" / street.scene_id
    (log / "city_SE3_egovehicle.feather").unlink()
    import_labels(blank, log, "argoverse2")
    assert_same_boxes(blank.labels(), street.labels(), m=1e-6, rad=1e-6)


def test_every_published_argoverse_class_is_known(shared_data: Path) -> None:
    for file in (shared_data / "av2/sensor/val").glob("*/annotations.feather"):
        assert set(feather.read_table(file).column("category").to_pylist()) <= set(LEAVES)


def test_real_argoverse_boxes_hold_the_points_that_they_say(
    shared_data: Path, tmp_path: Path
) -> None:
    """Two real sweeps as a scene: imported boxes must hold as many points as published."""
    log = next((shared_data / "av2/sensor/val").glob("7fab2350*"))
    scene = scene_of_log(log, tmp_path)
    report = import_labels(scene, log, "argoverse2")
    assert report.merged.n_set > 50
    table = feather.read_table(log / "annotations.feather").to_pylist()
    told = {
        (row["track_uuid"], row["timestamp_ns"]): row["num_interior_pts"]
        for row in table
        if LEAVES[row["category"]]
    }
    seen = scene.resolved()
    names = {n.track_id: n.values["import_id"] for n in seen.attributes if "import_id" in n.values}
    differs = []
    for i, frame_idx in enumerate(scene.frames.frame_idx.tolist()):
        here = seen.cuboids.select(seen.cuboids.frame_idx == frame_idx)
        ego = here.moved(scene.frames.world_from_ego[i].inverse(), "ego")
        counted = count_points(scene.sweep(frame_idx).points_ego, ego)
        for track, count in zip(here.track_id.tolist(), counted.tolist(), strict=True):
            theirs = told[names[track], int(scene.frames.ref_ns[i])]
            differs.append(abs(count - theirs) <= max(3, 0.1 * theirs))
    assert np.mean(differs) > 0.95


def scene_of_log(log: Path, root: Path) -> Scene:
    """A scene of the sweeps of a log, without labels."""
    poses = feather.read_table(log / "city_SE3_egovehicle.feather").to_pydict()
    quats = np.column_stack([poses[name] for name in ("qw", "qx", "qy", "qz")])
    place = np.column_stack([poses[name] for name in ("tx_m", "ty_m", "tz_m")])
    origin = place[0].round()
    city_from_axle = SE3.from_quat(quats, place - origin)
    trajectory = Trajectory(
        np.array(poses["timestamp_ns"]), city_from_axle @ EGO_FROM_AXLE.inverse()
    )
    sweeps = sorted((log / "sensors/lidar").glob("*.feather"))
    times = np.array([int(file.stem) for file in sweeps])
    frames = Frames(np.arange(len(times), dtype=np.int32), times, trajectory.at(times))
    info = SceneInfo("av2", origin, default_taxonomy(), (), "", {})
    with SceneWriter(root, "av2", info=info, input_hash="a", config_hash="b") as writer:
        writer.write_rig(Rig({"top": Lidar("top", SE3.identity())}, {}))
        writer.write_trajectory(trajectory)
        writer.write_frames(frames)
        for i, file in enumerate(sweeps):
            cloud = feather.read_table(file)
            points = np.column_stack([cloud.column(a).to_numpy().astype(np.float32) for a in "xyz"])
            n = len(points)
            writer.write_sweep(
                Sweep(
                    frame_idx=i,
                    sensor_id="top",
                    ref_ns=int(times[i]),
                    points_ego=EGO_FROM_AXLE.apply(points),
                    intensity=np.zeros(n, np.int16),
                    ring=np.zeros(n, np.int16),
                    t_offset_ns=np.zeros(n, np.int32),
                    compensated=True,
                )
            )
        writer.write_cuboids(Cuboids.empty("world"))
        writer.write_tracks(Tracks.empty())
        writer.commit(stage_ms={})
    return open_scene(root / "scene_id=av2")


def test_their_labels_go_to_the_frames_of_scenes_from_their_logs() -> None:
    """Frames stand 53 ms after the sweep's start, 47 ms before that of the next."""
    stamps = np.arange(4) * 100_000_000
    poses = SE3(np.broadcast_to(np.eye(3), (3, 3, 3)), np.zeros((3, 3)))
    frames = Frames(np.arange(3, dtype=np.int32), stamps[:3] + 53_000_000, poses)
    target = Target(frames, Rig({}, {}), np.zeros(3), ImportOptions(), Account())
    assert target.rows_of_sweeps(stamps, 53_000_000).tolist() == [0, 1, 2, -1]
    # Of a scene of other origin, the nearest.
    assert target.rows_of_sweeps(stamps + 50_000_000, 53_000_000).tolist() == [0, 1, 2, -1]


def test_which_log_or_scene_must_be_clear(street: Scene, blank: Scene, tmp_path: Path) -> None:
    export_scene(street, "argoverse2", tmp_path / "av2", LABELS_ONLY)
    with pytest.raises(ReadError, match=f"log 'x': expected one of {street.scene_id}"):
        import_labels(blank, tmp_path / "av2", "argoverse2", ImportOptions(sequence="x"))
    export_scene(street, "nuscenes", tmp_path / "nusc", LABELS_ONLY)
    with pytest.raises(ReadError, match=f"scene 'x': expected one of {street.scene_id}"):
        import_labels(blank, tmp_path / "nusc", "nuscenes", ImportOptions(sequence="x"))
    samples = tmp_path / "nusc/v1.0-trainval/sample.json"
    good = samples.read_text()
    samples.write_text(good.replace('"timestamp": 1', '"timestamp": 123', 1))
    with pytest.raises(ReadError, match="timestamp: expected microseconds since 1970, got 123"):
        import_labels(blank, tmp_path / "nusc", "nuscenes")
    samples.write_text(good)
    file = tmp_path / "nusc/v1.0-trainval/sample_annotation.json"
    file.write_text(file.read_text().replace('"size": [', '"size": [1.0, ', 1))
    with pytest.raises(ReadError, match=r"sample_annotation.json\[0\]: size: expected 3 numbers"):
        import_labels(blank, tmp_path / "nusc", "nuscenes")
