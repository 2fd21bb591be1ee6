"""``avlabel export`` and ``avlabel import-labels``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from export_samples import STREET, boxes, write_scene

from avlabel.cli.export import command as export
from avlabel.cli.import_labels import command as import_labels
from avlabel.scenes.scene import Scene


def run(command, *words: object):
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


def test_out_and_back(street: Scene, blank: Scene, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(export, street.path, "--format", "kitti-tracking", "--out", out, "--no-images")
    assert done.exit_code == 0
    assert done.stdout.strip() == str(out)
    assert "6 boxes of 2 objects in 3 frames" in done.stderr
    assert "behind camera 'front'" in done.stderr
    assert not (out / "training" / "image_02").exists()
    done = run(import_labels, out, "--format", "kitti-tracking", "--scene", blank.path)
    assert done.exit_code == 0
    assert "6 boxes read, by import:kitti-tracking" in done.stderr
    assert len(blank.labels()) == 6


def test_json(street: Scene, blank: Scene, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = "--format", "kitti-object", "--out", out, "--keep-unseen", "--json", "--no-points"
    told = json.loads(run(export, street.path, *words).stdout)
    assert told == json.loads((out / "export-report.json").read_text())
    words = "--format", "kitti-object", "--scene", blank.path, "--json", "--dry-run"
    told = json.loads(run(import_labels, out, *words).stdout)
    assert (told["n_boxes"], told["n_set"], told["author"]) == (12, 12, "import:kitti-object")
    assert not blank.edits().edits


@pytest.mark.parametrize("pair", ["car", "=Auto"])
def test_a_class_without_a_name_is_refused(street: Scene, tmp_path: Path, pair: str) -> None:
    words = "--format", "kitti-object", "--out", tmp_path / "out", "--class", pair
    done = run(export, street.path, *words)
    assert done.exit_code == 2
    assert "expected A=B" in done.stderr


def test_several_scenes_go_to_folders_of_their_own(
    street: Scene, blank: Scene, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run(export, street.path, blank.path, "--format", "csv", "--out", out)
    assert done.exit_code == 0
    assert sorted(folder.name for folder in out.iterdir()) == sorted(
        [street.scene_id, blank.scene_id]
    )
    assert f"{blank.scene_id}: 0 boxes" in done.stderr


def test_an_import_can_be_taken_back(street: Scene, blank: Scene, tmp_path: Path) -> None:
    run(export, street.path, "--format", "csv", "--out", tmp_path / "out", "--no-points")
    words = "--format", "csv", "--scene", blank.path
    assert run(import_labels, tmp_path / "out", *words).exit_code == 0
    assert len(blank.labels()) == 12
    done = run(import_labels, "--undo", *words)
    assert "edits by import:csv taken back" in done.stdout
    assert len(blank.labels()) == 0
    assert run(import_labels, "--undo", *words).stdout.startswith("0 edits")
    assert run(import_labels, *words).exit_code == 2
    assert run(import_labels, tmp_path, "--undo", *words).exit_code == 2


def test_scenes_in_buckets_go_out_and_take_labels_in(bucket: str, tmp_path: Path) -> None:
    scene = write_scene(f"s3://{bucket}/scenes", boxes(STREET[:1]))
    blank = write_scene(f"s3://{bucket}/scenes", boxes([]), media=False)
    done = run(export, scene.path, "--format", "kitti-object", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert (tmp_path / "out/training/image_2/000036.png").is_file()
    words = "--format", "kitti-object", "--scene", blank.path
    assert run(import_labels, tmp_path / "out", *words).exit_code == 0
    assert len(blank.labels()) == 3
