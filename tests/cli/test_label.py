"""``avlabel label`` from a drive to a committed scene."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import avlabel
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log


@pytest.fixture(scope="module")
def labelled(pristine_drive, tmp_path_factory):
    root = tmp_path_factory.mktemp("scenes")
    result = label_log(open_log(pristine_drive, "native"), root, PipelineConfig())
    return root, result


def tables(scene_path):
    return {
        path.relative_to(data): path.read_bytes()
        for data in sorted((Path(scene_path) / "data").iterdir())
        for path in sorted(data.rglob("*.parquet"))
    }


def test_commits_a_scene_with_every_table(labelled):
    scene = avlabel.open_scene(labelled[1].scene_path)
    assert scene.frames.frame_idx.tolist() == [0, 1, 2, 3]
    assert len(scene.cuboids()) > 20
    assert len(scene.tracks()) > 5
    assert len(scene.detections()) > 20
    assert len(scene.projections()) > 10
    assert scene.table("cuboids").num_rows == len(scene.cuboids())
    sweep = scene.sweep(2)
    assert sweep.compensated
    assert len(sweep) > 50_000
    assert len(np.unique(sweep.t_offset_ns)) > 100
    assert sweep.intensity.max() > 0
    assert scene.image(1, "front").shape == (600, 960, 3)
    assert scene.verify() > 0


def test_a_second_run_does_nothing_and_a_new_configuration_makes_a_new_commit(
    labelled, pristine_drive
):
    root, first = labelled
    log = open_log(pristine_drive, "native")
    again = label_log(log, root, PipelineConfig())
    assert not again.committed
    assert again.scene_path == first.scene_path
    before = tables(first.scene_path)
    assert tables(first.scene_path) == before


def test_equal_input_gives_equal_bytes(labelled, pristine_drive, tmp_path):
    other = label_log(open_log(pristine_drive, "native"), tmp_path, PipelineConfig())
    assert tables(other.scene_path) == tables(labelled[1].scene_path)


def test_changed_input_is_labelled_again(labelled, drive, tmp_path):
    root = tmp_path / "scenes"
    assert label_log(open_log(drive, "native"), root, PipelineConfig()).committed
    shutil.copy(drive / "lidar/top/000001.parquet", drive / "lidar/top/000002.parquet")
    assert label_log(open_log(drive, "native"), root, PipelineConfig()).committed
    assert len(list((root / "scene_id=simulated-hdl64-0007/_commits").glob("*.json"))) == 2


def test_frames_keep_the_recordings_numbers(avlabel, drive, tmp_path):
    done = avlabel(
        "label", drive, "--format", "native", "--out", tmp_path / "o", "--frames", "1:3",
        "--scene-id", "part",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("scene_id=part")
    facts = json.loads(avlabel("info", tmp_path / "o", "--json").stdout)
    assert facts["frames"] == {"count": 2, "first": 1, "last": 2}


def test_labels_go_back_to_the_recording_exactly(drive, tmp_path):
    """The same drive 500 km east and 4,600 km north gives the same labels, moved."""
    near = label_log(open_log(drive, "native"), tmp_path / "a", PipelineConfig())
    offset = np.array([500_000.0, 4_600_000.0, 100.0])
    for name in ("poses.csv",):
        lines = (drive / name).read_text().splitlines()
        moved = [lines[0]]
        for line in lines[1:]:
            cells = line.split(",")
            cells[1:4] = [
                repr(float(c) + float(o)) for c, o in zip(cells[1:4], offset, strict=True)
            ]
            moved.append(",".join(cells))
        (drive / name).write_text("\n".join(moved) + "\n")
    far = label_log(open_log(drive, "native"), tmp_path / "b", PipelineConfig())
    scenes = [avlabel.open_scene(result.scene_path) for result in (near, far)]
    assert np.allclose(scenes[1].origin_m - scenes[0].origin_m, offset)
    a, b = (scene.cuboids() for scene in scenes)
    assert len(a) == len(b)
    assert np.allclose(a.center, b.center, atol=1e-3)
    assert np.array_equal(a.track_id, b.track_id)


def test_evaluate_info_render_and_config_run_on_it(avlabel, labelled, pristine_drive, tmp_path):
    scene = labelled[1].scene_path
    done = avlabel("evaluate", scene, "--truth", pristine_drive, "--format", "native", "--json")
    summary = json.loads(done.stdout)
    found = summary["classes"]["vehicle"]["all"]["detection"]["center_2m"]
    assert found["recall"] > 0.5
    done = avlabel("render", scene, "--out", tmp_path, "--frames", "0:1", "--no-video")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.rglob("*.jpg"))) >= 2
    text = avlabel("config").stdout
    (tmp_path / "c.toml").write_text(text)
    same = avlabel(
        "label", pristine_drive, "--format", "native", "--out", labelled[0],
        "--config", tmp_path / "c.toml",
    )  # fmt: skip
    assert "up to date" in same.stderr


def test_real_drives_give_boxes_on_the_cars(shared_data, tmp_path):
    """A few real frames each: most near vehicles are found, and moving ones head forwards."""
    from avlabel.evaluation.report import summarise
    from avlabel.evaluation.scene import evaluate_scene

    for path, name, sequence, frames, recall in (
        ("pandaset/002", "pandaset", None, (36, 42), 0.75),
        ("kitti-tracking", "kitti-tracking", "0000", (0, 6), 0.8),
    ):
        log = open_log(shared_data / path, name, sequence=sequence)
        result = label_log(log, tmp_path, PipelineConfig(), first=frames[0], last=frames[1])
        scene = avlabel.open_scene(result.scene_path)
        assert scene.frames.frame_idx.tolist() == list(range(*frames))
        vehicles = summarise(evaluate_scene(scene, log))["classes"]["vehicle"]["all"]
        assert vehicles["detection"]["center_2m"]["recall"] >= recall
        assert len(scene.projections()) > 0


def test_points_file_has_one_row_group_a_sweep(labelled):
    scene = avlabel.open_scene(labelled[1].scene_path)
    generation = next((Path(scene.path) / "data").iterdir())
    assert pq.ParquetFile(generation / "points/top.parquet").num_row_groups == 4
