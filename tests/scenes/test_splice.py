"""Joining Parquet files by their bytes."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scene_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from avlabel.errors import SceneCorruptError
from avlabel.scenes import thrift
from avlabel.scenes.commits import FileEntry
from avlabel.scenes.points import sweep_to_table
from avlabel.scenes.splice import Splice
from avlabel.scenes.store import Store
from avlabel.scenes.table_file import TableFile
from avlabel.scenes.tables import POINTS


def written(store: Store, name: str, sweeps: list[pa.Table], scene_id: str) -> FileEntry:
    file = TableFile(store, name, "points/top", POINTS, scene_id)
    for sweep in sweeps:
        file.append(sweep)
    return file.close()


@pytest.fixture
def sweeps() -> list[pa.Table]:
    return [sweep_to_table(samples.sample_sweep(frame, 3000)) for frame in samples.FRAMES]


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_parts_joined_are_the_file_of_one_writer(
    tmp_path: Path, sweeps: list[pa.Table], cut: int
) -> None:
    store = Store.at(tmp_path)
    written(store, "whole", sweeps, "one")
    parts = [written(store, "a", sweeps[:cut], "a"), written(store, "b", sweeps[cut:], "b")]
    file = TableFile(store, "joined", "points/top", POINTS, "one", Splice)
    assert [file.append_file(store, part) for part in parts] == [0, cut]
    entry = file.close()
    assert (tmp_path / "joined").read_bytes() == (tmp_path / "whole").read_bytes()
    assert entry.bytes == (tmp_path / "whole").stat().st_size


def test_a_damaged_part_is_refused(tmp_path: Path, sweeps: list[pa.Table]) -> None:
    store = Store.at(tmp_path)
    part = written(store, "a", sweeps, "a")
    content = bytearray((tmp_path / "a").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(SceneCorruptError, match="differs from its commit"):
        Splice(io.BytesIO(), POINTS.stamped("points/top", "x", {})).append(store, part)


@given(st.binary(max_size=64))
def test_bytes_that_are_no_footer_are_refused_or_read(data: bytes) -> None:
    try:
        thrift.decode(data)
    except ValueError:
        return


def test_footers_come_back_byte_by_byte(tmp_path: Path) -> None:
    table = pa.table({"a": [1.5, None], "b": [["x"], []], "c": [True, False], "d": [b"1", b"2"]})
    pq.write_table(table, tmp_path / "t", write_page_index=True, row_group_size=1)
    content = (tmp_path / "t").read_bytes()
    size = int.from_bytes(content[-8:-4], "little")
    footer = content[-8 - size : -8]
    assert thrift.encode(thrift.decode(footer)) == footer
