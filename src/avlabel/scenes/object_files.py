"""Files in a bucket: S3, Google Cloud Storage, Azure or what speaks one of their protocols."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, cast

import pyarrow as pa

from avlabel.scenes.files import FileState, check_size
from avlabel.scenes.object_client import attempt, missing_is
from avlabel.scenes.ranged import RangedFile

SPOOL_BYTES = 8 << 20
"""Files being written are kept in memory up to this size, then on the local disk."""
PART_BYTES, PARTS_AT_ONCE = 8 << 20, 4
"""Larger files are sent in parts."""
COPY_BYTES = 5_000_000_000
"""Of a file that S3 copies in one request."""


class ObjectFiles:
    """See ``Files``. Folders are prefixes of keys: nothing makes or removes them.

    Args:
        store: an ``obstore`` store of a whole bucket.
        root: the bucket's URI, such as ``s3://bucket``, that every path begins with.
    """

    is_local = False

    def __init__(self, store: Any, root: str) -> None:
        self._store, self._root = store, root
        self._tails: dict[tuple[str, int], tuple[int, bytes]] = {}

    def names(self, folder: str) -> list[str]:
        """Names in a folder; none if it is no folder."""
        found = attempt(lambda: self._store.list_with_delimiter(self._key(folder)))
        paths = [*found["common_prefixes"], *(entry["path"] for entry in found["objects"])]
        return [str(path).rstrip("/").rpartition("/")[2] for path in paths]

    def tree(self, folder: str) -> dict[str, FileState]:
        """Every file in a folder and below."""
        key = self._key(folder)
        found = self._list(folder)
        if not found and key:
            alone = missing_is(None, lambda: self._store.head(key))
            found = [alone] if alone is not None else []
        skip = len(key) + 1 if key else 0
        return {str(entry["path"])[skip:]: _state(entry) for entry in found}

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return self.size(path) is not None or bool(self.names(path))

    def size(self, path: str) -> int | None:
        """Bytes of a file; None if there is no such file."""
        if not self._key(path):
            return None
        found = missing_is(None, lambda: self._store.head(self._key(path)))
        return None if found is None else int(found["size"])

    def read(self, path: str, limit: int) -> pa.Buffer:
        """A whole file, in one request."""

        def get() -> pa.Buffer:
            answer = self._store.get(self._key(path))
            check_size(int(answer.meta["size"]), limit)
            return pa.py_buffer(answer.bytes())

        return attempt(get)

    def open(self, path: str, size: int) -> pa.NativeFile:
        """A file to read parts of; its end is fetched at once, and kept for the next time."""
        return pa.PythonFile(RangedFile(self._store, self._key(path), size, self._tails), mode="r")

    def create(self, path: str) -> ObjectSink:
        """A new file, or one in place of what is there."""
        return ObjectSink(self._store, self._key(path))

    def create_if_absent(self, path: str, content: bytes) -> bool:
        """A conditional put: ``If-None-Match: *`` on S3 and Azure, generation 0 on Google.

        A request whose answer was lost may have created the file; then the next attempt finds
        it and False is returned: the caller looks whose it is.
        """
        from obstore.exceptions import AlreadyExistsError

        try:
            attempt(lambda: self._store.put(self._key(path), content, mode="create"))
        except AlreadyExistsError:
            return False
        return True

    def link(self, old: str, new: str) -> None:
        """A copy that the store makes by itself; a large file passes through here."""
        size = self.size(old)
        if size is None or size <= COPY_BYTES:
            attempt(lambda: self._store.copy(self._key(old), self._key(new)))
            return
        sink = self.create(new)
        with self.open(old, size) as stream:
            while piece := stream.read(PART_BYTES):
                sink.write(piece)
        sink.finish().close()

    def make_folder(self, folder: str) -> None:
        """Nothing to do."""

    def remove_folder(self, folder: str) -> None:
        """Remove everything under a prefix."""
        keys = [str(entry["path"]) for entry in self._list(folder)]
        if keys:
            attempt(lambda: self._store.delete(keys))

    def remove_file(self, path: str) -> None:
        """Remove an object, if it is there."""
        missing_is(None, lambda: self._store.delete(self._key(path)))

    def remove_if_empty(self, folder: str) -> bool:  # noqa: ARG002
        """There are no folders."""
        return False

    def sync(self, path: str) -> None:
        """A put that has returned is durable."""

    def _key(self, path: str) -> str:
        return path.removeprefix(self._root).strip("/")

    def _list(self, folder: str) -> Sequence[dict[str, Any]]:
        # A prefix ends at a slash, so that "scene_id=1" does not take in "scene_id=10".
        def whole() -> list[dict[str, Any]]:
            pages = self._store.list(self._key(folder) or None, chunk_size=1000)
            return [entry for page in pages for entry in page]

        return attempt(whole)


def _state(entry: Mapping[str, Any]) -> FileState:
    modified_ns = int(entry["last_modified"].timestamp() * 1e6) * 1000
    return FileState(int(entry["size"]), modified_ns, str(entry["e_tag"] or ""))


class ObjectSink:
    """A file that is written aside and sent only when it is complete.

    A stream into the bucket would publish what it holds when an exception closes it.
    """

    def __init__(self, store: Any, key: str) -> None:
        self._store, self._key = store, key
        self._spool = cast(
            "IO[bytes] | None",
            tempfile.SpooledTemporaryFile(SPOOL_BYTES, prefix="avlabel-"),  # noqa: SIM115
        )

    def write(self, data: bytes | pa.Buffer, /) -> int:
        """Append bytes."""
        if self._spool is not None:
            self._spool.write(memoryview(data))
        return memoryview(data).nbytes

    def finish(self) -> pa.NativeFile:
        """Send the file; what is returned is the local copy."""
        if self._spool is None:
            raise OSError("the file was abandoned")
        spool = self._spool

        def send() -> None:
            spool.seek(0)
            self._store.put(self._key, spool, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)

        attempt(send)
        spool.seek(0)
        return pa.PythonFile(spool, mode="r")

    def abandon(self) -> None:
        """Forget what was written."""
        if self._spool is not None:
            # A full disk refuses what is still to be flushed; it goes nowhere anyway.
            with suppress(OSError):
                self._spool.close()
            self._spool = None
