"""What every vehicle has: wheels, lamps, plates, mirrors, pillars, panes."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.simulation.materials import (
    DARK_WINDOW,
    HEADLAMP,
    PLATE,
    RIM,
    TAIL_LAMP,
    TYRE,
    Material,
)
from avlabel.simulation.shapes import Body


def add_pillars(
    body: Body, foot: tuple[float, float, float], head: tuple[float, float, float], shell: Material
) -> None:
    """Add a slanted pillar on either side, from belt line to roof."""
    for side in (1.0, -1.0):
        ends = [np.array(foot), np.array(head)]
        thick = np.array([[0.05, 0.02, 0], [-0.05, 0.02, 0], [0.05, -0.05, 0], [-0.05, -0.05, 0]])
        points = np.concatenate([end + thick for end in ends])
        body.hull(points * np.array([1.0, side, 1.0]), shell)


def add_wheels(body: Body, axles: tuple[float, ...], width: float, radius: float) -> None:
    """Add a pair of wheels with rims for each axle."""
    for x in axles:
        for side in (1.0, -1.0):
            outer, inner = side * (width / 2 - 0.004), side * (width / 2 - 0.22)
            body.rod((x, inner, radius), (x, outer, radius), radius, TYRE)
            body.rod((x, inner, radius), (x, outer + side * 0.004, radius), 0.62 * radius, RIM)


def add_mirrors(body: Body, x: float, y: float, z: float, shell: Material) -> None:
    """Add mirrors; they stand out of the box."""
    for side in (1.0, -1.0):
        body.ellipsoid((x, side * (y + 0.10), z), (0.12, 0.22, 0.16), shell)


def add_lamps(body: Body, size: Float64, z: float) -> None:
    """Add headlamps, tail lamps and number plates, all retroreflective."""
    length, width, _ = size
    for side in (1.0, -1.0):
        y = side * 0.30 * width
        body.box((length / 2 - 0.02, y, z), (0.04, 0.22, 0.12), HEADLAMP)
        body.box((-length / 2 + 0.02, y, z + 0.05), (0.04, 0.2, 0.14), TAIL_LAMP)
    body.box((-length / 2 + 0.015, 0, z), (0.03, 0.5, 0.11), PLATE)
    body.box((length / 2 - 0.015, 0, z - 0.12), (0.03, 0.5, 0.11), PLATE)


def add_side_panes(
    body: Body, panes: list[tuple[float, float]], width: float, bottom: float, top: float
) -> None:
    """Dark panes flush with both sides: centre x and length each."""
    for x, length in panes:
        for side in (1.0, -1.0):
            center = (x, side * (width / 2 - 0.02), (bottom + top) / 2)
            body.box(center, (length, 0.04, top - bottom), DARK_WINDOW)
