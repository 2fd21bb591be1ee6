"""``avlabel info``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scene_samples as samples
from click.testing import CliRunner

from avlabel.cli.info import command
from avlabel.core.cuboids import Cuboids
from avlabel.errors import SceneCorruptError


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_it_counts_by_class(scene_path: Path) -> None:
    facts = json.loads(run(str(scene_path), "--json"))
    assert facts["scene_id"] == "one"
    assert facts["frames"] == {"count": 3, "first": 7, "last": 9}
    assert sum(facts["cuboids"].values()) == 5
    assert facts["tracks"] == {"car": 1, "pedestrian": 1}
    assert facts["findings"] == {"sweep-unreadable": 1, "track-short": 1}
    assert facts["points"]["count"] == 1500
    size = next(scene_path.glob("data/*/points/top.parquet")).stat().st_size
    assert facts["points"]["bytes_per_point"] == size / 1500
    assert facts["stage_ms"] == {"detect": 12.5}
    assert facts["verified"] is False


def test_it_reads_well(scene_path: Path) -> None:
    text = run(str(scene_path), "--verify")
    assert "3 frames (numbers 7 to 9)" in text
    assert "2: 1 car, 1 pedestrian" in text
    assert "every file verified" in text
    assert "config-a" in text


def test_a_scene_without_labels(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        samples.write_required(writer, Cuboids.empty("world"))
        writer.commit()
    assert "none" in run(str(tmp_path))


def test_verify_finds_damage(scene_path: Path) -> None:
    path = next(scene_path.glob("data/*/points/top.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(SceneCorruptError, match="top"):
        run(str(scene_path), "--verify")
