"""One generation of a scene's files, invisible until a commit names it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from avlabel.errors import SceneWriteError
from avlabel.scenes.commits import FOLDER, FileEntry
from avlabel.scenes.lease import take_lease
from avlabel.scenes.schema import TableSchema
from avlabel.scenes.splice import Splice
from avlabel.scenes.store import Store
from avlabel.scenes.table_file import TableFile


class Generation:
    """A fresh folder ``data/<name>`` and the tables written to it.

    Args:
        store: the scene's folder, made if absent.
        scene_id: of the scene.

    Attributes:
        name: of the generation; sorts by time.
        files: finished files by table name.

    Raises:
        SceneWriteError: from any method, if the disk refuses.
    """

    def __init__(self, store: Store, scene_id: str) -> None:
        self.name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.urandom(4).hex()}"
        self.files: dict[str, FileEntry] = {}
        self._store, self._scene_id = store, scene_id
        self._open: dict[str, TableFile] = {}
        for folder in (FOLDER, *self._folders):
            store.make_folder(folder)
        # Who removes orphans sees that this is none yet, however long the writer takes.
        self._lease = take_lease(store, self._folders[0])

    def write(self, name: str, schema: TableSchema, table: pa.Table, **extra: Any) -> None:
        """Write a whole table; ``extra`` goes to its metadata."""
        self._start(name, schema, **extra).append(table)
        self._close(name)

    def stream(self, name: str, schema: TableSchema) -> TableFile:
        """A table to append row groups to, started at the first call."""
        return self._open.get(name) or self._start(name, schema)

    def splice(self, name: str, schema: TableSchema) -> TableFile:
        """A table to append committed files to, started at the first call."""
        return self._open.get(name) or self._start(name, schema, writer=Splice)

    def adopt(self, name: str, entry: FileEntry) -> None:
        """Take a table over from an older generation of the scene, as it is."""
        path = f"{self._folders[0]}/{name}.parquet"
        self._store.link(entry.path, path)
        self.files[name] = replace(entry, path=path)

    def finish(self) -> None:
        """Close all streams and see every file and folder onto the disk."""
        for name in list(self._open):
            self._close(name)
        for folder in (*reversed(self._folders), "data", "", ".."):
            self._store.sync(folder)

    def release(self) -> None:
        """Say that no more will be written, because it is published or removed."""
        if self._lease is not None:
            self._lease.release()

    def remove(self) -> None:
        """Remove what was written, whatever state it is in."""
        for file in self._open.values():
            file.abandon()
        self._open.clear()
        self._store.remove_folder(self._folders[0])
        # Another writer's generation keeps the first, and so all of them.
        if self._store.remove_if_empty("data") and self._store.remove_if_empty(FOLDER):
            self._store.remove_if_empty("")

    @property
    def _folders(self) -> tuple[str, ...]:
        data = f"data/{self.name}"
        return data, f"{data}/points", f"{data}/images"

    def _start(self, name: str, schema: TableSchema, **extra: Any) -> TableFile:
        if name in self.files or name in self._open:
            raise SceneWriteError(f"{self._store.path()}: table '{name}' written twice")
        path = f"{self._folders[0]}/{name}.parquet"
        self._open[name] = TableFile(self._store, path, name, schema, self._scene_id, **extra)
        return self._open[name]

    def _close(self, name: str) -> None:
        self.files[name] = self._open[name].close()
        del self._open[name]
