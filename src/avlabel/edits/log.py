"""Writing an edit log: one file an author and sitting, on disk before ``append`` returns."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from avlabel.edits.codec import to_line
from avlabel.edits.folder import Folder
from avlabel.edits.model import Draft, Edit, Vector
from avlabel.errors import SceneWriteError

SUFFIX = ".jsonl"
MAX_FILE_BYTES = 32 << 20
"""Then the sitting goes on in another file."""
LATEST_NS = 4_000_000_000_000_000_000
"""In the year 2096. A later time is no clock's, and nothing could be signed after it."""
T = TypeVar("T")


class EditLog:
    """Appends one person's edits of one sitting to ``<scene>/edits/``.

    On a local disk each call appends to the sitting's file and syncs it; elsewhere, where
    nothing can be appended, each call makes one object. File names are never shared, so that
    several people, or one person twice, may work on a scene at once. Not for several threads.

    Args:
        folder: ``<scene>/edits``; made when the first edit is written.
        author: who edits.
        base: number of the commit whose labels the person sees.
        origin_m: origin of that commit's world.
        clock: nanoseconds since 1970.
    """

    def __init__(
        self,
        folder: Folder,
        author: str,
        base: int,
        origin_m: Sequence[float],
        *,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.author, self.base = author, base
        self.origin_m: Vector = tuple(float(axis) for axis in origin_m)
        self._folder, self._clock = folder, clock
        self.sitting = _sitting(author, clock())
        self._count, self._last_ns, self._file_number = 0, 0, 0
        self._file: _AppendedFile | None = None

    def append(self, *drafts: Draft) -> tuple[Edit, ...]:
        """Sign edits and see them onto the disk, all or none; several are one action.

        Raises:
            SceneWriteError: if the disk refuses; nothing was recorded then.
        """
        group = f"{self.sitting}:{self._count}" if len(drafts) > 1 else ""
        edits = tuple(self._sign(draft, i, group) for i, draft in enumerate(drafts))
        if not edits:
            return edits
        try:
            content = b"".join(to_line(edit) for edit in edits)
        except ValueError as error:
            raise SceneWriteError(f"cannot write {self._folder.path()}: {error}") from error
        # Even if the disk refuses: a line that it can neither keep nor cut off has used its id.
        self._count += len(edits)
        if self._folder.is_local:
            self._append(content)
        else:
            self._new_name(lambda name: self._folder.create_if_absent(name, content) or None)
        self._last_ns = edits[-1].time_ns
        return edits

    def follow(self, edits: Sequence[Edit]) -> None:
        """Sign what comes after these edits, which the person has seen, with a later time.

        Clocks of two machines differ; without this, what was done knowing of somebody else's
        edit could count as done before it.
        """
        seen_ns = [edit.time_ns for edit in edits if edit.time_ns < LATEST_NS]
        self._last_ns = max([self._last_ns, *seen_ns])

    def close(self) -> None:
        """Close the file; another ``append`` opens a new one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> EditLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _sign(self, draft: Draft, offset: int, group: str) -> Edit:
        return Edit(
            edit_id=f"{self.sitting}:{self._count + offset}",
            name=draft.name,
            author=self.author,
            # A clock that is set back must not reorder what one person did.
            time_ns=max(self._clock(), self._last_ns + 1) + offset,
            base=self.base,
            change=draft.change,
            origin_m=self.origin_m,
            seconds=draft.seconds,
            group=group,
        )

    def _append(self, content: bytes) -> None:
        if self._file is not None and self._file.size + len(content) > MAX_FILE_BYTES:
            self.close()
        if self._file is None:
            folder = Path(self._folder.path())
            self._file = self._new_name(lambda name: _AppendedFile.create(folder / name))
        try:
            self._file.append(content)
        except SceneWriteError:
            if self._file.is_torn:
                self.close()
            raise

    def _new_name(self, create: Callable[[str], T | None]) -> T:
        while True:
            name = f"{self.sitting}-{self._file_number:06d}{SUFFIX}"
            self._file_number += 1
            made = create(name)
            if made is not None:
                return made


class _AppendedFile:
    """A file of whole, synced lines; what could not be written whole is cut off again.

    Attributes:
        size: bytes of whole lines.
        is_torn: whether something could not be cut off; nothing may be appended to it.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.size, self.is_torn = 0, False
        self._path, self._handle = path, handle

    @classmethod
    def create(cls, path: Path) -> _AppendedFile | None:
        """Create a file and its folder; None if somebody else has it."""
        with _writing(path):
            is_new = not path.parent.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                return None
            for folder in (path.parent, *([path.parent.parent] if is_new else [])):
                _sync_folder(folder)
        return cls(path, handle)

    def append(self, content: bytes) -> None:
        with _writing(self._path):
            try:
                written = 0
                while written < len(content):
                    written += os.write(self._handle, content[written:])
                os.fsync(self._handle)
            except OSError:
                self.is_torn = True
                with suppress(OSError):
                    os.ftruncate(self._handle, self.size)
                    self.is_torn = False
                raise
        self.size += len(content)

    def close(self) -> None:
        os.close(self._handle)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise SceneWriteError(f"cannot write {path}: {reason}") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sitting(author: str, time_ns: int) -> str:
    """Sorts by time; says whose it is as far as a file name may."""
    who = re.sub(r"[^A-Za-z0-9]+", "-", author).strip("-")[:40] or "somebody"
    seconds, rest = divmod(time_ns, 10**9)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds)) + f"{rest // 10**6:03d}"
    return f"{stamp}-{who}-{os.urandom(4).hex()}"
