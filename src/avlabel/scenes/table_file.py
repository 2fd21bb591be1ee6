"""Writing one Parquet file, row group by row group, while its hash is taken."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.scenes.commits import FileEntry
from avlabel.scenes.files import Sink
from avlabel.scenes.footer import footer_sha256
from avlabel.scenes.schema import TableSchema
from avlabel.scenes.splice import Splice
from avlabel.scenes.store import Store, writing


class TableFile:
    """An open table of a generation.

    Args:
        store: the scene's folder.
        path: of the file in it.
        table: full name, such as ``points/top``.
        schema: the declaration.
        scene_id: of the scene.
        writer: ``Splice`` for a table that is joined of files rather than of rows.
        extra: further facts for the file's metadata.

    Raises:
        SceneWriteError: from any method, if the disk refuses.
    """

    def __init__(
        self,
        store: Store,
        path: str,
        table: str,
        schema: TableSchema,
        scene_id: str,
        writer: type[pq.ParquetWriter | Splice] = pq.ParquetWriter,
        **extra: Any,
    ) -> None:
        self._store, self._path = store, path
        self._row_groups = 0
        stamped = schema.stamped(table, scene_id, extra)
        with writing(store.path(path)):
            self._sink = _HashingSink(store.create(path))
            self._writer: Any = writer(self._sink, stamped, **schema.parquet_options)

    def append(self, rows: pa.Table) -> int:
        """Add ``rows`` as one row group and return its number."""
        with writing(self._store.path(self._path)):
            self._writer.write_table(rows, row_group_size=max(len(rows), 1))
        self._row_groups += 1
        return self._row_groups - 1

    def append_file(self, store: Store, entry: FileEntry) -> int:
        """Add all row groups of a committed file and return the number of the first.

        Raises:
            SceneCorruptError: if the file differs from its commit.
        """
        with writing(self._store.path(self._path)):
            first: int = self._writer.append(store, entry)
        return first

    def close(self) -> FileEntry:
        """Finish the file and see it onto the disk."""
        with writing(self._store.path(self._path)):
            self._writer.close()
            with self._sink.finish() as written:
                footer = footer_sha256(written)
        return FileEntry(self._path, self._sink.tell(), self._sink.sha256, footer)

    def abandon(self) -> None:
        """Let go of the file without writing more, whatever state it is in."""
        self._sink.abandon()
        self._writer.close()


class _HashingSink(io.RawIOBase):
    """A stream that counts and hashes what passes through."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self._bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._sink.write(data)
        self._hash.update(data)
        size = memoryview(data).nbytes
        self._bytes += size
        return size

    def tell(self) -> int:
        return self._bytes

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def finish(self) -> pa.NativeFile:
        return self._sink.finish()

    def abandon(self) -> None:
        # Arrow still writes a footer when its writer is closed: it goes nowhere.
        self._sink.abandon()
