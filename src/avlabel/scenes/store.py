"""A folder on a local disk or an object store, and how a file in it is published once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import fs as pafs

from avlabel.errors import SceneError, SceneNotFoundError, SceneWriteError
from avlabel.scenes.files import Files, FileState, Sink
from avlabel.scenes.local_files import LocalFiles
from avlabel.scenes.object_client import SCHEMES, bucket_of, connect
from avlabel.scenes.object_files import ObjectFiles

MAX_READ_BYTES = 1 << 30
"""Of a file that is read into memory whole."""


@dataclass(frozen=True, slots=True)
class Store:
    """A folder; paths given to its methods are relative to it, POSIX style.

    Attributes:
        files: the disk or bucket it lies in.
        base: the folder's complete path in it: absolute, or a URI such as ``s3://bucket/scenes``.
    """

    files: Files
    base: str

    @classmethod
    def at(cls, uri: str | Path) -> Store:
        """The folder at a path, or at a URI such as ``s3://bucket/scenes``.

        Raises:
            SceneNotFoundError: for a URI scheme that is not supported.
            ConfigError: if a package or setting is missing to reach it.
        """
        scheme, separator, _ = str(uri).partition("://")
        if not separator:
            return cls(LocalFiles(), Path(uri).absolute().as_posix())
        if scheme in SCHEMES:
            bucket, key = bucket_of(str(uri))
            return cls(ObjectFiles(connect(bucket), bucket), f"{bucket}/{key}".rstrip("/"))
        if scheme != "file":
            raise SceneNotFoundError(
                f"{uri}: expected a path, file:// or one of {', '.join(SCHEMES)}, got {scheme}://"
            )
        return cls(LocalFiles(), pafs.FileSystem.from_uri(str(uri))[1].rstrip("/"))

    @property
    def is_local(self) -> bool:
        """Whether the folder lies on a mounted disk."""
        return self.files.is_local

    def path(self, relative: str = "") -> str:
        """Complete path or URI."""
        return f"{self.base}/{relative}" if relative else self.base

    def child(self, relative: str) -> Store:
        """A folder within."""
        return Store(self.files, self.path(relative))

    def names(self, relative: str = "") -> list[str]:
        """Sorted names of what lies in a folder; none if it is no folder.

        Raises:
            SceneError: if the folder may not be listed.
        """
        with listing(self.path(relative)):
            return sorted(self.files.names(self.path(relative)))

    def tree(self, relative: str = "") -> dict[str, FileState]:
        """Every file in a folder and below, by path relative to it; a file alone is "".

        Raises:
            SceneError: if the folder may not be listed.
        """
        with listing(self.path(relative)):
            return self.files.tree(self.path(relative))

    def sizes(self, relative: str = "") -> dict[str, int]:
        """Bytes of every file in a folder and below, by path relative to that folder.

        Raises:
            SceneError: if the folder may not be listed.
        """
        return {path: file.size for path, file in self.tree(relative).items()}

    def exists(self, relative: str = "") -> bool:
        """Whether a file or folder is there.

        Raises:
            SceneError: if that cannot be found out.
        """
        with listing(self.path(relative)):
            return self.files.exists(self.path(relative))

    def size(self, relative: str) -> int | None:
        """Bytes of a file; None if there is no such file.

        Raises:
            SceneError: if that cannot be found out.
        """
        with listing(self.path(relative)):
            return self.files.size(self.path(relative))

    def read(self, relative: str, limit: int = MAX_READ_BYTES) -> pa.Buffer:
        """A whole file.

        Raises:
            OSError: if it cannot be read, or has more than ``limit`` bytes.
        """
        return self.files.read(self.path(relative), limit)

    def open(self, relative: str, size: int) -> pa.NativeFile:
        """A file to read parts of; ``size`` is how many bytes it should have.

        Raises:
            OSError: if it cannot be read.
        """
        return self.files.open(self.path(relative), size)

    def create(self, relative: str) -> Sink:
        """A new file, which is there when its ``finish`` has returned."""
        with writing(self.path(relative)):
            return self.files.create(self.path(relative))

    def make_folder(self, relative: str) -> None:
        """Create a folder and its parents."""
        with writing(self.path(relative)):
            self.files.make_folder(self.path(relative))

    def link(self, old: str, new: str) -> None:
        """Give a file that never changes a second name, or copy it where there are no links."""
        with writing(self.path(new)):
            self.files.link(self.path(old), self.path(new))

    def remove_folder(self, relative: str) -> None:
        """Remove a folder and all in it, if it is there."""
        with writing(self.path(relative)):
            self.files.remove_folder(self.path(relative))

    def remove_file(self, relative: str) -> None:
        """Remove a file, if it is there."""
        with writing(self.path(relative)):
            self.files.remove_file(self.path(relative))

    def remove_if_empty(self, relative: str) -> bool:
        """Remove a local folder if it holds nothing; object stores have no such folders."""
        return self.files.remove_if_empty(self.path(relative))

    def sync(self, relative: str) -> None:
        """Make a file's bytes, or a folder's entries, survive a loss of power."""
        with writing(self.path(relative)):
            self.files.sync(self.path(relative))

    def create_if_absent(self, relative: str, content: bytes) -> bool:
        """Publish a whole file at once, unless one of that name is there already.

        Returns:
            Whether this call created it; False if it was there. On an object store it may be
            this call's own even then, if an answer was lost on the way: look.

        Raises:
            SceneWriteError: if it cannot be written.
        """
        with writing(self.path(relative)):
            return self.files.create_if_absent(self.path(relative), content)


@contextmanager
def listing(path: str) -> Iterator[None]:
    """Turn what the operating system or a store says into one sentence that names the folder.

    Raises:
        SceneError: for any failure.
    """
    try:
        yield
    except OSError as error:
        raise SceneError(f"cannot list {path}: {reason(error)}") from error


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Turn what the operating system or Arrow says into one sentence that names the file.

    Raises:
        SceneWriteError: for any failure to write.
    """
    try:
        yield
    except OSError as error:
        raise SceneWriteError(f"cannot write {path}: {reason(error)}") from error
    except pa.ArrowException as error:
        raise SceneWriteError(f"cannot write {path}: {error}") from error


def reason(error: OSError) -> str:
    """What the operating system says, to end a sentence with."""
    text = os.strerror(error.errno) if error.errno else str(error)
    return text[:1].lower() + text[1:]
