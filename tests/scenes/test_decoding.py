"""What readers do with columns they do not know, and with text that a dictionary repeats."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scene_samples as samples
from hostile_scenes import file_of, forge, rewrite, sign

import avlabel
from avlabel.core.findings import Finding
from avlabel.errors import SceneCorruptError
from avlabel.scenes import decoding

LONG, SHORT = "x" * 10_000, "short"


@pytest.fixture
def repetitive(tmp_path: Path) -> Path:
    """A scene with findings that repeat a short message and have a long one once."""
    messages = [LONG, *[SHORT] * 2000]
    with samples.open_writer(tmp_path) as writer:
        samples.write_required(writer)
        writer.write_findings([Finding("rule", "info", text) for text in messages])
        writer.commit()
    return tmp_path / "scene_id=one"


def test_columns_of_a_later_version_are_passed_over(scene_path: Path) -> None:
    rows = pq.read_table(file_of(scene_path, "tracks"))
    rewrite(scene_path, "tracks", rows.append_column("mood", pa.array(["good"] * len(rows))))
    sign(scene_path)
    scene = avlabel.open_scene(scene_path)
    assert "mood" not in scene.table("tracks").column_names
    assert len(scene.tracks()) == 2


def test_tables_of_a_later_version_can_be_read(scene_path: Path) -> None:
    rows = pa.table({"mood": ["good", "bad"]})
    stamp = {"avlabel": '{"version": "1.7", "table": "moods"}'}
    path = file_of(scene_path, "tracks").with_name("moods.parquet")
    pq.write_table(rows.replace_schema_metadata(stamp), path)

    def add(facts: dict[str, dict[str, dict[str, object]]]) -> None:
        relative = path.relative_to(scene_path).as_posix()
        facts["files"]["moods"] = {**facts["files"]["tracks"], "path": relative}

    forge(scene_path, add)
    sign(scene_path)
    assert avlabel.open_scene(scene_path).table("moods").to_pydict() == {"mood": ["good", "bad"]}


def test_repeated_text_is_counted_as_often_as_it_is_there(
    repetitive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = avlabel.open_scene(repetitive).table("findings")
    # By the longest text it could be 20 MB; it is 20 kB.
    monkeypatch.setattr(decoding, "SLACK", 200_000)
    table = avlabel.open_scene(repetitive).table("findings")
    assert table.equals(expected)
    assert table.schema.equals(expected.schema, check_metadata=True)
    assert [f.message for f in avlabel.open_scene(repetitive).findings()][:2] == [LONG, SHORT]


def test_repeated_text_that_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with samples.open_writer(tmp_path) as writer:
        samples.write_required(writer)
        writer.write_findings([Finding("rule", "info", LONG) for _ in range(2000)])
        writer.commit()
    scene = avlabel.open_scene(tmp_path)
    assert scene.metadata.files["findings"].bytes < 10_000
    monkeypatch.setattr(decoding, "SLACK", 5_000_000)
    with pytest.raises(SceneCorruptError, match=r"findings\.parquet: .*'message' would take 20 MB"):
        scene.findings()
