"""A scene that is not what was committed is refused, by the file's name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scene_samples as samples

import avlabel
from avlabel.errors import SceneCorruptError, SceneVersionError
from avlabel.scenes.schema import read_stamp

Flip = Callable[[Path, int], None]
COMMIT = "_commits/00000001.json"


def file_of(scene: Path, table: str) -> Path:
    return next(scene.glob(f"data/*/{table}.parquet"))


def forge(scene: Path, change: Callable[[dict[str, Any]], None]) -> None:
    facts = json.loads((scene / COMMIT).read_bytes())
    change(facts)
    (scene / COMMIT).write_text(json.dumps(facts))


def test_a_flipped_byte_of_a_small_table(scene_path: Path, flip_byte: Flip) -> None:
    path = file_of(scene_path, "cuboids")
    flip_byte(path, path.stat().st_size // 3)
    scene = avlabel.open_scene(scene_path)
    with pytest.raises(SceneCorruptError, match=r"cuboids\.parquet: differs from its commit"):
        scene.cuboids()
    assert len(scene.tracks()) == 2


@pytest.mark.parametrize("part", ["first sweep", "footer", "length"])
def test_a_flipped_byte_of_the_points(scene_path: Path, flip_byte: Flip, part: str) -> None:
    path = file_of(scene_path, "points/top")
    size = path.stat().st_size
    flip_byte(path, {"first sweep": 600, "footer": size - 700, "length": size - 6}[part])
    scene = avlabel.open_scene(scene_path)
    with pytest.raises(SceneCorruptError, match=r"points/top\.parquet"):
        scene.sweep(7)
    if part == "first sweep":
        assert len(scene.sweep(9)) == 500
    with pytest.raises(SceneCorruptError, match=r"points/top\.parquet"):
        scene.verify()


def test_a_truncated_file(scene_path: Path) -> None:
    path = file_of(scene_path, "points/top")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SceneCorruptError, match=r"bytes; its commit says"):
        avlabel.open_scene(scene_path).sweep(7)


@pytest.mark.parametrize("table", ["cuboids", "points/top"])
def test_an_empty_file(scene_path: Path, table: str) -> None:
    file_of(scene_path, table).write_bytes(b"")
    with pytest.raises(SceneCorruptError, match="0 bytes; its commit says"):
        avlabel.open_scene(scene_path).table(table)


@pytest.mark.parametrize("table", ["cuboids", "points/top"])
def test_a_missing_file(scene_path: Path, table: str) -> None:
    file_of(scene_path, table).unlink()
    with pytest.raises(SceneCorruptError, match="it is gone"):
        avlabel.open_scene(scene_path).table(table)


def test_a_file_of_another_table(scene_path: Path) -> None:
    def swap(facts: dict[str, Any]) -> None:
        facts["files"]["tracks"] = facts["files"]["cuboids"]

    forge(scene_path, swap)
    with pytest.raises(SceneCorruptError, match="expected the table 'tracks', got 'cuboids'"):
        avlabel.open_scene(scene_path).tracks()


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../../secret.parquet", "data/../../x", "edits/a.parquet", "", "data/x/a"],
)
def test_a_path_that_leaves_the_generation(scene_path: Path, path: str) -> None:
    forge(scene_path, lambda facts: facts["files"]["cuboids"].update(path=path))
    with pytest.raises(SceneCorruptError, match=r"00000001\.json: path "):
        avlabel.open_scene(scene_path)


def test_a_generation_that_leaves_the_scene(scene_path: Path) -> None:
    def lead_out(facts: dict[str, Any]) -> None:
        facts["generation"] = "../.."
        for entry in facts["files"].values():
            entry["path"] = "data/../../" + Path(entry["path"]).name

    forge(scene_path, lead_out)
    with pytest.raises(SceneCorruptError, match="leads out of its folder"):
        avlabel.open_scene(scene_path)


@pytest.mark.parametrize("table", ["cuboids", "points/top"])
def test_a_link_that_leaves_the_scene(scene_path: Path, tmp_path: Path, table: str) -> None:
    path = file_of(scene_path, table)
    outside = tmp_path / "outside.parquet"
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(SceneCorruptError, match="leads out of its folder"):
        avlabel.open_scene(scene_path).table(table)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"format": "other"}', b'"avlabel-scene"', b"\xff\xfe"],
)
def test_a_commit_that_is_none(scene_path: Path, content: bytes) -> None:
    (scene_path / COMMIT).write_bytes(content)
    with pytest.raises(SceneCorruptError, match=r"00000001\.json: not a commit"):
        avlabel.open_scene(scene_path)


def test_a_commit_of_a_later_format(scene_path: Path) -> None:
    forge(scene_path, lambda facts: facts.update(format_version="2.0"))
    with pytest.raises(SceneVersionError, match=r"version 2\.0; this avlabel reads 1\.1"):
        avlabel.open_scene(scene_path)


def test_a_minor_version_may_add_to_a_commit(scene_path: Path) -> None:
    def add(facts: dict[str, Any]) -> None:
        facts.update(format_version="1.9", mood="good")
        facts["files"]["cuboids"]["colour"] = "blue"

    forge(scene_path, add)
    assert len(avlabel.open_scene(scene_path).cuboids()) == 5


def test_a_table_of_a_later_format() -> None:
    schema = pa.schema([]).with_metadata({"avlabel": '{"version": "2.0", "table": "cuboids"}'})
    with pytest.raises(SceneVersionError, match=r"here: scene format version 2\.0"):
        read_stamp(schema, "cuboids", "here")


@pytest.mark.parametrize("metadata", [None, {"avlabel": "{"}, {"avlabel": "{}"}, {"avlabel": "1"}])
def test_a_table_without_its_stamp(metadata: dict[str, str] | None) -> None:
    with pytest.raises(SceneCorruptError, match="no readable 'avlabel' metadata"):
        read_stamp(pa.schema([]).with_metadata(metadata), "cuboids", "here")


def test_stamps_say_what_a_file_is(scene_path: Path) -> None:
    stamp = json.loads(pq.read_schema(file_of(scene_path, "points/top")).metadata[b"avlabel"])
    assert stamp["format"] == "avlabel-scene"
    assert stamp["table"] == "points/top"
    assert stamp["scene_id"] == "one"
    assert stamp["frame_of_reference"] == "ego"
    assert stamp["units"]["x_mm"] == "mm"


def test_damage_anywhere_is_noticed_when_all_is_verified(scene_path: Path, flip_byte: Flip) -> None:
    assert avlabel.open_scene(scene_path).verify() == 12
    for path in scene_path.glob("data/**/*.parquet"):
        flip_byte(path, 100)
        with pytest.raises(SceneCorruptError, match=path.name):
            avlabel.open_scene(scene_path).verify()
        flip_byte(path, 100)


def test_another_scene_in_its_place(tmp_path: Path) -> None:
    one = samples.write_sample(tmp_path, "one")
    two = samples.write_sample(tmp_path, "two")
    file_of(one, "cuboids").write_bytes(file_of(two, "cuboids").read_bytes())
    with pytest.raises(SceneCorruptError, match="cuboids"):
        avlabel.open_scene(one).cuboids()
