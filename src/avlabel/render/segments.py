"""Many straight lines at once: boxes as wires, dashes."""

from __future__ import annotations

import cv2
import numpy as np

from avlabel.core.arrays import Float64, Int64, UInt8
from avlabel.geometry.boxes import EDGES
from avlabel.render.ink import SHIFT, fixed_point
from avlabel.render.palette import Rgb

MOST_DASHES = 400
"""A line gets no more dashes than that, however long it is."""


def edges_of(corners: Float64) -> Float64:
    """(N, 12, 2, D) edges of boxes whose corners (N, 8, D) are ordered as ``UNIT_CORNERS``."""
    return np.asarray(corners[:, EDGES])


def dashed(segments: Float64, dash: float, gap: float) -> tuple[Float64, Int64]:
    """Lines cut into dashes, half a dash at either end, so that corners are kept.

    The pattern is the same from both ends: lines upon each other are dashed alike.

    Args:
        segments: (M, 2, D) from and to, finite.
        dash: about the length of a dash, in the unit of the segments.
        gap: about the length between dashes.

    Returns:
        (K, 2, D) dashes, and (K,) int64 the segment that each is a part of.
    """
    way = segments[:, 1] - segments[:, 0]
    length = np.linalg.norm(way, axis=1)
    periods = np.clip(np.rint(length / (dash + gap)), 1, MOST_DASHES).astype(np.int64)
    owner = np.repeat(np.arange(len(segments)), periods + 1)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(periods + 1) - periods - 1, periods + 1)
    middle = number / periods[owner]
    half = 0.5 * dash / (dash + gap) / periods[owner]
    parts = np.clip(np.stack([middle - half, middle + half], axis=1), 0.0, 1.0)
    return segments[owner, :1] + parts[:, :, None] * way[owner, None], owner


def dashed_lines(lines: list[Float64], dash: float, gap: float) -> Float64:
    """(K, 2, 2) dashes of polylines, each (P, 2); a pattern runs on around their corners.

    For lines that bend little within a dash, as a lens bends them.
    """
    chords = [np.stack([uv[0], uv[-1]]) for uv in lines if len(uv) == 2]
    cut = [dashed(np.stack(chords), dash, gap)[0]] if chords else []
    for uv in lines:
        if len(uv) > 2:
            along = np.concatenate([[0.0], np.linalg.norm(np.diff(uv, axis=0), axis=1).cumsum()])
            whole = np.array([[[0.0], [along[-1]]]])
            at = dashed(whole, dash, gap)[0][:, :, 0]
            cut.append(np.stack([np.interp(at, along, uv[:, d]) for d in range(2)], axis=-1))
    return np.concatenate(cut) if cut else np.zeros((0, 2, 2))


def draw_segments(image: UInt8, uv: Float64, color: Rgb, width_px: int = 1) -> None:
    """Draw lines (M, 2, 2) of one colour into ``image``."""
    if len(uv):
        cv2.polylines(image, list(fixed_point(uv)), False, color, width_px, cv2.LINE_AA, SHIFT)
