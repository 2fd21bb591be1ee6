"""The same scene, whichever way it came about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from short_drives import shorten

from avlabel.errors import ConfigError
from avlabel.pipeline import PipelineConfig, label, label_log
from avlabel.pipeline.parts import join_parts, label_part, parts_root
from avlabel.pipeline.redo import redo
from avlabel.pipeline.stamp import input_stamp
from avlabel.readers.registry import open_log
from avlabel.scenes.scene import Scene, open_scene

FRAMES = 5
LATER = {"cuboids", "tracks", "projections", "findings", "scene"}
CONFIG = PipelineConfig()


@pytest.fixture(scope="module")
def drive(sample_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    drive = shorten(sample_drive, tmp_path_factory.mktemp("parts") / "drive", FRAMES)
    # A frame that is skipped leaves a finding, and a part with fewer frames than its stretch.
    (drive / "lidar" / "top" / "000003.parquet").write_bytes(b"garbage")
    (drive / "camera" / "front" / "000001.jpg").unlink()
    return drive


@pytest.fixture(scope="module")
def root(drive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    assert label_log(open_log(drive, "native"), root, CONFIG).committed
    return root


def files(scene: Scene) -> dict[str, str]:
    return {name: entry.sha256 for name, entry in scene.metadata.files.items()}


def test_parts_join_to_the_same_bytes(drive: Path, root: Path, tmp_path: Path) -> None:
    log, parts = open_log(drive, "native"), parts_root(tmp_path, "d", "k" * 64)
    for part in (2, 0, 1):
        label_part(log, parts, CONFIG, part=part, n_parts=3, key="k" * 64)
    result = join_parts(log, tmp_path, parts, CONFIG, n_parts=3)
    assert result.committed
    assert files(open_scene(result.scene_path)) == files(open_scene(root))
    assert {path.name for path in tmp_path.iterdir()} == {Path(result.scene_path).name}
    assert result.stage_ms["detect"] > 0


def test_a_part_is_not_done_twice(drive: Path, tmp_path: Path) -> None:
    log, parts = open_log(drive, "native"), parts_root(tmp_path, "d", "k" * 64)
    for _ in range(2):
        label_part(log, parts, CONFIG, part=0, n_parts=3, key="k" * 64)
    assert len(list(Path(parts).glob("*/_commits/*.json"))) == 1


def test_later_stages_again_are_the_same_bytes_and_no_points_move(root: Path) -> None:
    before = open_scene(root)
    points = Path(before.path, before.metadata.files["points/top"].path)
    result = redo(before, root, CONFIG, ["track", "refine", "project"], force=True)
    after = open_scene(root)
    assert result.committed
    assert after.metadata.generation != before.metadata.generation
    assert files(after) == files(before)
    assert Path(after.path, after.metadata.files["points/top"].path).samefile(points)


def test_sweeps_tell_what_hides_most_of_each_box(root: Path) -> None:
    known = open_scene(root).projections().occlusion_known
    assert len(known) > 20
    assert np.mean(known) > 0.8


def test_only_the_named_stages_take_new_settings(root: Path) -> None:
    before = open_scene(root)
    changed = replace(
        CONFIG,
        project=replace(CONFIG.project, occlusion=False),
        detect=replace(CONFIG.detect, sample_points=3),
        refine=replace(CONFIG.refine, score=replace(CONFIG.refine.score, min_score=0.95)),
    )
    redo(before, root, changed, ["project"])
    after = open_scene(root)
    differ = {name for name, sha256 in files(after).items() if sha256 != files(before)[name]}
    assert differ == {"scene", "projections"}
    assert not redo(after, root, changed, ["project"]).committed
    assert redo(after, root, changed, ["refine"]).committed
    assert len(open_scene(root).tracks()) < len(before.tracks())


def test_a_stage_that_needs_points_is_refused(root: Path) -> None:
    with pytest.raises(ConfigError, match="stage 'detect': expected some of track, refine"):
        redo(open_scene(root), root, CONFIG, ["detect"])


def test_a_stamp_tells_names_sizes_and_times(drive: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    file = tmp_path / "a" / "b"
    file.write_bytes(b"1")
    first = input_stamp(tmp_path, "native")
    assert input_stamp(tmp_path, "native") == first
    assert input_stamp(tmp_path, "kitti") != first
    file.write_bytes(b"12")
    assert input_stamp(tmp_path, "native") != first
    assert input_stamp(file) != input_stamp(tmp_path)


def test_parts_and_redone_stages_in_a_bucket(drive: Path, root: Path, bucket: str) -> None:
    uri, log = f"s3://{bucket}/scenes", open_log(drive, "native")
    parts = parts_root(uri, "d", "k" * 64)
    for part in range(2):
        label_part(log, parts, CONFIG, part=part, n_parts=2, key="k" * 64)
    result = join_parts(log, uri, parts, CONFIG, n_parts=2, input_stamp=input_stamp(drive))
    first = open_scene(result.scene_path)
    redo(first, uri, CONFIG, ["track"], force=True)
    second = open_scene(uri)
    assert second.metadata.generation != first.metadata.generation
    assert files(second) == files(first)
    assert second.metadata.input_stamp == input_stamp(drive)
    assert second.verify() == len(first.metadata.files)
    assert input_stamp(f"{uri}/{Path(first.path).name}") != input_stamp(uri)


def test_who_commits_the_same_meanwhile_is_not_doubled(
    drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, run_gates = open_log(drive, "native"), label.run_gates
    others: list[str] = []

    def gates_while_another_run_commits(*arguments: Any) -> Any:
        if not others:
            others.append("at work")
            others.append(label_log(log, tmp_path, CONFIG).scene_path)
        return run_gates(*arguments)

    monkeypatch.setattr(label, "run_gates", gates_while_another_run_commits)
    mine = label_log(log, tmp_path, CONFIG)
    assert others[1] == mine.scene_path
    assert len(list(Path(mine.scene_path).glob("_commits/*.json"))) == 1
    assert len(list(Path(mine.scene_path).glob("data/*"))) == 1
