"""CVAT, KITTI raw tracklets, Waymo components, OpenPCDet and mmdetection3d."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
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

from avlabel.errors import ExportError, ReadError
from avlabel.exchange.export import export_scene
from avlabel.exchange.formats.tracklets import read_tracklets
from avlabel.exchange.formats.waymo import camera_numbers
from avlabel.exchange.importing import import_labels
from avlabel.exchange.options import ExportOptions
from avlabel.scenes.scene import Scene

LABELS_ONLY = ExportOptions(points=False, images=False)
TILT_RAD = 0.01
"""The vehicle turns on a slope: what is level in one of its frames is not quite so in the next."""
KITTI_NAMES = ("car", "van", "truck", "bus", "bicycle", "pedestrian")
WAYMO_NAMES = ("car", "bicycle", "pedestrian", "unknown")
FORMATS = {
    "cvat": (None, 0.0),
    "kitti-raw": (KITTI_NAMES, TILT_RAD),
    "waymo": (WAYMO_NAMES, TILT_RAD),
    "openpcdet": (None, TILT_RAD),
    "mmdetection3d": (None, TILT_RAD),
}
WITHOUT_TRACKS = ("openpcdet", "mmdetection3d")


@pytest.mark.parametrize("format_name", FORMATS)
def test_any_street_comes_back(tmp_path_factory: pytest.TempPathFactory, format_name: str) -> None:
    names, tilt_rad = FORMATS[format_name]

    @FEW
    @given(objects=streets() if names is None else streets(names))
    def come_back(objects) -> None:
        root = tmp_path_factory.mktemp("any")
        scene = write_scene(root, boxes(objects), media=False)
        blank = write_scene(root, boxes([]), media=False)
        went, came, labels = round_trip(scene, blank, format_name, root / "out")
        assert went.account.n_left_out == came.account.n_left_out == 0
        assert_same_boxes(labels, scene.labels(), m=1e-5, rad=1e-5, tilt_rad=tilt_rad)
        if format_name not in WITHOUT_TRACKS:
            assert_same_tracks(labels, scene.labels())

    come_back()


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_into_its_own_scene_changes_nothing(
    street: Scene, tmp_path: Path, format_name: str
) -> None:
    export_scene(street, format_name, tmp_path / "out", LABELS_ONLY)
    report = import_labels(street, tmp_path / "out", format_name, dry_run=True)
    # Waymo calls cars and trucks the same, which makes no car of the scene's truck.
    assert report.merged.n_same == 12
    assert report.merged.n_matched == 4


def test_cvat_gets_centres_and_places_in_the_task(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "cvat", tmp_path / "out")
    tracklets = {one.track: one for one in read_tracklets(tmp_path / "out/tracklet_labels.xml")}
    car = tracklets["10"]
    assert (car.kind, car.first_frame, len(car.poses)) == ("car", 0, 3)
    np.testing.assert_allclose(car.poses[0].place, [12.0, 1.0, 0.8], atol=1e-5)
    np.testing.assert_allclose(car.poses[0].angles, [0, 0, 0.1], atol=1e-5)
    listed = (tmp_path / "out" / "frame_list.txt").read_text().splitlines()
    assert listed[0] == "0 0000000036"
    assert (tmp_path / "out/velodyne_points/data/0000000036.pcd").is_file()
    assert (tmp_path / "out/image_01/data/0000000038.png").is_file()


def test_kitti_raw_gets_bottoms_and_frame_numbers(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "kitti-raw", tmp_path / "out")
    tracklets = {one.track: one for one in read_tracklets(tmp_path / "out/tracklet_labels.xml")}
    car = tracklets["10"]
    assert (car.kind, car.first_frame) == ("Car", 36)
    np.testing.assert_allclose(car.poses[0].place, [12.0 - 0.76, 1.0, -1.73], atol=1e-5)
    cloud = (tmp_path / "out/velodyne_points/data/0000000036.bin").read_bytes()
    assert len(cloud) == 16 * len(street.sweep(36))


def test_gaps_and_changing_sizes_come_back(tmp_path: Path) -> None:
    cuboids = boxes(
        [
            ("car", (12.0, 1.0, 0.8), 0.1, (4.4, 1.9, 1.6)),
            ("car", (12.0, 9.0, 0.8), 0.1, (4.4, 1.9, 1.6)),
        ]
    )
    gap = cuboids.select(~((cuboids.track_id == 10) & (cuboids.frame_idx == 37)))
    grows = (gap.track_id == 11) & (gap.frame_idx == 38)
    gap.size_lwh[grows] = [4.6, 1.9, 1.6]
    scene = write_scene(tmp_path, gap, media=False)
    blank = write_scene(tmp_path, boxes([]), media=False)
    went, _, labels = round_trip(scene, blank, "cvat", tmp_path / "out")
    assert_same_boxes(labels, scene.labels(), m=1e-5, rad=1e-5)
    assert_same_tracks(labels, scene.labels())
    assert any("change size" in note for note in went.account.notes)


def test_datumaro_reads_the_tracklets(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "cvat", tmp_path / "out", LABELS_ONLY)
    script = Path(__file__).with_name("datumaro_oracle.py")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", str(script), str(tmp_path / "out/tracklet_labels.xml")],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip("Datumaro is not installed")
    assert done.returncode == 0, done.stderr
    items = json.loads(done.stdout)
    assert [(item["id"], item["frame"]) for item in items] == [
        ("0000000036", 0), ("0000000037", 1), ("0000000038", 2),
    ]  # fmt: skip
    assert [len(item["boxes"]) for item in items] == [4, 4, 4]
    first = items[0]["boxes"][0]
    np.testing.assert_allclose(first["position"], [12.0, 1.0, 0.8], atol=1e-5)
    np.testing.assert_allclose(first["scale"], [1.6, 1.9, 4.4], atol=1e-5)


def test_kittis_own_header_is_read_and_entities_are_not(tmp_path: Path) -> None:
    file = tmp_path / "tracklet_labels.xml"
    item = (
        "<item><objectType>Van</objectType><h>2</h><w>1.8</w><l>4</l><first_frame>3</first_frame>"
        "<poses><count>2</count><item><tx>1</tx><ty>2</ty><tz>3</tz><rz>0.5</rz>"
        "<truncation>0</truncation></item><item><tx>1</tx><ty>2</ty><tz>3</tz>"
        "<truncation>99</truncation></item></poses></item>"
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="true" ?>\n'
    body = (
        f"<boost_serialization><tracklets><count>1</count>{item}</tracklets></boost_serialization>"
    )
    file.write_text(f"{head}<!DOCTYPE boost_serialization>\n{body}")
    (van,) = read_tracklets(file)
    assert (van.kind, van.size_lwh, van.first_frame) == ("Van", [4.0, 1.8, 2.0], 3)
    assert [pose.is_there for pose in van.poses] == [True, False]
    file.write_text(f'{head}<!DOCTYPE x [<!ENTITY a "b">]>\n{body}')
    with pytest.raises(ReadError, match="expected no document type with declarations"):
        read_tracklets(file)
    file.write_text(body.replace("<h>2</h>", "<h>tall</h>"))
    with pytest.raises(ReadError, match=r"tracklet 0: h: expected a number, got 'tall'"):
        read_tracklets(file)
    file.write_text(body[:-5])
    with pytest.raises(ReadError, match="not XML"):
        read_tracklets(file)


MATRIX = "fixed_size_list<element: double>[16]"
WAYMO_SCHEMA = {
    "lidar_box": {
        "key.segment_context_name": "string",
        "key.frame_timestamp_micros": "int64",
        "key.laser_object_id": "string",
        **{f"[LiDARBoxComponent].box.center.{axis}": "double" for axis in "xyz"},
        **{f"[LiDARBoxComponent].box.size.{axis}": "double" for axis in "xyz"},
        "[LiDARBoxComponent].box.heading": "double",
        "[LiDARBoxComponent].type": "int8",
        "[LiDARBoxComponent].num_lidar_points_in_box": "int64",
        "[LiDARBoxComponent].num_top_lidar_points_in_box": "int64",
        **{f"[LiDARBoxComponent].speed.{axis}": "double" for axis in "xyz"},
        **{f"[LiDARBoxComponent].acceleration.{axis}": "double" for axis in "xyz"},
        "[LiDARBoxComponent].difficulty_level.detection": "int8",
        "[LiDARBoxComponent].difficulty_level.tracking": "int8",
    },
    "projected_lidar_box": {
        "key.segment_context_name": "string",
        "key.frame_timestamp_micros": "int64",
        "key.camera_name": "int8",
        "key.laser_object_id": "string",
        **{
            f"[ProjectedLiDARBoxComponent].box.{part}.{axis}": "double"
            for part in ("center", "size")
            for axis in "xy"
        },
        "[ProjectedLiDARBoxComponent].type": "int8",
    },
    "vehicle_pose": {
        "key.segment_context_name": "string",
        "key.frame_timestamp_micros": "int64",
        "[VehiclePoseComponent].world_from_vehicle.transform": MATRIX,
    },
    "camera_calibration": {
        "key.segment_context_name": "string",
        "key.camera_name": "int8",
        **{
            f"[CameraCalibrationComponent].intrinsic.{name}": "double"
            for name in ("f_u", "f_v", "c_u", "c_v", "k1", "k2", "p1", "p2", "k3")
        },
        "[CameraCalibrationComponent].extrinsic.transform": MATRIX,
        "[CameraCalibrationComponent].width": "int32",
        "[CameraCalibrationComponent].height": "int32",
        "[CameraCalibrationComponent].rolling_shutter_direction": "int8",
    },
}
"""As declared by waymo-open-dataset 1.6.7, which needs TensorFlow to be imported."""


def test_waymo_components_are_as_declared(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "waymo", tmp_path / "out")
    for component, schema in WAYMO_SCHEMA.items():
        table = pq.read_table(tmp_path / "out" / component / f"{street.scene_id}.parquet")
        assert {field.name: str(field.type) for field in table.schema} == schema
        assert len(table) > 0


def test_waymo_cameras_look_along_x(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "waymo", tmp_path / "out", LABELS_ONLY)
    file = tmp_path / "out" / "camera_calibration" / f"{street.scene_id}.parquet"
    front = pq.read_table(file).to_pylist()[0]
    assert front["key.camera_name"] == 1
    extrinsic = np.reshape(front["[CameraCalibrationComponent].extrinsic.transform"], (4, 4))
    np.testing.assert_allclose(extrinsic[:3, :3], np.eye(3), atol=1e-9)
    assert front["[CameraCalibrationComponent].intrinsic.c_u"] == 47.5
    assert camera_numbers(["back", "front", "side_left", "up"]) == {
        "back": 2, "front": 1, "side_left": 4, "up": 3,
    }  # fmt: skip


def test_waymo_has_no_other_classes(street: Scene, tmp_path: Path) -> None:
    options = ExportOptions(classes={"car": "Car"})
    with pytest.raises(ExportError, match="class name 'Car': expected one of TYPE_UNKNOWN"):
        export_scene(street, "waymo", tmp_path / "out", options)


def test_trainers_folders(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "openpcdet", tmp_path / "pcdet")
    export_scene(street, "mmdetection3d", tmp_path / "mm")
    points = np.load(tmp_path / "pcdet" / "points" / "000036.npy")
    raw = np.fromfile(tmp_path / "mm" / "points" / "000036.bin", "<f4").reshape(-1, 4)
    np.testing.assert_array_equal(points, raw)
    np.testing.assert_allclose(points[:, :3], street.sweep(36).points_ego, atol=1e-5)
    assert 0 <= points[:, 3].min() <= points[:, 3].max() <= 1
    lines = {
        name: (tmp_path / name / "labels" / "000036.txt").read_text().splitlines()
        for name in ("pcdet", "mm")
    }
    assert float(lines["pcdet"][0].split()[2]) == 0.8
    np.testing.assert_allclose(
        np.array(lines["mm"][0].split()[:7], float), [12, 1, 0, 4.4, 1.9, 1.6, 0.1], atol=1e-5
    )
    assert lines["mm"][0].split()[7] == "car"
    assert (tmp_path / "mm/ImageSets/train.txt").read_text().split() == [
        "000036",
        "000037",
        "000038",
    ]


def test_a_label_line_that_is_wrong_is_named(street: Scene, blank: Scene, tmp_path: Path) -> None:
    export_scene(street, "openpcdet", tmp_path / "out", LABELS_ONLY)
    file = tmp_path / "out" / "labels" / "000037.txt"
    good = file.read_text()
    for bad, message in (
        ("1 2 3\n", "line 5: expected 8 words, got 3"),
        ("1 2 3 4 0 2 0 car\n", "line 5: expected a size of more than 0"),
        ("1 2 nan 4 2 2 0 car\n", "line 5: expected a finite number, got 'nan'"),
    ):
        file.write_text(good + bad)
        with pytest.raises(ReadError, match=message):
            import_labels(blank, tmp_path / "out", "openpcdet")
