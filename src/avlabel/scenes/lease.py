"""Showing other processes on a local disk that somebody is at work in a folder."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

from avlabel.scenes.store import Store


class Lease:
    """An advisory lock (flock) on a folder, which ends with ``release`` or with the process.

    Where there is none, in a bucket or on a disk without locks, it holds nothing.

    Args:
        handle: of the locked folder, None for nothing.
    """

    def __init__(self, handle: int | None = None) -> None:
        self._handle = handle

    def release(self) -> None:
        """Let others in."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def take_lease(store: Store, folder: str) -> Lease | None:
    """Be the only one at work in a folder; None if somebody else is."""
    if not store.is_local:
        return Lease()
    try:
        handle = os.open(store.path(folder), os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return Lease()
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        with suppress(OSError):
            os.close(handle)
        return Lease()
    return Lease(handle)
