"""What a store asks of the place that its folder lies in."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import pyarrow as pa


class FileState(NamedTuple):
    """What a listing says of a file.

    Attributes:
        size: bytes.
        modified_ns: when it was last written, nanoseconds since 1970, UTC.
        tag: the store's own mark of its content; "" on a disk.
    """

    size: int
    modified_ns: int
    tag: str


class Sink(Protocol):
    """A file being written; nobody sees it before ``finish``."""

    def write(self, data: bytes | pa.Buffer, /) -> int:
        """Append bytes."""
        ...

    def finish(self) -> pa.NativeFile:
        """See all of it into place, and return it opened for reading."""
        ...

    def abandon(self) -> None:
        """Let go of it, whatever state it is in, and write no more."""
        ...


class Files(Protocol):
    """A local disk or a bucket. Every path is complete; failures are ``OSError``."""

    is_local: bool

    def names(self, folder: str) -> list[str]:
        """Names in a folder, in any order; none if it is no folder."""
        ...

    def tree(self, folder: str) -> dict[str, FileState]:
        """Every file in a folder and below, by path relative to it; a file alone is "".

        A folder that is not there holds none.
        """
        ...

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        ...

    def size(self, path: str) -> int | None:
        """Bytes of a file; None if there is no such file."""
        ...

    def read(self, path: str, limit: int) -> pa.Buffer:
        """A whole file, which must not have more than ``limit`` bytes."""
        ...

    def open(self, path: str, size: int) -> pa.NativeFile:
        """A file to read parts of; ``size`` is how long it should be."""
        ...

    def create(self, path: str) -> Sink:
        """A new file, or one in place of what is there."""
        ...

    def create_if_absent(self, path: str, content: bytes) -> bool:
        """A whole new file at once; False if somebody else made it before."""
        ...

    def link(self, old: str, new: str) -> None:
        """A second name for a file that never changes, or a copy."""
        ...

    def make_folder(self, folder: str) -> None:
        """A folder and its parents."""
        ...

    def remove_folder(self, folder: str) -> None:
        """Remove a folder and all in it, if it is there."""
        ...

    def remove_file(self, path: str) -> None:
        """Remove a file, if it is there."""
        ...

    def remove_if_empty(self, folder: str) -> bool:
        """Remove a folder that holds nothing."""
        ...

    def sync(self, path: str) -> None:
        """Make a file's bytes, or a folder's entries, survive a loss of power."""
        ...


def check_size(size: int, limit: int) -> None:
    """Refuse to read a file into memory.

    Raises:
        OSError: if it has more than ``limit`` bytes.
    """
    if size > limit:
        raise OSError(f"{size} bytes; expected at most {limit}")
