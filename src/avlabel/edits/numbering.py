"""Numbers of tracks that people made."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable

HUMAN_TRACKS = 1_000_000
"""Tracks that people made have ids from here on, derived from their keys."""


def numbered(keys: Iterable[str], never: Container[int]) -> dict[str, int]:
    """A track id for each key; of two that would have the same, the later takes the next.

    Args:
        keys: of objects, in the order in which people first mentioned them.
        never: ids of automatic tracks.
    """
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for key in keys:
        number = HUMAN_TRACKS + zlib.crc32(key.encode()) % HUMAN_TRACKS
        while number in taken or number in never:
            number += 1
        taken.add(number)
        numbers[key] = number
    return numbers
