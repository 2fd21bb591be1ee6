"""Which labels go out, under which names, and into which folder."""

from __future__ import annotations

import json
from pathlib import Path

import export_samples
import numpy as np
import pytest
from export_samples import STREET, boxes, street_scene, write_scene

from avlabel.core.cameras import DISTORTION_COUNTS, MODELS, camera_model
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3
from avlabel.edits import compose
from avlabel.errors import ExportError, FormatError, ReadError, SceneWriteError
from avlabel.exchange.account import Account
from avlabel.exchange.classes import names_of_leaves
from avlabel.exchange.export import export_scene
from avlabel.exchange.options import ExportOptions
from avlabel.exchange.rectify import rectified, rectify
from avlabel.exchange.registry import export_formats
from avlabel.exchange.selection import select
from avlabel.scenes.scene import Scene

FORMAT = "kitti-tracking"
ALL = {"keep_unseen": True, "images": False, "points": False}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return street_scene(tmp_path / "scenes")


def exported(scene: Scene, out: Path, **wishes):
    return export_scene(scene, FORMAT, out, ExportOptions(**{**ALL, **wishes}))


def reasons(report) -> dict[str, int]:
    return {why: len(rows) for why, rows in report.account.left_out.items()}


def test_the_most_particular_verdict_counts(scene: Scene, tmp_path: Path) -> None:
    seen = scene.resolved()
    with scene.edit_log("ann") as log:
        log.append(
            compose.decide(seen, "reject", 10),
            compose.decide(seen, "accept", 10, 37),
            compose.decide(seen, "accept", frame_idx=38),
            compose.decide(seen, "reject", 11, 38),
        )
    report = exported(scene, tmp_path / "a")
    assert reasons(report) == {"rejected by a person": 3}
    assert report.n_boxes == 9
    report = exported(scene, tmp_path / "b", accepted=True)
    # Box 10 in frame 37, and in frame 38 the tracks that nobody judged: 12 and 13.
    assert report.n_boxes == 3
    assert reasons(report) == {"rejected by a person": 3, "not accepted by a person": 6}
    report = exported(scene, tmp_path / "c", labels="auto")
    assert (report.n_boxes, reasons(report)) == (12, {})


def test_scores_frames_and_classes_choose(scene: Scene, tmp_path: Path) -> None:
    classes = {"vehicle": "", "car": "Auto"}
    report = exported(scene, tmp_path / "a", min_score=0.53, first=37, classes=classes)
    assert reasons(report) == {
        "outside the frames asked for": 4,
        "score below 0.53": 2,
        "class left out": 2,
    }
    assert report.classes == {"Pedestrian": 2, "Cyclist": 2}
    report = exported(scene, tmp_path / "b", classes=classes)
    assert report.classes["Auto"] == 3


def test_merged_classes_are_told(tmp_path: Path) -> None:
    place, size = (0.0, 8.0, 1.0), (2.0, 1.0, 1.5)
    two = [("bicycle", place, 0.0, size), ("motorcycle", (0.0, -8.0, 1.0), 0.0, size)]
    report = exported(write_scene(tmp_path, boxes(two)), tmp_path / "out")
    assert "bicycle, motorcycle are all called 'Cyclist'" in report.account.notes


def test_points_are_counted_where_nobody_did(scene: Scene, tmp_path: Path) -> None:
    assert (scene.labels().num_points == -1).all()
    report = export_scene(scene, FORMAT, tmp_path / "out")
    assert report.account.fields_lost["num_points"]
    names = names_of_leaves(scene.taxonomy, {}, {})
    chosen = select(scene, ExportOptions(), names, Account())
    # Three points in the middle of each box; the car's may hold some of the ground's too.
    assert (chosen.cuboids.num_points >= 3).all()
    assert chosen.cuboids.num_points[chosen.cuboids.track_id == 11].tolist() == [3, 3, 3]


def test_boxes_with_few_points_may_stay_behind(scene: Scene, tmp_path: Path) -> None:
    assert exported(scene, tmp_path / "a", min_points=3).n_boxes == 12
    report = exported(scene, tmp_path / "b", min_points=100)
    assert (report.n_boxes, reasons(report)) == (0, {"fewer than 100 points": 12})
    bare = write_scene(tmp_path, boxes(STREET), media=False)
    report = exported(bare, tmp_path / "c", min_points=100)
    assert report.n_boxes == 12
    assert any("not counted" in note for note in report.account.notes)


