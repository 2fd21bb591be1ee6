"""Files on a mounted disk."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
from pyarrow import fs as pafs

from avlabel.scenes.files import FileState, check_size


class LocalFiles:
    """See ``Files``."""

    is_local = True

    def __init__(self) -> None:
        self._fs = pafs.LocalFileSystem()

    def names(self, folder: str) -> list[str]:
        """Names in a folder; none if it is no folder."""
        selector = pafs.FileSelector(folder, allow_not_found=True)
        try:
            return [info.base_name for info in self._fs.get_file_info(selector)]
        except NotADirectoryError:
            return []

    def tree(self, folder: str) -> dict[str, FileState]:
        """Every file in a folder and below."""
        selector = pafs.FileSelector(folder, allow_not_found=True, recursive=True)
        try:
            found = self._fs.get_file_info(selector)
        except NotADirectoryError:
            found = [self._fs.get_file_info(folder)]
        skip = len(folder) + 1
        return {
            info.path[skip:]: FileState(info.size, info.mtime_ns, "")
            for info in found
            if info.type == pafs.FileType.File
        }

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return bool(self._fs.get_file_info(path).type != pafs.FileType.NotFound)

    def size(self, path: str) -> int | None:
        """Bytes of a file; None if there is no such file."""
        size: int | None = self._fs.get_file_info(path).size
        return size

    def read(self, path: str, limit: int) -> pa.Buffer:
        """A whole file, which must not have more than ``limit`` bytes."""
        self._check_regular(path)
        with self._fs.open_input_file(path) as stream:
            check_size(stream.size(), limit)
            return stream.read_buffer()

    def open(self, path: str, size: int) -> pa.NativeFile:  # noqa: ARG002 (it knows its size)
        """A file to read parts of."""
        self._check_regular(path)
        return self._fs.open_input_file(path)

    def _check_regular(self, path: str) -> None:
        # A pipe would never end, or never begin.
        if self._fs.get_file_info(path).type == pafs.FileType.Unknown:
            raise OSError("not a regular file")

    def create(self, path: str) -> LocalSink:
        """A new file, or one in place of what is there."""
        return LocalSink(self, path, self._fs.open_output_stream(path))

    def create_if_absent(self, path: str, content: bytes) -> bool:
        """A hard link either makes the complete file visible or fails; it never replaces."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}")
        try:
            with draft.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(draft, target)
        except FileExistsError:
            return False
        finally:
            draft.unlink(missing_ok=True)
        return True

    def link(self, old: str, new: str) -> None:
        """A hard link, or a copy where there are none."""
        try:
            os.link(old, new)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(old, new)
            self.sync(new)

    def make_folder(self, folder: str) -> None:
        """A folder and its parents."""
        self._fs.create_dir(folder, recursive=True)

    def remove_folder(self, folder: str) -> None:
        """Remove a folder and all in it, if it is there."""
        if self.exists(folder):
            self._fs.delete_dir(folder)

    def remove_file(self, path: str) -> None:
        """Remove a file, if it is there."""
        Path(path).unlink(missing_ok=True)

    def remove_if_empty(self, folder: str) -> bool:
        """Remove a folder that holds nothing."""
        with suppress(OSError):
            Path(folder).rmdir()
            return True
        return False

    def sync(self, path: str) -> None:
        """Make a file's bytes, or a folder's entries, survive a loss of power."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class LocalSink:
    """A file being written in place: its folder is not named by any commit yet."""

    def __init__(self, files: LocalFiles, path: str, stream: pa.NativeFile) -> None:
        self._files, self._path = files, path
        self._stream: pa.NativeFile | None = stream

    def write(self, data: bytes | pa.Buffer, /) -> int:
        """Append bytes."""
        if self._stream is not None:
            self._stream.write(data)
        return memoryview(data).nbytes

    def finish(self) -> pa.NativeFile:
        """See the file onto the disk."""
        if self._stream is not None:
            self._stream.close()
        self._files.sync(self._path)
        return self._files.open(self._path, 0)

    def abandon(self) -> None:
        """Leave the file as it is; its folder will be removed."""
        self._stream = None
