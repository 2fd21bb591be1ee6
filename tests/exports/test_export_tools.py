"""OpenLABEL, SUSTechPOINTS and Scale: out to labeling tools and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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

from avlabel.edits import compose
from avlabel.errors import ReadError
from avlabel.exchange.export import export_scene
from avlabel.exchange.importing import import_labels
from avlabel.exchange.options import ExportOptions
from avlabel.scenes.scene import Scene

LABELS_ONLY = ExportOptions(points=False, images=False)
TILT_RAD = 0.05
"""What is level for the vehicle on its slope is not in the world."""
FORMATS = {"openlabel": 0.0, "sustechpoints": 0.0, "scale": TILT_RAD}


@FEW
@given(objects=streets())
@pytest.mark.parametrize("format_name", FORMATS)
def test_any_street_comes_back(
    tmp_path_factory: pytest.TempPathFactory, format_name: str, objects
) -> None:
    root = tmp_path_factory.mktemp("any")
    scene = write_scene(root, boxes(objects), media=False)
    blank = write_scene(root, boxes([]), media=False)
    went, came, labels = round_trip(scene, blank, format_name, root / "out")
    assert went.account.n_left_out == came.account.n_left_out == 0
    tilt_rad = FORMATS[format_name]
    assert_same_boxes(labels, scene.labels(), m=1e-6, rad=1e-6, tilt_rad=tilt_rad)
    assert_same_tracks(labels, scene.labels())


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_into_its_own_scene_changes_nothing(
    street: Scene, tmp_path: Path, format_name: str
) -> None:
    export_scene(street, format_name, tmp_path / "out", LABELS_ONLY)
    report = import_labels(street, tmp_path / "out", format_name, dry_run=True)
    assert (report.merged.n_same, report.merged.drafts) == (12, ())


def test_openlabel_keeps_everything(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, boxes([("car", (12.0, 1.0, 0.8), 0.1, (4.4, 1.9, 1.6))]))
    seen = scene.resolved()
    with scene.edit_log("ann") as log:
        log.append(compose.set_attributes(seen, 10, {"taxi": True, "doors": 4, "note": "blue"}))
    report = export_scene(scene, "openlabel", tmp_path / "out", LABELS_ONLY)
    assert not report.account.fields_lost
    root = json.loads((tmp_path / "out" / "labels.json").read_text())["openlabel"]
    assert root["objects"]["10"]["frame_intervals"] == [{"frame_start": 36, "frame_end": 38}]
    data = root["frames"]["36"]["objects"]["10"]["object_data"]
    assert data["boolean"] == [{"name": "taxi", "val": True}]
    assert data["num"] == [{"name": "doors", "val": 4}]
    (cuboid,) = data["cuboid"]
    expected = [12.0, 1.0, 0.8, 0, 0, np.sin(0.05), np.cos(0.05), 4.4, 1.9, 1.6]
    np.testing.assert_allclose(cuboid["val"], expected, atol=1e-6)
    (rectangle,) = data["bbox"]
    assert rectangle["coordinate_system"] == "front"
    moved = root["frames"]["36"]["frame_properties"]["transforms"]
    translation = moved["vehicle-iso8855_to_world"]["transform_src_to_dst"]["translation"]
    np.testing.assert_allclose(
        translation, scene.frames.world_from_ego.translation[0] + scene.origin_m
    )


def test_openlabel_follows_its_schema(street: Scene, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    vcd = pytest.importorskip("vcd.schema", reason="vcd, which holds the schema, is not installed")
    export_scene(street, "openlabel", tmp_path / "out", LABELS_ONLY)
    content = json.loads((tmp_path / "out" / "labels.json").read_text())
    jsonschema.validate(content, vcd.openlabel_schema)


def openlabel(change: Callable[[dict[str, Any]], object]) -> str:
    """One cuboid in the frame of a LiDAR on the vehicle, 2 m ahead of its origin, facing left."""
    turned = [0.0, 0.0, np.sin(np.pi / 4), np.cos(np.pi / 4)]
    root: dict[str, Any] = {
        "metadata": {"schema_version": "1.0.0"},
        "coordinate_systems": {
            "odom": {"type": "scene_cs", "parent": ""},
            "car": {"type": "local_cs", "parent": "odom"},
            "LIDAR": {
                "type": "sensor_cs",
                "parent": "car",
                "pose_wrt_parent": {"quaternion": turned, "translation": [2.0, 0.0, 1.0]},
            },
        },
        "objects": {"7": {"name": "a car", "type": "car"}},
        "frames": {
            "37": {
                "objects": {
                    "7": {
                        "object_data": {
                            "cuboid": [
                                {
                                    "name": "shape",
                                    "coordinate_system": "LIDAR",
                                    "val": [5.0, 0, 0, 0, 0, 0, 1, 4.0, 2.0, 1.5],
                                }
                            ]
                        }
                    }
                }
            }
        },
    }
    change(root)
    return json.dumps({"openlabel": root})


def cuboid_of(root: dict[str, Any]) -> dict[str, Any]:
    return root["frames"]["37"]["objects"]["7"]["object_data"]["cuboid"][0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (dict.copy, [2, 5, 1, 4, 2, 1.5, np.pi / 2]),
        (
            lambda root: cuboid_of(root).update(val=[5, 0, 0, 0, 0, np.pi / 2, 4, 2, 1.5]),
            [2, 5, 1, 4, 2, 1.5, -np.pi],
        ),
        (lambda root: cuboid_of(root).pop("coordinate_system"), [5, 0, 0, 4, 2, 1.5, 0]),
        (
            lambda root: root["coordinate_systems"]["LIDAR"].update(
                pose_wrt_parent=[1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
            ),
            [7, 0, 0, 4, 2, 1.5, 0],
        ),
    ],
    ids=["quaternion", "euler", "vehicle", "matrix"],
)
def test_openlabel_of_others(
    blank: Scene, tmp_path: Path, change: Callable[[dict[str, Any]], object], expected: list[float]
) -> None:
    file = tmp_path / "theirs.json"
    file.write_text(openlabel(change))
    import_labels(blank, file, "openlabel")
    ego = blank.labels().moved(blank.frames.world_from_ego[1].inverse(), "ego")
    got = ego.boxes[0]
    got[6] = (got[6] - expected[6] + np.pi) % (2 * np.pi) - np.pi + expected[6]
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_openlabel_in_the_world(blank: Scene, tmp_path: Path) -> None:
    file = tmp_path / "theirs.json"
    place = [500_003.0, 4_000_004.0, 13.0]

    def in_world(root: dict[str, Any]) -> None:
        cuboid_of(root).update(coordinate_system="odom", val=[*place, 0, 0, 0, 1, 4, 2, 1.5])

    file.write_text(openlabel(in_world))
    import_labels(blank, file, "openlabel")
    np.testing.assert_allclose(blank.labels().center, [[3.0, 4.0, 1.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["metadata"].update(schema_version="2.0"), "expected schema version 1.x"),
        (lambda r: cuboid_of(r).update(coordinate_system="CAM"), "'CAM' is not declared"),
        (lambda r: cuboid_of(r)["val"].append(1), r"val: expected 10 numbers"),
        (lambda r: r["objects"].pop("7"), "object '7' is not in 'objects'"),
        (lambda r: r["objects"]["7"].update(type="ufo"), "class 'ufo': expected one of"),
        (lambda r: r["coordinate_systems"]["LIDAR"].update(parent="LIDAR"), "has no root"),
        (lambda r: cuboid_of(r).update(val=[5, 0, 0, 0, 0, 0, 0, 4, 2, 1]), "unit length"),
        (lambda r: r.update(frames={"x": r["frames"]["37"]}), "expected a frame number, got 'x'"),
    ],
)
def test_what_is_wrong_in_openlabel_is_named(
    blank: Scene, tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    file = tmp_path / "theirs.json"
    file.write_text(openlabel(change))
    with pytest.raises(ReadError, match=message):
        import_labels(blank, file, "openlabel")


def test_sustechpoints_opens_the_folder(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "sustechpoints", tmp_path / "out")
    root = tmp_path / "out" / street.scene_id
    pcd = (root / "lidar" / "000036.pcd").read_bytes()
    header, _, points = pcd.partition(b"DATA binary\n")
    assert f"POINTS {len(street.sweep(36))}".encode() in header
    read = np.frombuffer(points, "<f4").reshape(-1, 4)
    np.testing.assert_allclose(read[:, :3], street.sweep(36).points_ego, atol=1e-5)
    labels = json.loads((root / "label" / "000036.json").read_text())
    car = next(one for one in labels if one["obj_id"] == "10")
    assert car["obj_type"] == "Car"
    np.testing.assert_allclose(list(car["psr"]["position"].values()), [12.0, 1.0, 0.8], atol=1e-6)
    np.testing.assert_allclose(list(car["psr"]["scale"].values()), [4.4, 1.9, 1.6], atol=1e-6)
    calib = json.loads((root / "calib" / "camera" / "front.json").read_text())
    pixel = np.array(calib["intrinsic"]).reshape(3, 3) @ (
        np.array(calib["extrinsic"]).reshape(4, 4)[:3] @ [11.5, 0.1, 1.6, 1.0]
    )
    np.testing.assert_allclose(pixel[:2] / pixel[2], [47.0, 31.0], atol=1e-6)
    assert (root / "camera" / "left" / "000038.jpg").is_file()


def test_early_sustechpoints_boxes_are_noticed(blank: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "label"
    folder.mkdir()
    psr = {
        "position": {"x": 5, "y": 0, "z": 1},
        "scale": {"x": 1.7, "y": 4.5, "z": 1.5},
        "rotation": {"x": 0, "y": 0, "z": 0},
    }
    (folder / "000036.json").write_text(json.dumps([{"psr": psr, "obj_type": "Car", "obj_id": 4}]))
    report = import_labels(blank, tmp_path, "sustechpoints")
    assert any("length along y" in note for note in report.account.notes)
    (folder / "000037.json").write_text(json.dumps({"objs": [{"obj_type": "Car"}]}))
    with pytest.raises(ReadError, match=r"000037.json: objs\[0\]: expected a field 'psr'"):
        import_labels(blank, tmp_path, "sustechpoints")


def test_scale_yaw_counts_from_y(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "scale", tmp_path / "out")
    frames = json.loads((tmp_path / "out" / "cuboids.json").read_text())
    assert [len(frame["cuboids"]) for frame in frames] == [4, 4, 4]
    labels = street.labels()
    car = next(one for one in frames[0]["cuboids"] if one["label"] == "car")
    mine = labels.select(labels.track_id == 10)
    np.testing.assert_allclose(car["yaw"] + np.pi / 2, mine.yaw[0], atol=1e-9)
    np.testing.assert_allclose(list(car["dimensions"].values()), [1.9, 4.4, 1.6], atol=1e-6)
    assert (car["numberOfPoints"], car["stationary"]) == (3, False)
    frame = json.loads((tmp_path / "out" / "frames" / "000036.json").read_text())
    assert len(frame["points"]) == len(street.sweep(36))
    front, left = frame["images"]
    assert (tmp_path / "out" / left["image_url"]).is_file()
    heading = front["heading"]
    assert set(heading) == set("wxyz")


def test_scale_without_our_drive_is_in_the_recordings_world(
    street: Scene, blank: Scene, tmp_path: Path
) -> None:
    export_scene(street, "scale", tmp_path / "out", LABELS_ONLY)
    (tmp_path / "out" / "drive.json").unlink()
    file = tmp_path / "out" / "cuboids.json"
    frames = json.loads(file.read_text())
    for frame in frames:
        for cuboid in frame["cuboids"]:
            for axis, by in zip("xyz", street.origin_m.tolist(), strict=True):
                cuboid["position"][axis] += by
    file.write_text(json.dumps(frames))
    import_labels(blank, file, "scale")
    assert_same_boxes(blank.labels(), street.labels(), m=1e-6, rad=1e-6, tilt_rad=TILT_RAD)
    file.write_text(json.dumps(frames[:2]))
    with pytest.raises(ReadError, match="expected 3 frames, got 2"):
        import_labels(blank, file, "scale")
