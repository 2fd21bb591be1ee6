"""LZF, the compression of PCD files (M. Lehmann, LibLZF)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from avlabel.errors import ReadError

MAX_RATIO = 100
"""Three bytes stand for 264 at most."""


def unpack_lzf(packed: bytes, size: int, where: str) -> NDArray[np.uint8]:
    """(size,) uint8.

    Raises:
        ReadError: if it unpacks to more or less than ``size``, or cannot be so small.
    """
    if size > MAX_RATIO * len(packed):
        raise ReadError(f"{where}: {len(packed)} packed bytes cannot hold {size}")
    out = np.zeros(size, np.uint8)
    got = int(_unpack(np.frombuffer(packed, np.uint8), out))
    if got != size:
        said = "other data" if got < 0 else f"{got}"
        raise ReadError(f"{where}: expected LZF of {size} bytes, got {said}")
    return out


@njit(cache=True, nogil=True)
def _unpack(packed: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    """Bytes written; -1 if the data run beyond either end."""
    at, done = np.int64(0), np.int64(0)
    while at < len(packed):
        control = np.int64(packed[at])
        at += 1
        if control < 32:  # As many bytes follow as they are.
            count = control + 1
            if at + count > len(packed) or done + count > len(out):
                return -1
            for k in range(count):
                out[done + k] = packed[at + k]
            at += count
        else:  # Bytes that were there before, perhaps overlapping.
            count = control >> 5
            if count == 7:
                if at >= len(packed):
                    return -1
                count += np.int64(packed[at])
                at += 1
            count += 2
            if at >= len(packed):
                return -1
            source = done - ((control & 31) << 8) - np.int64(packed[at]) - 1
            at += 1
            if source < 0 or done + count > len(out):
                return -1
            for k in range(count):
                out[done + k] = out[source + k]
        done += count
    return int(done)
