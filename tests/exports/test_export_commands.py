"""``avlabel export`` and ``avlabel import-labels``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

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
