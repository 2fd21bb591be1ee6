"""What the colour of a point tells."""

from __future__ import annotations

from typing import Literal

import numpy as np

from avlabel.core.arrays import IntArray, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import Taxonomy
from avlabel.render.palette import class_colors, track_color
from avlabel.render.ramps import HEIGHT, HIGHEST_M, INTENSITY, LOWEST_M, TIME, ramp_colors
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.inside import box_of_points

NO_OBJECT = (74, 82, 94)
"""Of points in no box, where colours tell objects."""

BRIGHTEST_OF = 0.98
"""Intensities above this share of all are as bright as can be."""


def point_colors(
    data: FrameData,
    color_by: Literal["height", "intensity", "time", "class", "track"],
    cuboids: Cuboids,
    taxonomy: Taxonomy,
) -> UInt8:
    """(N, 3) uint8 RGB of a frame's points.

    Args:
        data: N points.
        color_by: height above the ground; intensity; time within the sweep, or over several
            sweeps shown together; class or track of the box that a point is in.
        cuboids: the frame's boxes, world.
        taxonomy: classes, for colours.
    """
    if color_by == "height":
        return ramp_colors(data.height_m, LOWEST_M, HIGHEST_M, HEIGHT)
    if color_by == "intensity":
        brightest = np.quantile(data.intensity, BRIGHTEST_OF) if len(data) else 1.0
        return ramp_colors(data.intensity, 0.0, float(brightest), INTENSITY)
    if color_by == "time":
        first, last = (data.time_s.min(), data.time_s.max()) if len(data) else (0.0, 1.0)
        return ramp_colors(data.time_s, float(first), float(last), TIME)
    if color_by == "class":
        return _by_box(data, cuboids, np.array(class_colors(taxonomy))[cuboids.category])
    return _by_box(data, cuboids, np.array([track_color(t) for t in cuboids.track_id.tolist()]))


def _by_box(data: FrameData, cuboids: Cuboids, rgb: IntArray) -> UInt8:
    """Points in the colour (N, 3) of the smallest box they are in; ``NO_BOX`` picks the last."""
    table = np.vstack([rgb.reshape(-1, 3), NO_OBJECT]).astype(np.uint8)
    return np.asarray(table[box_of_points(data.points, cuboids)])
