"""Whether a track moved, and how fast it surely moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64
from avlabel.core.options import option

MAX_WINDOWS = 60
"""Long tracks are cut into at most as many stretches of time."""


@dataclass(frozen=True, slots=True)
class MotionConfig:
    """Standing or moving."""

    window_s: float = option(0.7, "views within this time are compared as one")
    min_shift_m: float = option(0.7, "a moving object has moved at least this far")
    shift_share: float = option(0.5, "and at least this share of its extent")
    enough_shift_m: float = option(2.5, "or at least this far, however long it is")
    disagreement: float = option(0.35, "by which its ends differ, at most, as a share of the shift")


def has_moved(ends: Float64, time_s: Float64, config: MotionConfig) -> bool:
    """Whether an object as a whole, not only what was seen of it, has moved.

    The middle of what is seen of an object wanders as more of it comes into view: then one end
    goes and the other stays. Of an object that moves all ends go, in every direction by the
    same shift; so shifts are fitted to all ends, and the ends must agree.

    Args:
        ends: (K, D, 2) low and high end of each view in D directions of the half turn.
        time_s: (K,) seconds, increasing.
        config: options.
    """
    place = _window_medians(ends, time_s, config.window_s)
    change = place[:, None] - place[None]
    angle = np.arange(ends.shape[1]) * np.pi / ends.shape[1]
    axes = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    # The directions cover the half turn evenly, so that their outer products sum to D/2 I.
    shift = np.einsum("ijde,dk->ijk", change, axes) / len(axes)
    left = change - np.einsum("ijk,dk->ijd", shift, axes)[..., None]
    distance = np.linalg.norm(shift, axis=2)
    disagreement = np.sqrt(np.mean(left**2, axis=(2, 3)))
    extent = float(np.max(place[..., 1] - place[..., 0]))
    far = max(config.min_shift_m, min(config.shift_share * extent, config.enough_shift_m))
    moved = (distance > far) & (disagreement < config.disagreement * distance)
    # One stretch that differs from all others is a mistaken view, not motion.
    others = np.sort(np.sum(moved, axis=1))[:-1]
    return bool(np.any(others > (len(place) > 3)))


def _window_medians(ends: Float64, time_s: Float64, window_s: float) -> Float64:
    """(W, D, 2) median ends of the views in each stretch of time."""
    duration = time_s[-1] - time_s[0]
    step = min(max(window_s, duration / MAX_WINDOWS), max(duration / 2, 1e-3))
    window = np.floor((time_s - time_s[0]) / step).astype(np.int64)
    medians: Float64 = _medians(ends, np.searchsorted(window, np.unique(window)))
    return medians


@njit(cache=True, nogil=True)
def _medians(ends, start):  # type: ignore[no-untyped-def]
    """(W, D, 2) medians over the views of each window, which begin at ``start``."""
    out = np.empty((len(start), ends.shape[1], 2))
    for w in range(len(start)):
        stop = start[w + 1] if w + 1 < len(start) else len(ends)
        for d in range(ends.shape[1]):
            for side in range(2):
                out[w, d, side] = np.median(ends[start[w] : stop, d, side])
    return out


def same_way(low: Float64, high: Float64) -> Float64:
    """By how much both ends have moved: the lesser of two changes of one sign, else zero."""
    lesser = np.where(np.abs(low) < np.abs(high), low, high)
    return np.where(low * high > 0, lesser, 0.0)


def speed_of_both_ends(
    ends: Float64, time_s: Float64, velocity: Float64, window_s: float
) -> Float64:
    """(K,) metres a second that both ends of an object make along its supposed velocity.

    Args:
        ends: (K, D, 2) low and high end of each view in D directions.
        time_s: (K,) seconds, increasing.
        velocity: (K, 2) metres a second.
        window_s: lines are fitted to the ends of the views this much before and after each.
    """
    angle = np.arctan2(velocity[:, 1], velocity[:, 0])
    direction = np.rint(angle / np.pi * ends.shape[1]).astype(np.int64)
    backward = direction % (2 * ends.shape[1]) >= ends.shape[1]
    slopes = _slopes(ends, time_s, direction % ends.shape[1], window_s)
    speed = same_way(slopes[:, 0], slopes[:, 1])
    return np.asarray(np.where(backward, -speed, speed))


@njit(cache=True, nogil=True)
def _slopes(ends, time_s, direction, window_s):  # type: ignore[no-untyped-def]
    out = np.zeros((len(time_s), 2))
    first = 0
    for k in range(len(time_s)):
        while time_s[k] - time_s[first] > window_s:
            first += 1
        n, st, stt = 0, 0.0, 0.0
        sy, sty = np.zeros(2), np.zeros(2)
        for j in range(first, len(time_s)):
            t = time_s[j] - time_s[k]
            if t > window_s:
                break
            n, st, stt = n + 1, st + t, stt + t * t
            sy += ends[j, direction[k]]
            sty += t * ends[j, direction[k]]
        spread = stt - st * st / n
        if n > 2 and spread > 1e-6:
            out[k] = (sty - st * sy / n) / spread
    return out
