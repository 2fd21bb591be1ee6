"""Feather and Parquet files of unknown origin as Arrow tables, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.errors import ReadError
from avlabel.readers.arrow_sizes import claims_of
from avlabel.readers.files import read_bytes

MAX_BYTES = 512 * 2**20
"""Of one table, decompressed; a hundred times the largest Argoverse 2 file."""
MAX_ROWS = 50_000_000
FEATHER_START = b"ARROW1\0\0"


def read_feather(path: Path) -> pa.Table:
    """All of a Feather file (version 2, which is Arrow's IPC file).

    It is read from front to back: what is decompressed is what was checked, whatever the footer
    says.

    Raises:
        ReadError: if it is missing, truncated or none, or decompresses to more than
            ``MAX_BYTES``.
    """
    data = read_bytes(path)
    if not data.startswith(FEATHER_START):
        raise ReadError(f"{path}: not a Feather file: it does not begin with 'ARROW1'")
    content = pa.py_buffer(data).slice(len(FEATHER_START))
    try:
        _check_messages(path, content)
        table = pa.ipc.open_stream(content).read_all()
        # Offsets that a flipped byte has sent out of their buffer would end the process.
        table.validate(full=True)
        return table
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ReadError(f"{path}: not a Feather file: {_first_line(error)}") from error


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A Parquet file, or some columns of it.

    Raises:
        ReadError: if it is missing, truncated or none, lacks a column, or says that it holds
            more than ``MAX_BYTES`` or ``MAX_ROWS``.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(read_bytes(path)))
        _check_footer(path, file.metadata)
        table = file.read(columns)
        table.validate(full=True)
        return table
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ReadError(f"{path}: not a Parquet file: {_first_line(error)}") from error


def _check_messages(path: Path, content: pa.Buffer) -> None:
    reader = pa.ipc.MessageReader.open_stream(content)
    n_rows = n_bytes = 0
    while (message := _next(reader)) is not None:
        claims = claims_of(message)
        n_rows, n_bytes = n_rows + claims.n_rows, n_bytes + claims.n_bytes
        _check_size(path, n_rows, n_bytes)


def _next(reader: pa.ipc.MessageReader) -> pa.Message | None:
    try:
        return reader.read_next_message()
    except StopIteration:
        return None


def _check_footer(path: Path, metadata: pq.FileMetaData) -> None:
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    columns = [group.column(i) for group in groups for i in range(group.num_columns)]
    n_values = max((column.num_values for column in columns), default=0)
    n_bytes = sum(column.total_uncompressed_size for column in columns)
    _check_size(path, max(n_values, metadata.num_rows), n_bytes)


def _check_size(path: Path, n_rows: int, n_bytes: int) -> None:
    if not (0 <= n_rows <= MAX_ROWS and 0 <= n_bytes <= MAX_BYTES):
        raise ReadError(
            f"{path}: expected at most {MAX_ROWS} values a column and {MAX_BYTES >> 20} MiB when "
            f"decompressed, got {n_rows} and {n_bytes / 2**20:.0f} MiB"
        )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