def test_a_recording_that_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, boxes(STREET), embed=False)
    with pytest.raises(ReadError, match=r"camera/front/000036.png.*--source"):
        export_scene(scene, FORMAT, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert exported(scene, tmp_path / "out").n_boxes == 12


def test_what_cannot_be_asked_for(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"'kitti-trakking'.*did you mean 'kitti-tracking'"):
        export_scene(scene, "kitti-trakking", tmp_path / "out")
    for wishes, message in (
        ({"classes": {"tank": "Tank"}}, "class 'tank': expected one of car"),
        ({"camera": "fron"}, "no camera 'fron'; did you mean 'front'"),
        ({"classes": {"car": "my car"}}, "class name 'my car': expected one word"),
        ({"classes": {"car": "a\tb"}}, r"class name 'a\\tb': expected printable text"),
        ({"accepted": True, "labels": "auto"}, "expected resolved, got auto"),
        ({"first": 50}, "none of the frames asked for; the scene has 36 to 38"),
    ):
        with pytest.raises(ExportError, match=message):
            exported(scene, tmp_path / "out", **wishes)
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused_and_left_alone(scene: Scene, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    exported(scene, out)
    before = sorted(out.rglob("*"))
    with pytest.raises(ExportError, match="expected a new or an empty folder"):
        exported(scene, out)
    assert sorted(out.rglob("*")) == before
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="expected a folder, got a file"):
        exported(scene, tmp_path / "file")
    with pytest.raises(SceneWriteError, match="cannot be written"):
        exported(scene, tmp_path / "file" / "out")


def test_a_writer_that_fails_leaves_nothing(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("avlabel.exchange.formats.kitti_tracking.write_text", full)
    with pytest.raises(SceneWriteError, match="no space left"):
        exported(scene, tmp_path / "to" / "out")
    assert list((tmp_path / "to").iterdir()) == []


def test_the_report_lists_what_was_left_out(scene: Scene, tmp_path: Path) -> None:
    exported(scene, tmp_path / "out", min_score=0.52)
    told = json.loads((tmp_path / "out" / "export-report.json").read_text())
    (left,) = told["left_out"]
    assert (left["why"], left["count"]) == ("score below 0.52", 3)
    assert [box["frame_idx"] for box in left["boxes"]] == [36, 37, 38]
    assert {box["track_id"] for box in left["boxes"]} == {10}


def test_rectified_pixels_are_where_the_lens_saw_them(scene: Scene) -> None:
    camera = scene.rig.cameras["left"]
    flat = rectified(camera)
    points = np.array([[0.3, 0.2, 1.0], [-0.5, 0.1, 1.0]])
    image = np.zeros((64, 96, 3), np.uint8)
    image[..., 0], image[..., 1] = np.arange(96)[None], np.arange(64)[:, None]
    straight = rectify(image, camera)
    bent, _ = camera.model.project(points)
    level, _ = flat.model.project(points)
    for (u, v), (x, y) in zip(bent, level, strict=True):
        np.testing.assert_allclose(straight[round(y), round(x), :2], [u, v], atol=1.5)
    plain = scene.rig.cameras["front"]
    assert rectified(plain) is plain


def test_without_labels_an_export_is_empty_but_whole(tmp_path: Path) -> None:
    report = exported(write_scene(tmp_path, boxes([])), tmp_path / "out")
    assert (report.n_boxes, report.n_tracks, report.classes) == (0, 0, {})


@pytest.mark.parametrize("format_name", export_formats())
def test_a_scene_without_sensors_goes_out_or_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    monkeypatch.setattr(export_samples, "rig", lambda: Rig({}, {}))
    scene = write_scene(tmp_path, boxes(STREET), media=False)
    if format_name in {"coco", "kitti-object", "kitti-tracking"}:
        with pytest.raises(ExportError, match="the format needs a camera; the scene has none"):
            export_scene(scene, format_name, tmp_path / "out")
    else:
        report = export_scene(scene, format_name, tmp_path / "out")
        assert report.n_boxes == 12


@pytest.mark.parametrize("name", MODELS)
def test_every_lens_can_be_rectified(name: str) -> None:
    """Near the axis a rectified image is the original; off it, straight."""
    focal = np.array([60.0, 60.0, 48.0, 32.0])
    bent = [-0.02, 0.001, 0.0, 0.0] if name == "fisheye" else [0.0] * min(DISTORTION_COUNTS[name])
    bent = [0.1, -0.2, 0.0, 0.0, 0.3] if name == "mei" else bent
    model = camera_model(name, 96, 64, focal, np.array(bent))
    camera = Camera("round", SE3.identity(), model)
    flat = rectified(camera).model
    assert (flat.name, flat.width_px, flat.height_px) == ("pinhole", 96, 64)
    rays = np.array([[0.0, 0.0, 1.0], [0.02, -0.01, 1.0]])
    np.testing.assert_allclose(flat.project(rays)[0], model.project(rays)[0], atol=0.02)
    image = np.zeros((64, 96, 3), np.uint8)
    image[..., 0], image[..., 1] = np.arange(96)[None], np.arange(64)[:, None]
    away = np.array([[0.3, 0.2, 1.0]])
    (u, v), (x, y) = model.project(away)[0][0], flat.project(away)[0][0]
    seen = rectify(image, camera)[round(y), round(x)]
    np.testing.assert_allclose(seen[:2], [u, v], atol=1.5)
