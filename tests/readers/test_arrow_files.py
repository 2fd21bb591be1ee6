"""Feather and Parquet files that claim, hide or lack something."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from avlabel.errors import ReadError
from avlabel.readers import arrow_files
from avlabel.readers.arrow_files import read_feather, read_parquet

TABLE = pa.table({"n": np.arange(1000), "name": pa.array(["a", "b"] * 500).dictionary_encode()})


@pytest.mark.parametrize("compression", ["zstd", "lz4", "uncompressed"])
def test_feather_as_it_was(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "a.feather"
    feather.write_feather(TABLE, path, compression=compression, chunksize=300)
    assert read_feather(path).equals(feather.read_table(path))


def test_a_little_feather_that_becomes_much(tmp_path: Path) -> None:
    path = tmp_path / "bomb.feather"
    feather.write_feather(pa.table({"n": np.zeros(2**23)}), path, compression="zstd")
    assert path.stat().st_size < 2**19
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_files, "MAX_BYTES", 2**25)
        with pytest.raises(ReadError, match=r"bomb.feather: expected at most .* 32 MiB when"):
            read_feather(path)


def test_rows_that_take_no_space(tmp_path: Path) -> None:
    path = tmp_path / "nothing.feather"
    feather.write_feather(pa.table({"n": pa.nulls(2**30)}), path, compression="uncompressed")
    with pytest.raises(ReadError, match="expected at most 50000000 values a column"):
        read_feather(path)


def test_parquet_of_one_value_many_times(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"n": np.zeros(2**20, np.int8)}), path)
    assert path.stat().st_size < 2**12
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_files, "MAX_ROWS", 2**19)
        with pytest.raises(ReadError, match="expected at most 524288 values a column"):
            read_parquet(path)


@pytest.mark.parametrize("content", [b"", b"ARROW1\0\0", b"FEA1" * 9, b"PAR1" * 9, b"\0" * 99])
def test_what_is_neither(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ReadError, match="file: not a Feather file"):
        read_feather(path)
    with pytest.raises(ReadError, match="file: not a Parquet file"):
        read_parquet(path)


@pytest.mark.parametrize("compression", ["zstd", "uncompressed"])
def test_damaged_feather_never_ends_in_a_traceback(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "a.feather"
    feather.write_feather(TABLE, path, compression=compression, chunksize=300)
    content, rng = path.read_bytes(), np.random.default_rng(3)
    refused = 0
    for _ in range(300):
        data = bytearray(content)
        for place in rng.integers(8, len(data), rng.integers(1, 4)):
            data[place] = rng.integers(256)
        path.write_bytes(data[: rng.integers(len(data))] if rng.integers(3) == 0 else data)
        with contextlib.suppress(ReadError):
            refused += 1
            read_feather(path).to_pydict()
            refused -= 1
    assert refused > 50
