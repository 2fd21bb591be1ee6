"""Placing a box of known size so that the faces that were seen touch their points."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64


def anchor(low: Float64, high: Float64, size: Float64, sensor: Float64, guess: Float64) -> Float64:
    """Centre along one axis of a box of which only ``low`` to ``high`` was seen.

    The face towards the sensor is where the points end; the unseen rest lies behind. Where the
    sensor is beside the box, either end may be hidden: then the box moves no further from
    ``guess`` than it must to hold its points.

    Args:
        low: (K,) metres, lower end of the points.
        high: (K,) metres, upper end.
        size: (K,) or () metres, full extent of the box.
        sensor: (K,) metres, where the sensor is along this axis.
        guess: (K,) metres, centre expected before looking.

    Returns:
        (K,) metres.
    """
    from_high, from_low = high - size / 2, low + size / 2
    inside = np.clip(guess, np.minimum(from_high, from_low), np.maximum(from_high, from_low))
    middle = (low + high) / 2
    lean = (sensor - middle) / np.maximum(size / 2, 0.1)
    near = np.where(lean > 0, from_high, from_low)
    certain = np.clip(np.abs(lean) - 0.5, 0.0, 1.0)
    return np.asarray(certain * near + (1 - certain) * inside)


def place(
    extents: Float64, yaw: Float64, size_lw: Float64, sensor: Float64, guess: Float64
) -> Float64:
    """(K, 2) centres of boxes in world axes, from what each view saw along its own axes.

    Args:
        extents: (K, 4) low and high end along, low and high end across.
        yaw: (K,) headings.
        size_lw: (2,) length and width.
        sensor: (K, 2) where each view was taken from, world axes.
        guess: (K, 2) centres expected before looking, world axes.
    """
    c, s = np.cos(yaw), np.sin(yaw)
    sensor_l, sensor_w = turned(sensor, c, -s)
    guess_l, guess_w = turned(guess, c, -s)
    along = anchor(extents[:, 0], extents[:, 1], size_lw[0], sensor_l, guess_l)
    across = anchor(extents[:, 2], extents[:, 3], size_lw[1], sensor_w, guess_w)
    return np.stack(turned(np.stack([along, across], axis=1), c, s), axis=1)


def turned(xy: Float64, c: Float64, s: Float64) -> tuple[Float64, Float64]:
    """Components of (K, 2) vectors turned counter-clockwise by the angle of ``c`` and ``s``."""
    return c * xy[:, 0] - s * xy[:, 1], s * xy[:, 0] + c * xy[:, 1]
