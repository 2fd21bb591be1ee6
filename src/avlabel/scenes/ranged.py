"""Reading parts of an object, in few requests."""

from __future__ import annotations

import io
import threading
from typing import Any

from avlabel.scenes.object_client import attempt

TAIL_BYTES = 64 << 10
"""Of a file's end that the first request fetches: the footers of most Parquet files."""
TAILS_KEPT, LARGEST_KEPT = 64, 4 << 20
"""Ends of files that are kept, so that another sweep of a file costs one request, not two."""

Tails = dict[tuple[str, int], tuple[int, bytes]]


class RangedFile(io.RawIOBase):
    """A seekable file over ranged requests; its end, and the last piece read, are kept.

    Args:
        store: an ``obstore`` store.
        key: of the object.
        size: bytes it should have.
        tails: ends by key and ``size``, each with the object's true size; added to.

    Raises:
        OSError: from any method, if the object cannot be read.
    """

    _lock = threading.Lock()

    def __init__(self, store: Any, key: str, size: int, tails: Tails) -> None:
        self._store, self._key, self._expected = store, key, size
        self._tails = tails
        self._position = 0
        self._piece = (0, b"")
        self._size, self._tail = self._end(min(TAIL_BYTES, size))

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes, to the end if negative."""
        start = self._position
        stop = self._size if size < 0 else min(start + size, self._size)
        if start >= stop:
            return b""
        content = self._content(start, stop)
        self._position = start + len(content)
        return content

    def _content(self, start: int, stop: int) -> bytes:
        tail_start = self._size - len(self._tail)
        if start >= tail_start:
            return self._tail[start - tail_start : stop - tail_start]
        if stop == self._size:
            return self._end(stop - start)[1]
        begin, piece = self._piece
        if not begin <= start <= stop <= begin + len(piece):
            begin, piece = self._piece = start, self._fetch(start, stop)[1]
        return piece[start - begin : stop - begin]

    def _end(self, n: int) -> tuple[int, bytes]:
        """The object's size and its last ``n`` bytes or more."""
        known = self._tails.get((self._key, self._expected))
        if known is not None and len(known[1]) >= n:
            return known
        if n == 0:
            return int(attempt(lambda: self._store.head(self._key))["size"]), b""
        found = self._fetch(self._expected - n, self._expected)
        if n <= LARGEST_KEPT and found[0] == self._expected:
            with self._lock:
                if len(self._tails) >= TAILS_KEPT:
                    self._tails.clear()
                self._tails[self._key, self._expected] = found
        return found

    def _fetch(self, start: int, stop: int) -> tuple[int, bytes]:
        def get() -> tuple[int, bytes]:
            answer = self._store.get(self._key, options={"range": (start, stop)})
            return int(answer.meta["size"]), bytes(answer.bytes())

        size, content = attempt(get)
        if size == self._expected and len(content) != stop - start:
            raise OSError(f"expected bytes {start} to {stop}, got {len(content)}")
        return size, content
