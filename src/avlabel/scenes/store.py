"""A folder on a local disk or an object store, and how a file in it is published once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import fs as pafs

from avlabel.errors import SceneError, SceneNotFoundError, SceneWriteError


@dataclass(frozen=True, slots=True)
class Store:
    """A folder; paths given to its methods are relative to it, POSIX style.

    Attributes:
        fs: the file system.
        base: the folder's path in it.
    """

    fs: pafs.FileSystem
    base: str

    @classmethod
    def at(cls, uri: str | Path) -> Store:
        """The folder at a path, or at a URI such as ``s3://bucket/scenes``.

        Raises:
            SceneNotFoundError: for a URI scheme that is not supported.
        """
        if "://" not in str(uri):
            return cls(pafs.LocalFileSystem(), Path(uri).absolute().as_posix())
        try:
            fs, base = pafs.FileSystem.from_uri(str(uri))
        except (pa.ArrowException, OSError) as error:
            raise SceneNotFoundError(f"{uri}: {error}") from error
        return cls(fs, base.rstrip("/"))

    @property
    def is_local(self) -> bool:
        """Whether the folder lies on a mounted disk."""
        return bool(self.fs.type_name == "local")

    def path(self, relative: str = "") -> str:
        """Full path."""
        return f"{self.base}/{relative}" if relative else self.base

    def child(self, relative: str) -> Store:
        """A folder within."""
        return Store(self.fs, self.path(relative))

    def names(self, relative: str = "") -> list[str]:
        """Sorted names of what lies in a folder; none if it is no folder.

        Raises:
            SceneError: if the folder may not be listed.
        """
        selector = pafs.FileSelector(self.path(relative), allow_not_found=True)
        try:
            return sorted(info.base_name for info in self.fs.get_file_info(selector))
        except NotADirectoryError:
            return []
        except OSError as error:
            raise SceneError(f"cannot list {self.path(relative)}: {reason(error)}") from error

    def exists(self, relative: str = "") -> bool:
        """Whether a file or folder is there."""
        return bool(self.fs.get_file_info(self.path(relative)).type != pafs.FileType.NotFound)

    def size(self, relative: str) -> int | None:
        """Bytes of a file; None if there is no such file."""
        size: int | None = self.fs.get_file_info(self.path(relative)).size
        return size

    def read(self, relative: str) -> pa.Buffer:
        """A whole file."""
        with self.fs.open_input_file(self.path(relative)) as stream:
            return stream.read_buffer()

    def make_folder(self, relative: str) -> None:
        """Create a folder and its parents."""
        with writing(self.path(relative)):
            self.fs.create_dir(self.path(relative), recursive=True)

    def remove_folder(self, relative: str) -> None:
        """Remove a folder and all in it, if it is there."""
        if self.exists(relative):
            with writing(self.path(relative)):
                self.fs.delete_dir(self.path(relative))

    def remove_if_empty(self, relative: str) -> bool:
        """Remove a local folder if it holds nothing; object stores have no such folders."""
        if not self.is_local:
            return False
        with suppress(OSError):
            Path(self.path(relative)).rmdir()
            return True
        return False

    def sync(self, relative: str) -> None:
        """Make a file's bytes, or a folder's entries, survive a loss of power."""
        if not self.is_local:
            return
        with writing(self.path(relative)):
            handle = os.open(self.path(relative), os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def check_can_publish(self) -> None:
        """Refuse early where ``create_if_absent`` would refuse late.

        Raises:
            SceneWriteError: for anything but a local disk.
        """
        if not self.is_local:
            raise SceneWriteError(
                f"{self.path()}: scenes are written to local disks only, not to {self.fs.type_name}"
            )

    def create_if_absent(self, relative: str, content: bytes) -> bool:
        """Publish a whole file at once, unless one of that name is there already.

        Returns:
            Whether this call created it; False if somebody else did before.

        Raises:
            SceneWriteError: if it cannot be written.
        """
        self.check_can_publish()
        with writing(self.path(relative)):
            return _link_if_absent(Path(self.path(relative)), content)


def _link_if_absent(path: Path, content: bytes) -> bool:
    """A hard link either makes the complete file visible or fails; it never replaces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with draft.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


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
