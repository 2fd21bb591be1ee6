"""Joining Parquet files of one schema by copying their bytes: only the footer is made anew.

A footer holds the place of every column of every row group, counted from the file's start. The
result is, byte for byte, the file that one writer would have written, at the cost of a copy.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.errors import SceneCorruptError
from avlabel.scenes import thrift
from avlabel.scenes.commits import FileEntry
from avlabel.scenes.reading import reading
from avlabel.scenes.store import Store

MAGIC = b"PAR1"
CHUNK = 1 << 20

# Field numbers of parquet.thrift.
NUM_ROWS, ROW_GROUPS = 3, 4
COLUMNS, GROUP_ROWS, GROUP_OFFSET, ORDINAL = 1, 3, 5, 7
CHUNK_OFFSET, CHUNK_FACTS = 2, 3
PAGE_OFFSETS = (9, 10, 11)


class Splice:
    """A Parquet file that grows by whole files.

    Args:
        sink: where it goes; its position counts from the file's start.
        schema: Arrow schema with the metadata that the file shall have.
        options: of ``pq.ParquetWriter``, as the joined files were written with.
    """

    def __init__(self, sink: Any, schema: pa.Schema, **options: Any) -> None:
        self._sink = sink
        self._footer = _empty_footer(schema, options)
        self._groups: list[thrift.Struct] = []
        sink.write(MAGIC)

    def append(self, store: Store, entry: FileEntry) -> int:
        """Append the row groups of a committed file, and return the number of its first.

        Raises:
            SceneCorruptError: if the file differs from its commit; what was copied is then of
                no use.
        """
        first = len(self._groups)
        where = store.path(entry.path)
        with reading(where), store.open(entry.path, entry.bytes) as stream:
            footer_start, footer = _read_footer(stream, where)
            shift = self._sink.tell() - len(MAGIC)
            if _copy(stream, footer_start, self._sink) != entry.sha256:
                raise SceneCorruptError(f"{where}: differs from its commit")
        for group in footer[ROW_GROUPS][1][1]:
            self._groups.append(_moved(group, shift, len(self._groups)))
        return first

    def close(self) -> None:
        """Write the footer."""
        kind, _ = self._footer[NUM_ROWS]
        self._footer[NUM_ROWS] = (kind, sum(group[GROUP_ROWS][1] for group in self._groups))
        kind, (element, _) = self._footer[ROW_GROUPS]
        self._footer[ROW_GROUPS] = (kind, (element, self._groups))
        footer = thrift.encode(self._footer)
        self._sink.write(footer + len(footer).to_bytes(4, "little") + MAGIC)


def _empty_footer(schema: pa.Schema, options: dict[str, Any]) -> thrift.Struct:
    sink = io.BytesIO()
    pq.ParquetWriter(sink, schema, **options).close()
    content = sink.getvalue()
    size = int.from_bytes(content[-8:-4], "little")
    return thrift.decode(content[-8 - size : -8])


def _read_footer(stream: pa.NativeFile, where: str) -> tuple[int, thrift.Struct]:
    """Where a file's footer starts, and the footer."""
    end = stream.size() - 8
    tail = bytes(stream.read_at(8, end)) if end >= len(MAGIC) else b""
    start = end - int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or start < len(MAGIC):
        raise SceneCorruptError(f"{where}: no Parquet file")
    try:
        return start, thrift.decode(bytes(stream.read_at(end - start, start)))
    except ValueError as error:
        raise SceneCorruptError(f"{where}: its footer is none: {error}") from error


def _copy(stream: pa.NativeFile, footer_start: int, sink: Any) -> str:
    """Copy what lies between head and footer; hex SHA-256 of the whole file."""
    digest = hashlib.sha256(stream.read_at(len(MAGIC), 0))
    for start in range(len(MAGIC), footer_start, CHUNK):
        piece = stream.read_at(min(CHUNK, footer_start - start), start)
        digest.update(piece)
        sink.write(piece)
    digest.update(stream.read_at(stream.size() - footer_start, footer_start))
    return digest.hexdigest()


def _moved(group: thrift.Struct, shift: int, ordinal: int) -> thrift.Struct:
    """A row group ``shift`` bytes further on, as number ``ordinal`` of its file."""
    moved = _plus(group, shift, GROUP_OFFSET)
    if ORDINAL in group:
        moved[ORDINAL] = (thrift.I16, ordinal)
    kind, (element, columns) = group[COLUMNS]
    moved[COLUMNS] = (kind, (element, [_moved_column(column, shift) for column in columns]))
    return moved


def _moved_column(column: thrift.Struct, shift: int) -> thrift.Struct:
    moved = _plus(column, shift, CHUNK_OFFSET) if column[CHUNK_OFFSET][1] else dict(column)
    kind, facts = column[CHUNK_FACTS]
    moved[CHUNK_FACTS] = (kind, _plus(facts, shift, *PAGE_OFFSETS))
    return moved


def _plus(struct: thrift.Struct, shift: int, *fields: int) -> thrift.Struct:
    there = {n: (struct[n][0], struct[n][1] + shift) for n in fields if n in struct}
    return {**struct, **there}
