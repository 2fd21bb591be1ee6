"""Reading the files of a commit, and noticing when they are not what was committed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from avlabel.errors import SceneCorruptError, SceneError
from avlabel.scenes.commits import FileEntry
from avlabel.scenes.decoding import column_names, decode
from avlabel.scenes.footer import footer_sha256
from avlabel.scenes.paths import check_no_escape
from avlabel.scenes.store import Store

CHUNK = 8 << 20


def read_small(store: Store, table: str, entry: FileEntry) -> tuple[pa.Table, dict[str, Any]]:
    """A whole file, its hash verified, and its ``avlabel`` metadata.

    Raises:
        SceneCorruptError: if it is missing, differs from its commit or is no such table.
        SceneVersionError: if a later major version wrote it.
    """
    where = store.path(entry.path)
    with reading(where):
        _check_place(store, entry)
        content = store.read(entry.path)
        _compare(where, entry, content.size, hashlib.sha256(content).hexdigest())
        return decode(pa.BufferReader(content), table, where)


def read_row_groups(
    store: Store,
    table: str,
    entry: FileEntry,
    row_groups: list[int] | None = None,
    columns: list[str] | None = None,
) -> pa.Table:
    """Some row groups of a large file, their pages' checksums and the footer's hash verified.

    Opens the file anew: one ``ParquetFile`` must not be read by several threads.

    Raises:
        SceneCorruptError: if it is missing, a page or the footer differs from what was
            committed, or it is no such table.
        SceneVersionError: if a later major version wrote it.
    """
    where = store.path(entry.path)
    with reading(where):
        _check_place(store, entry)
        with store.open(entry.path, entry.bytes) as stream:
            _compare_footer(where, entry, stream)
            rows, _ = decode(stream, table, where, row_groups, columns, fetch=not store.is_local)
            return rows


def read_columns(store: Store, entry: FileEntry) -> list[str]:
    """Names of a file's columns.

    Raises:
        SceneCorruptError: if it is missing or its footer differs from its commit.
    """
    where = store.path(entry.path)
    with reading(where):
        _check_place(store, entry)
        with store.open(entry.path, entry.bytes) as stream:
            _compare_footer(where, entry, stream)
            return column_names(stream)


def verify_file(store: Store, entry: FileEntry) -> None:
    """Hash a whole file, in pieces.

    Raises:
        SceneCorruptError: if it is missing or differs from its commit.
    """
    where = store.path(entry.path)
    with reading(where):
        _check_place(store, entry)
        digest = hashlib.sha256()
        with store.open(entry.path, entry.bytes) as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
            _compare(where, entry, stream.size(), digest.hexdigest())


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Turn what the operating system or Arrow says into one sentence that names the file.

    Raises:
        SceneError: if an object store does not answer, however often it is asked.
        SceneCorruptError: for any other failure to read.
    """
    try:
        yield
    except ConnectionError as error:
        raise SceneError(f"{where}: cannot be reached: {error}") from error
    except FileNotFoundError as error:
        raise SceneCorruptError(f"{where}: the commit names this file, but it is gone") from error
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise SceneCorruptError(f"{where}: cannot be read: {error}") from error


@contextmanager
def converting(where: str) -> Iterator[None]:
    """Turn what is raised over values that no writer of ours stores into one sentence.

    Raises:
        SceneCorruptError: naming the file.
    """
    try:
        yield
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        pa.ArrowException,
    ) as error:
        raise SceneCorruptError(f"{where}: holds what cannot be: {error!r}") from error


def _check_place(store: Store, entry: FileEntry) -> None:
    if store.is_local:
        check_no_escape(store.base, entry.path, store.path(entry.path))


def _compare(where: str, entry: FileEntry, size: int, sha256: str) -> None:
    _compare_size(where, entry, size)
    if sha256 != entry.sha256:
        raise SceneCorruptError(
            f"{where}: differs from its commit (sha256 {sha256[:12]}, expected {entry.sha256[:12]})"
        )


def _compare_footer(where: str, entry: FileEntry, stream: pa.NativeFile) -> None:
    _compare_size(where, entry, stream.size())
    if footer_sha256(stream) != entry.footer_sha256:
        raise SceneCorruptError(f"{where}: its footer differs from its commit")


def _compare_size(where: str, entry: FileEntry, size: int) -> None:
    if size != entry.bytes:
        raise SceneCorruptError(f"{where}: {size} bytes; its commit says {entry.bytes}")
