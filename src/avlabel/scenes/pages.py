"""What the pages of a Parquet file will become, before any is decompressed.

A footer can lie: a decoder believes the header of each page and allocates what that says, and a
few bytes of run lengths can stand for billions of values. Field numbers: ``parquet.thrift``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.scenes import thrift

FIRST_READ, LONGEST_HEADER = 256, 1 << 16
"""Bytes of a page's header; statistics of long text make it long."""
DATA, DICTIONARY, DATA_V2 = 0, 2, 3
FRONT_CODED = 7
"""DELTA_BYTE_ARRAY, in which a byte can repeat all the text before it; no table of ours has it."""
WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 12, "FLOAT": 4, "DOUBLE": 8}
LEVEL_BYTES = 4
"""Of levels and list offsets for each value."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page's header says.

    Attributes:
        kind: ``DATA``, ``DICTIONARY`` or ``DATA_V2``.
        n_values: values, or entries of the dictionary.
        n_bytes: its size, decompressed.
    """

    kind: int
    n_values: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Memory that decoding takes, at most.

    Attributes:
        n_bytes: of pages and values; text counts once however often it is repeated.
        text: by column of text, bytes if every row had the longest text that it could have.
    """

    n_bytes: int
    text: dict[str, int]


def check_writer(metadata: pq.FileMetaData) -> None:
    """Refuse files of a writer for whose sake decoders read on behind the end of a column.

    Raises:
        ValueError: if it is one.
    """
    if (metadata.created_by or "").startswith("parquet-mr"):
        raise ValueError(f"written by {metadata.created_by}")


def row_group_cost(
    stream: pa.NativeFile, metadata: pq.FileMetaData, i: int, columns: Collection[str] | None
) -> Cost:
    """What decoding a row group takes; its pages must be what the footer says.

    Args:
        stream: the file.
        metadata: its footer.
        i: the row group.
        columns: names of columns; all if None.

    Raises:
        ValueError: if a page lies outside its column, or rows and values do not agree.
    """
    # Not metadata.schema: that one and its metadata would keep each other alive.
    group, schema = metadata.row_group(i), pq.ParquetSchema(metadata)
    n_bytes, text = 0, {}
    if group.num_rows == 0:
        return Cost(0, {})
    for k in range(group.num_columns):
        chunk, about = group.column(k), schema.column(k)
        if columns is not None and top_column(chunk) not in columns:
            continue
        pages = list(_pages(stream, *chunk_span(chunk, stream.size())))
        dictionary = sum(page.n_bytes for page in pages if page.kind == DICTIONARY)
        n_values = sum(page.n_values for page in pages if page.kind != DICTIONARY)
        flat = about.max_repetition_level == 0
        if n_values < group.num_rows or (flat and n_values != group.num_rows):
            raise ValueError(
                f"column '{chunk.path_in_schema}': {group.num_rows} rows, {n_values} values"
            )
        is_text = chunk.physical_type == "BYTE_ARRAY"
        width = WIDTHS.get(chunk.physical_type, about.length if not is_text else LEVEL_BYTES)
        plain = sum(page.n_bytes for page in pages)
        n_bytes += plain + n_values * (width + LEVEL_BYTES)
        if is_text:
            text[chunk.path_in_schema] = plain + n_values * dictionary
    return Cost(n_bytes, text)


def top_column(chunk: pq.ColumnChunkMetaData) -> str:
    """Name of the column that a column chunk is, or is a part of."""
    path: str = chunk.path_in_schema
    return path.partition(".")[0]


def chunk_span(chunk: pq.ColumnChunkMetaData, size: int) -> tuple[int, int]:
    """Where a column of a row group lies.

    Raises:
        ValueError: if that is not within a file of ``size`` bytes.
    """
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < start:
        start = chunk.dictionary_page_offset
    stop = start + chunk.total_compressed_size
    if not 0 <= start <= stop <= size:
        raise ValueError(f"column '{chunk.path_in_schema}' at {start} to {stop} of {size} bytes")
    return start, stop


def _pages(stream: pa.NativeFile, start: int, stop: int) -> Iterator[Page]:
    while start < stop:
        fields, n_header = _header(stream, start, stop)
        start += n_header + _number(fields, 3)
        if start > stop:
            raise ValueError("a page reaches beyond its column")
        yield _page(fields)


def _header(stream: pa.NativeFile, start: int, stop: int) -> tuple[thrift.Struct, int]:
    for longest in (FIRST_READ, LONGEST_HEADER):
        data = bytes(stream.read_at(min(longest, stop - start), start))
        try:
            return thrift.decode_start(data)
        except EOFError:
            continue
    raise ValueError("a page without a header")


def _page(fields: thrift.Struct) -> Page:
    kind = _number(fields, 1)
    _, about = fields.get({DATA: 5, DICTIONARY: 7, DATA_V2: 8}.get(kind, -1), (0, None))
    if not isinstance(about, dict):
        raise ValueError(f"a page of kind {kind}")
    if _number(about, 4 if kind == DATA_V2 else 2) == FRONT_CODED:
        raise ValueError("front-coded text")
    return Page(kind, _number(about, 1), _number(fields, 2))


def _number(fields: thrift.Struct, field: int) -> int:
    _, value = fields.get(field, (0, None))
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"a page's header says {value} in field {field}")
    return value
