"""A folder of copies that several processes use at once, and that stays within its disk."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from avlabel.errors import ReadError

DONE = "complete"


class CopyFolder:
    """Entries that are folders, each locked while in use; a kill frees the lock.

    Args:
        folder: made if absent.
        keep: keep entries that nobody uses until their room is needed; or remove them at once.
    """

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self._folder, self._keep = folder, keep
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def entry(self, name: str, room: int, fill: Callable[[Path], None]) -> Iterator[Path]:
        """The folder of an entry, complete and left alone by others while the block lasts.

        Args:
            name: of the entry; says what it holds.
            room: bytes that must be free to fill it.
            fill: called with the empty folder, by one process at a time, if it is not complete.

        Raises:
            ReadError: if the disk has no such room.
        """
        place = self._folder / name
        lock = self._lock_complete(place, room, fill)
        try:
            yield place
        finally:
            os.close(lock)
            if not self._keep:
                self._remove_unused(place)

    def _lock_complete(self, place: Path, room: int, fill: Callable[[Path], None]) -> int:
        while True:
            place.mkdir(exist_ok=True)
            lock = os.open(place, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_SH)
                if not (place / DONE).exists():
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    if _is_same(lock, place) and not (place / DONE).exists():
                        self._fill(place, room, fill)
                    fcntl.flock(lock, fcntl.LOCK_SH)
                # Somebody may have removed the folder before it was locked.
                if (place / DONE).exists() and _is_same(lock, place):
                    os.utime(place)
                    return lock
            except BaseException:
                os.close(lock)
                raise
            os.close(lock)

    def _fill(self, place: Path, room: int, fill: Callable[[Path], None]) -> None:
        for left in place.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        self._make_room(place, room)
        fill(place)
        (place / DONE).touch()

    def _make_room(self, place: Path, room: int) -> None:
        """Remove what nobody uses: all of it, or the longest unused until there is room."""
        others = sorted(set(self._folder.iterdir()) - {place}, key=_last_used)
        for other in others:
            if self._keep and self._free() >= room:
                return
            self._remove_unused(other)
        if (free := self._free()) < room:
            raise ReadError(
                f"{self._folder}: expected {room / 1e9:.1f} GB of room for a copy of the "
                f"recording, got {free / 1e9:.1f}; TMPDIR says where copies go"
            )

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free

    @staticmethod
    def _remove_unused(place: Path) -> None:
        with suppress(OSError):
            lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Whoever finds the folder without it fills it again.
                (place / DONE).unlink(missing_ok=True)
                shutil.rmtree(place)
            finally:
                os.close(lock)


def _is_same(lock: int, place: Path) -> bool:
    """Whether what was locked still bears that name."""
    with suppress(FileNotFoundError):
        return os.fstat(lock).st_ino == place.stat().st_ino
    return False


def _last_used(place: Path) -> float:
    with suppress(FileNotFoundError):
        return place.stat().st_mtime
    return 0.0
