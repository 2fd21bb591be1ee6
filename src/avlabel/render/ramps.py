"""Numbers to colours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from avlabel.core.arrays import FloatArray, IntArray, UInt8

STEPS = 256

LOWEST_M, HIGHEST_M = -0.4, 4.0
"""Heights above the ground between which points change colour."""

HEIGHT: tuple[tuple[int, int, int], ...] = (
    (64, 76, 94),
    (72, 100, 126),
    (90, 138, 156),
    (150, 182, 176),
    (232, 228, 202),
)
"""From low to high: dark to light, so that boxes in full colours stand before it."""

INTENSITY: tuple[tuple[int, int, int], ...] = (
    (50, 54, 84),
    (96, 84, 122),
    (168, 122, 136),
    (232, 184, 144),
    (255, 246, 214),
)
TIME: tuple[tuple[int, int, int], ...] = (
    (84, 136, 190),
    (150, 176, 196),
    (214, 206, 190),
    (222, 160, 110),
)
"""From early to late: cold to warm."""


@lru_cache(maxsize=8)
def table(ramp: tuple[tuple[int, int, int], ...]) -> UInt8:
    """(STEPS, 3) uint8 of a ramp, its colours equally spaced."""
    at = np.linspace(0, len(ramp) - 1, STEPS)
    steps = np.arange(len(ramp))
    columns = [np.interp(at, steps, channel) for channel in zip(*ramp, strict=True)]
    return np.asarray(np.rint(np.stack(columns, axis=1)), np.uint8)


def ramp_colors(
    values: FloatArray | IntArray, low: float, high: float, ramp: tuple[tuple[int, int, int], ...]
) -> UInt8:
    """(N, 3) uint8 RGB of values (N,): the ramp's ends at ``low`` and ``high``, and beyond.

    What is not a number gets the colour of ``low``.
    """
    return np.asarray(_look_up(values, low, max(high - low, 1e-12), table(ramp)))


@njit(cache=True, nogil=True)
def _look_up(values, low, span, colors):  # type: ignore[no-untyped-def]
    out = np.empty((len(values), 3), np.uint8)
    last = len(colors) - 1
    for i in range(len(values)):
        part = (values[i] - low) / span * last
        # Written so that a value that is not a number takes the first.
        step = 0
        if part > 0.0:
            step = int(min(part, last) + 0.5)
        out[i, 0], out[i, 1], out[i, 2] = colors[step, 0], colors[step, 1], colors[step, 2]
    return out
