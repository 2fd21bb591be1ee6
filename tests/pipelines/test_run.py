"""Runs that go well: the same bytes on one core and on many, resuming, redoing, edits kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faulty_proxy import FaultyProxy, never, one_in
from run_watching import commits
from short_drives import shorten

from avlabel.core.configs import read_config
from avlabel.edits.compose import set_box
from avlabel.scenes import object_client
from avlabel.scenes.scene import Scene, open_scene
from avlabel_pipelines.config import BatchConfig
from avlabel_pipelines.jobs import LogRef
from avlabel_pipelines.run import Choices, run_logs

HERE = Choices(synchronous=True, as_json=True)


@pytest.fixture(scope="module")
def logs(sample_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> list[LogRef]:
    folder = tmp_path_factory.mktemp("fleet")
    drives = [shorten(sample_drive, folder / f"d{n}", n, f"d{n}") for n in (2, 5)]
    return [LogRef(str(drive), "native") for drive in drives]


@pytest.fixture(scope="module")
def root(logs: list[LogRef], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes of a plain run, one log after the other."""
    root = tmp_path_factory.mktemp("scenes")
    run = ("run", *(log.uri for log in logs), "--format", "native", "--out", str(root))
    command = [sys.executable, "-m", "avlabel", *run, "--synchronous"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return root


def hashes(root: Path | str, *scene_ids: str) -> dict[tuple[str, str], str]:
    return {
        (scene_id, name): entry.sha256
        for scene_id in scene_ids
        for name, entry in scene(root, scene_id).metadata.files.items()
    }


def scene(root: Path | str, scene_id: str) -> Scene:
    return open_scene(f"{root}/scene_id={scene_id}")


def test_workers_and_parts_make_the_same_bytes(
    logs: list[LogRef], root: Path, avlabel, tmp_path: Path
) -> None:
    config = tmp_path / "parts.toml"
    config.write_text("[run]\nlong_frames = 3\npart_frames = 2\n")
    report = tmp_path / "report.html"
    run = ("run", *(log.uri for log in logs), "--format", "native", "--out", tmp_path / "out")
    ended = avlabel(*run, "--config", config, "--workers", 2, "--report", report)
    assert ended.returncode == 0, ended.stderr
    assert "2 of 2 logs: 2 done" in ended.stderr
    assert "dashboard: http://127.0.0.1:" in ended.stderr
    assert hashes(tmp_path / "out", "d2", "d5") == hashes(root, "d2", "d5")
    assert "<html" in report.read_text()
    assert not (tmp_path / "out" / "_parts").exists()
    record = json.loads(next(tmp_path.glob("out/_runs/*/run.json")).read_text())
    assert record["status"] == "done"
    assert record["counts"] == {"done": 2, "frames": 7}
    assert {"avlabel", "numpy", "dask"} <= record["packages"].keys()
    lines = next(tmp_path.glob("out/_runs/*/outcomes/*.jsonl")).read_text().splitlines()
    assert all(json.loads(line)["stage_ms"]["detect"] > 0 for line in lines)


def test_what_is_done_is_skipped_and_a_dry_run_says_why_not(
    logs: list[LogRef], root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashes(root, "d2", "d5")
    assert run_logs(logs, str(root), BatchConfig(), choices=HERE)["skipped"] == 2
    assert hashes(root, "d2", "d5") == before
    capsys.readouterr()
    other = replace(BatchConfig(), check=replace(BatchConfig().check, max_overlap=0.9))
    dry = replace(HERE, dry_run=True)
    assert run_logs(logs, str(root), other, choices=dry)["done"] == 2
    assert run_logs(logs, str(tmp_path), other, choices=dry)["done"] == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    whys = [line["message"] for line in lines if line["event"] == "outcome"]
    assert whys == ["configuration changed"] * 2 + ["new"] * 2
    assert hashes(root, "d2", "d5") == before
    assert not list(tmp_path.iterdir())


def test_a_touched_recording_is_looked_at_but_not_done_again(
    logs: list[LogRef], root: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(root, tmp_path / "copy"))
    number = commits(root)["d2"]
    Path(logs[0].uri, "lidar", "top", "000000.parquet").touch()
    assert run_logs(logs[:1], str(root), BatchConfig(), choices=HERE)["skipped"] == 1
    assert commits(root)["d2"] == number
    assert run_logs(logs[:1], str(root), BatchConfig(), force=True, choices=HERE)["done"] == 1
    assert commits(root)["d2"] == number + 1


def test_twins_are_refused(logs: list[LogRef], tmp_path: Path) -> None:
    twin = replace(logs[1], scene_id="d2")
    ended = run_logs([logs[0], twin], str(tmp_path), BatchConfig(), choices=HERE)
    assert (ended["done"], ended["failed"]) == (1, 1)
    assert commits(tmp_path) == {"d2": 1}


def test_every_human_box_survives_a_reprocess(logs: list[LogRef], tmp_path: Path) -> None:
    run_logs(logs[1:], str(tmp_path), BatchConfig(), choices=HERE)
    before = scene(tmp_path, "d5")
    seen = before.resolved()
    row = int(np.argmax(seen.cuboids.num_points))
    frame, center = int(seen.cuboids.frame_idx[row]), seen.cuboids.center[row] + [0.3, 0.2, 0.0]
    with before.edit_log("somebody") as log:
        log.append(set_box(seen, row, center=center))
    detect = BatchConfig().detect
    other = replace(BatchConfig(), detect=replace(detect, min_score=detect.min_score + 0.1))
    assert run_logs(logs[1:], str(tmp_path), other, choices=HERE)["done"] == 1
    assert run_logs([], str(tmp_path), other, choices=HERE)["done"] == 0
    redone = [LogRef(before.path, scene_id="d5")]
    refine = replace(other.refine, score=replace(other.refine.score, min_score=0.9))
    later = replace(other, refine=refine)
    assert run_logs(redone, str(tmp_path), later, stages=("refine",), choices=HERE)["done"] == 1
    after = scene(tmp_path, "d5")
    assert after.number == before.number + 2
    assert len(after.tracks()) != len(before.tracks())
    labels = after.labels()
    human = labels.select((labels.source == 2) & (labels.frame_idx == frame))
    assert np.isclose(human.center, center).all(axis=1).any()
    assert len(after.edits().edits) == 1


CONFIGS = Path(__file__).parents[2] / "pipelines" / "configs"


@pytest.mark.parametrize("name", ["laptop", "cluster", "nightly"])
def test_ready_configurations_run(name: str, logs: list[LogRef], tmp_path: Path) -> None:
    config = read_config(BatchConfig, CONFIGS / f"{name}.toml")
    assert run_logs(logs[:1], str(tmp_path), config, choices=HERE)["done"] == 1


@pytest.fixture
def proxy(
    object_server: int, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyProxy]:
    monkeypatch.setattr(object_client, "FIRST_WAIT_S", 0.01)
    object_client.connect.cache_clear()
    with FaultyProxy(object_server) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.url)
        yield between
    object_client.connect.cache_clear()


def test_a_store_that_breaks_one_request_in_ten(
    logs: list[LogRef], root: Path, bucket: str, proxy: FaultyProxy, avlabel, tmp_path: Path
) -> None:
    out = f"s3://{bucket}/scenes"
    proxy.choose = one_in(10, seed=3)
    config = tmp_path / "parts.toml"
    config.write_text("[run]\nlong_frames = 3\npart_frames = 2\n")
    run = ("run", *(log.uri for log in logs), "--format", "native", "--out", out)
    here = {"AWS_ENDPOINT_URL": proxy.url}
    ended = avlabel(*run, "--synchronous", "--config", config, environment=here)
    assert ended.returncode == 0, ended.stderr
    assert proxy.broken
    proxy.choose = never
    assert hashes(out, "d2", "d5") == hashes(root, "d2", "d5")
    assert run_logs(logs, out, BatchConfig(), choices=HERE)["skipped"] == 2
