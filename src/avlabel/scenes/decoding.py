"""Turning a Parquet file that may be hostile into a table, in memory bounded by its size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from avlabel.errors import SceneCorruptError
from avlabel.scenes.footer import check_schema
from avlabel.scenes.pages import check_writer, chunk_span, row_group_cost
from avlabel.scenes.schema import Column, read_stamp
from avlabel.scenes.tables import IMAGES, IMAGES_EMBEDDED, POINTS, POINTS_LOSSLESS, SMALL_TABLES

SLACK, RATIO = 256 << 20, 20
"""What is decoded takes at most ``SLACK`` plus ``RATIO`` times the bytes that it is decoded from.
Our own tables become 3 to 8 times as large."""
BATCH_BYTES, GAP_BYTES = 32 << 20, 64 << 10
"""Row groups of an object store are fetched together up to a size, and across small gaps."""
READER = {
    "page_checksum_verification": True,
    "pre_buffer": False,
    "thrift_string_size_limit": 64 << 20,
    "thrift_container_size_limit": 200_000,
}


def decode(
    stream: pa.NativeFile,
    table: str,
    where: str,
    row_groups: Sequence[int] | None = None,
    columns: Sequence[str] | None = None,
    *,
    fetch: bool = False,
) -> tuple[pa.Table, dict[str, Any]]:
    """Read row groups, and the file's ``avlabel`` metadata.

    Args:
        stream: the file.
        table: full name, such as ``points/top``.
        where: its path, for messages.
        row_groups: which; all if None.
        columns: which; all that are declared if None.
        fetch: read what is needed in few large pieces first.

    Raises:
        SceneCorruptError: if a column has another type than declared, or nulls.
        SceneVersionError: if a later major version wrote it.
        ValueError: if it would take more memory than it may, or is not what its footer says.
        pa.ArrowException, OSError: if it is no such file.
    """
    check_schema(stream)
    file = pq.ParquetFile(stream, **READER)
    check_writer(file.metadata)
    stamp = read_stamp(file.schema_arrow, table, where)
    names = _names(file.schema_arrow, table, columns, where)
    groups = range(file.num_row_groups) if row_groups is None else row_groups
    if groups and not 0 <= min(groups) <= max(groups) < file.num_row_groups:
        raise ValueError(f"no row group {max(groups)}; it has {file.num_row_groups}")
    spans = [_span(file.metadata, i, names, stream.size()) for i in groups]
    budget = SLACK + RATIO * min(sum(stop - start for start, stop in spans), stream.size())
    parts = []
    for batch in _batches(list(groups), spans) if fetch else [list(range(len(groups)))]:
        if fetch and batch:
            start, stop = spans[batch[0]][0], spans[batch[-1]][1]
            stream.read_at(stop - start, start)
        part, taken = _read(file, stream, [groups[k] for k in batch], names, budget)
        budget -= taken
        parts.append(part)
    rows = pa.concat_tables(parts) if len(parts) != 1 else parts[0]
    _refuse_nulls(rows, table, where)
    return rows, stamp


def declared(table: str) -> Mapping[str, Column]:
    """Columns that a table may have, by name; none for a table of a later minor version."""
    kind, slash, _ = table.partition("/")
    families = {"points": (POINTS, POINTS_LOSSLESS), "images": (IMAGES, IMAGES_EMBEDDED)}
    known = families.get(kind, ()) if slash else (SMALL_TABLES.get(kind),)
    return {column.name: column for schema in known if schema for column in schema.columns}


def column_names(stream: pa.NativeFile) -> list[str]:
    """Names of a file's columns.

    Raises:
        ValueError, pa.ArrowException, OSError: if it is no such file.
    """
    check_schema(stream)
    return list(pq.ParquetFile(stream, **READER).schema_arrow.names)


def _names(schema: pa.Schema, table: str, columns: Sequence[str] | None, where: str) -> list[str]:
    """Columns to read: of a table that is declared, no others; each of its declared type."""
    known = declared(table)
    for field in schema:
        if known and field.name in known and not field.type.equals(known[field.name].type):
            raise SceneCorruptError(
                f"{where}: column '{field.name}': expected {known[field.name].type}, "
                f"got {field.type}"
            )
    return [
        name
        for name in schema.names
        if (not known or name in known) and (columns is None or name in columns)
    ]


def _span(metadata: pq.FileMetaData, i: int, names: Sequence[str], size: int) -> tuple[int, int]:
    """Where the columns of a row group lie."""
    group = metadata.row_group(i)
    chunks = [group.column(k) for k in range(group.num_columns)]
    spans = [
        chunk_span(chunk, size)
        for chunk in chunks
        if chunk.path_in_schema.partition(".")[0] in names
    ]
    return min((s[0] for s in spans), default=0), max((s[1] for s in spans), default=0)


def _batches(groups: list[int], spans: list[tuple[int, int]]) -> Iterator[list[int]]:
    """Positions in ``groups`` of those that lie together."""
    batch: list[int] = []
    for k in range(len(groups)):
        if batch:
            gap = spans[k][0] - spans[batch[-1]][1]
            together = spans[k][1] - spans[batch[0]][0]
            if not 0 <= gap <= GAP_BYTES or together > BATCH_BYTES:
                yield batch
                batch = []
        batch.append(k)
    yield batch


def _read(
    file: pq.ParquetFile,
    stream: pa.NativeFile,
    groups: list[int],
    names: list[str],
    budget: int,
) -> tuple[pa.Table, int]:
    """Some row groups, and how much memory they took at most."""
    taken = 0
    text: dict[str, int] = {}
    for i in groups:
        cost = row_group_cost(stream, file.metadata, i, names)
        taken += cost.n_bytes
        for name, n_bytes in cost.text.items():
            text[name] = text.get(name, 0) + n_bytes
        if taken > budget:
            raise ValueError(
                f"would take {taken / 1e6:.0f} MB or more; expected at most {budget / 1e6:.0f}"
            )
    # Where text might be repeated beyond measure it is read as a dictionary, and counted.
    dictionaries = {f.name for f in file.schema_arrow if pa.types.is_dictionary(f.type)}
    repeated = [
        name
        for name, n_bytes in text.items()
        if n_bytes > budget - taken and name not in dictionaries
    ]
    if nested := [name for name in repeated if name not in names]:
        raise ValueError(f"column '{nested[0]}' would take {text[nested[0]] / 1e6:.0f} MB")
    if repeated:
        file = pq.ParquetFile(stream, read_dictionary=repeated, **READER)
    rows = file.read_row_groups(groups, columns=names, use_threads=False)
    for name in repeated:
        rows, n_bytes = _spelled_out(rows, name, budget - taken)
        taken += n_bytes
    return rows, taken


def _spelled_out(rows: pa.Table, name: str, budget: int) -> tuple[pa.Table, int]:
    """A dictionary column as plain text, if that fits, and how much it takes."""
    column = rows.column(name)
    n_bytes = 0
    for chunk in column.chunks:
        lengths = pc.cast(pc.binary_length(chunk.dictionary), pa.int64())
        n_bytes += pc.sum(pc.take(lengths, chunk.indices)).as_py() or 0
    if n_bytes > budget:
        raise ValueError(f"column '{name}' would take {n_bytes / 1e6:.0f} MB")
    at = rows.schema.get_field_index(name)
    plain = column.cast(column.type.value_type)
    return rows.set_column(at, rows.schema.field(at).with_type(plain.type), plain), n_bytes


def _refuse_nulls(rows: pa.Table, table: str, where: str) -> None:
    for name, column in declared(table).items():
        if name in rows.column_names and not column.nullable and rows.column(name).null_count:
            raise SceneCorruptError(f"{where}: column '{name}': expected no nulls")
