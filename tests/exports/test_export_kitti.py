"""KITTI object and tracking: out, back, and read by others."""

from __future__ import annotations

import json
from pathlib import Path

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

from avlabel.exchange.export import export_scene
from avlabel.exchange.importing import import_labels
from avlabel.exchange.options import ExportOptions, ImportOptions
from avlabel.readers.registry import open_log
from avlabel.scenes.scene import Scene

FORMATS = ("kitti-object", "kitti-tracking")
ALL_AROUND = ExportOptions(keep_unseen=True, images=False)
TILT_RAD = 0.01
"""The vehicle turns on a slope: what is level in one of its frames is not quite so in the next."""
NAMED = ("car", "van", "truck", "bus", "bicycle", "pedestrian")


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_the_camera_does_not_see_is_left_out_and_listed(
    street: Scene, tmp_path: Path, format_name: str
) -> None:
    report = export_scene(street, format_name, tmp_path / "out")
    why = {reason: len(rows) for reason, rows in report.account.left_out.items()}
    assert why == {"behind camera 'front'": 3, "outside the image of camera 'front'": 3}
    assert report.n_boxes == 6
    told = json.loads((tmp_path / "out" / "export-report.json").read_text())
    left = {box["track_id"] for entry in told["left_out"] for box in entry["boxes"]}
    assert left == {12, 13}
    assert set(told["fields_lost"]) >= {"velocity", "score", "source"}


def test_a_label_line_is_as_the_benchmark_has_it(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, boxes([("car", (11.5, 0.1, 0.8), 0.0, (4.0, 2.0, 1.6))]))
    export_scene(scene, "kitti-object", tmp_path / "out")
    line = (tmp_path / "out/training/label_2/000036.txt").read_text().split()
    assert line[0] == "Car"
    numbers = np.array(line[1:], float)
    # Camera at (1.5, 0.1, 1.6): 10 m ahead; the bottom lies 1.6 m below it; facing away is -pi/2.
    assert numbers[7:10].tolist() == [1.6, 2.0, 4.0]
    np.testing.assert_allclose(numbers[10:], [0.0, 1.6, 10.0, -np.pi / 2], atol=2e-4)
    np.testing.assert_allclose(numbers[2], -np.pi / 2, atol=2e-4)
    # The rear face, 8 m ahead, is the nearest: f * 1 / 8 to either side of the middle, when the
    # rows of the rolling shutter were exposed, with 3 m/s against the ego vehicle's 10.
    np.testing.assert_allclose(numbers[[3, 5]], [47 - 7.5, 47 + 7.5], atol=0.6)
    assert numbers[0] == 0.0


@pytest.mark.parametrize("format_name", FORMATS)
def test_labels_come_back(street: Scene, blank: Scene, tmp_path: Path, format_name: str) -> None:
    went, came, labels = round_trip(street, blank, format_name, tmp_path / "out", export=ALL_AROUND)
    assert went.account.n_left_out == came.account.n_left_out == 0
    assert_same_boxes(labels, street.labels(), m=2e-4, rad=1e-3, tilt_rad=TILT_RAD)


@FEW
@given(objects=streets(NAMED))
@pytest.mark.parametrize("format_name", FORMATS)
def test_any_street_comes_back(
    tmp_path_factory: pytest.TempPathFactory, format_name: str, objects
) -> None:
    root = tmp_path_factory.mktemp("any")
    scene = write_scene(root, boxes(objects), media=False)
    blank = write_scene(root, boxes([]), media=False)
    _, _, labels = round_trip(scene, blank, format_name, root / "out", export=ALL_AROUND)
    assert_same_boxes(labels, scene.labels(), m=2e-4, rad=1e-3, tilt_rad=TILT_RAD)
    if format_name == "kitti-tracking":
        assert_same_tracks(labels, scene.labels())


@pytest.mark.parametrize("format_name", FORMATS)
def test_our_own_reader_opens_it(street: Scene, tmp_path: Path, format_name: str) -> None:
    export_scene(street, format_name, tmp_path / "out")
    log = open_log(tmp_path / "out", format_name)
    assert log.sweeps.frame_idx.tolist() == [36, 37, 38]
    sweep = street.sweep(36)
    points = log.read_sweep(0).points_ego
    np.testing.assert_allclose(points, sweep.points_ego, atol=1e-5)
    truth = log.read_truth()
    assert truth is not None
    assert len(truth.cuboids) == 6


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_into_its_own_scene_changes_nothing(
    street: Scene, tmp_path: Path, format_name: str
) -> None:
    export_scene(street, format_name, tmp_path / "out", ALL_AROUND)
    report = import_labels(street, tmp_path / "out", format_name, dry_run=True)
    assert (report.merged.n_same, report.merged.n_set) == (12, 0)
    assert not report.merged.drafts


def test_the_trackeval_loader_reads_the_labels(street: Scene, tmp_path: Path) -> None:
    kitti = pytest.importorskip("trackeval.datasets.kitti_2d_box")
    export_scene(street, "kitti-tracking", tmp_path / "out", ALL_AROUND)
    root = tmp_path / "out" / "training"
    tracker = root / "tracks" / "mine" / "data"
    tracker.mkdir(parents=True)
    (tracker / "0000.txt").write_text("")
    dataset = kitti.Kitti2DBox(
        {
            "GT_FOLDER": str(root),
            "TRACKERS_FOLDER": str(root / "tracks"),
            "SPLIT_TO_EVAL": "training",
            "PRINT_CONFIG": False,
        }
    )
    raw = dataset.get_raw_seq_data("mine", "0000")
    assert raw["num_timesteps"] == 39
    assert [len(ids) for ids in raw["gt_ids"][36:]] == [4, 4, 4]


def test_a_sequence_must_be_chosen_and_be_there(
    street: Scene, blank: Scene, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export_scene(street, "kitti-tracking", out, ALL_AROUND)
    labels = out / "training" / "label_02"
    (labels / "0001.txt").write_text("")
    with pytest.raises(Exception, match=r"choose a sequence with --sequence; there are 0000, 0001"):
        import_labels(blank, out, "kitti-tracking")
    report = import_labels(blank, out, "kitti-tracking", ImportOptions(sequence="0000"))
    assert report.n_boxes == 12
