"""A scene is published whole, once, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scene_samples as samples

import avlabel
from avlabel.errors import ConfigError, SceneNotFoundError, SceneWriteError
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.publish import is_current


def commits(scene: Path) -> list[str]:
    return sorted(path.name for path in (scene / "_commits").iterdir())


def generations(scene: Path) -> list[str]:
    return sorted(path.name for path in (scene / "data").iterdir())


def tables(scene: Path) -> dict[str, bytes]:
    (folder,) = (scene / "data").iterdir()
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.parquet")}


@pytest.mark.parametrize("config", [StoreConfig(), StoreConfig(True, True)])
def test_equal_input_gives_equal_bytes(tmp_path: Path, config: StoreConfig) -> None:
    first = tables(samples.write_sample(tmp_path / "a", config=config))
    second = tables(samples.write_sample(tmp_path / "b", config=config))
    assert len(first) == 12
    assert first == second


def test_commit_names_every_file_and_nothing_else(scene_path: Path) -> None:
    commit = json.loads((scene_path / "_commits/00000001.json").read_bytes())
    named = {entry["path"] for entry in commit["files"].values()}
    found = {p.relative_to(scene_path).as_posix() for p in scene_path.glob("data/**/*.parquet")}
    assert named == found
    assert commit["input_hash"] == "input-a"
    assert commits(scene_path) == ["00000001.json"]


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def label() -> None:
        with samples.open_writer(tmp_path) as writer:
            samples.write_everything(writer)
            raise RuntimeError("detector")

    with pytest.raises(RuntimeError, match="detector"):
        label()
    assert not any(tmp_path.iterdir())
    with pytest.raises(SceneNotFoundError):
        avlabel.open_scene(tmp_path / "scene_id=one")


def test_a_failure_leaves_another_writers_work_alone(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as other:
        with samples.open_writer(tmp_path) as failing:
            samples.write_everything(failing)
        samples.write_everything(other)
        other.commit()
    assert len(commits(tmp_path / "scene_id=one")) == 1


def test_leaving_without_commit_leaves_nothing(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        samples.write_everything(writer)
    assert not any(tmp_path.iterdir())


def test_an_exception_after_the_commit_keeps_it(tmp_path: Path) -> None:
    def label() -> None:
        with samples.open_writer(tmp_path) as writer:
            samples.write_everything(writer)
            writer.commit()
            raise RuntimeError("report")

    with pytest.raises(RuntimeError, match="report"):
        label()
    assert avlabel.open_scene(tmp_path).verify() == 12


def test_commit_needs_the_tables_a_pipeline_makes(tmp_path: Path) -> None:
    with (
        samples.open_writer(tmp_path) as writer,
        pytest.raises(SceneWriteError, match="commit without sensors, ego_poses, frames, cuboids"),
    ):
        writer.commit()


def test_a_table_cannot_be_written_twice(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        writer.write_cuboids(samples.sample_cuboids())
        with pytest.raises(SceneWriteError, match="'cuboids' written twice"):
            writer.write_cuboids(samples.sample_cuboids())


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", ".hidden", "x" * 200, "ä"])
def test_ids_that_cannot_name_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="scene id"):
        samples.open_writer(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_rerun_is_known_to_be_current(tmp_path: Path) -> None:
    def current(input_hash: str = "input-a", version: str = avlabel.__version__) -> bool:
        return is_current(tmp_path, "one", input_hash, "config-a", version)

    assert not current()
    scene = samples.write_sample(tmp_path)
    assert current()
    assert not current(input_hash="input-b")
    assert not current(version="0.0.1")
    assert not is_current(tmp_path, "one", "input-a", "config-b")
    assert not is_current(tmp_path, "two", "input-a", "config-a")
    next(scene.glob("data/*/cuboids.parquet")).unlink()
    assert not current()


def test_a_damaged_commit_is_not_current_so_that_a_rerun_mends_it(tmp_path: Path) -> None:
    scene = samples.write_sample(tmp_path)
    (scene / "_commits/00000001.json").write_bytes(b"{")
    assert not is_current(tmp_path, "one", "input-a", "config-a")
    samples.write_sample(tmp_path)
    assert avlabel.open_scene(scene).verify() == 12


def test_the_newest_commit_is_the_scene(tmp_path: Path) -> None:
    scene = samples.write_sample(tmp_path)
    opened = avlabel.open_scene(scene)
    samples.write_sample(tmp_path, config_hash="config-b")
    assert commits(scene) == ["00000001.json", "00000002.json"]
    assert avlabel.open_scene(scene).metadata.config_hash == "config-b"
    # Who opened the older commit goes on reading it.
    assert opened.metadata.config_hash == "config-a"
    assert opened.verify() == 12
