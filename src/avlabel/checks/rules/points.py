"""Boxes against what the LiDAR shows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.registry import Hit, rule
from avlabel.checks.subject import Subject

MIN_LOW_POINTS = 3
FACES = ("front", "rear", "left", "right", "upper")


@rule("empty", "error", "beams pass through a box and nothing is in it", "points")
def empty(subject: Subject) -> Iterator[Hit]:
    """Rows without a point, that more beams went through than were held up before them."""
    around, config = subject.around, subject.config
    clear = (around.solid == 0) & (around.through >= config.min_beams)
    for row in np.flatnonzero(clear & (around.through > around.blocked)).tolist():
        n = int(around.through[row])
        reason = f"{n} beams went through the middle of this {subject.leaf(row)}, none met it"
        yield Hit(row, reason, n / config.min_beams)


@rule("floating", "warning", "a box stands above the ground", "points")
def floating(subject: Subject) -> Iterator[Hit]:
    """Rows whose lower face lies well above the ground around them."""
    gap, limit = subject.around.gap_m, subject.config.max_ground_gap_m
    for row in np.flatnonzero(gap > limit).tolist():
        reason = f"{gap[row]:.2f} m above the ground; expected at most {limit:g} m"
        yield Hit(row, reason, float(gap[row]) / limit)


@rule("sunk", "warning", "a box reaches into the ground", "points")
def sunk(subject: Subject) -> Iterator[Hit]:
    """Rows whose lower face lies well below the ground, and all else that is seen around them."""
    around, limit = subject.around, subject.config.max_ground_gap_m
    gap = around.gap_m
    odd = (-gap > limit) & (around.low < MIN_LOW_POINTS)
    for row in np.flatnonzero(odd & (subject.range_m < subject.config.ground_range_m)).tolist():
        reason = f"{-gap[row]:.2f} m into the ground; expected at most {limit:g} m"
        yield Hit(row, reason, float(-gap[row]) / limit)


@rule("cut-off", "warning", "points of an object lie outside a face of its box", "points")
def cut_off(subject: Subject) -> Iterator[Hit]:
    """Rows with a face that points go through, and that end soon after it.

    Points that go on further away belong to something else, such as a wall or the next car.
    """
    around, config = subject.around, subject.config
    outside, solid = around.outside, np.maximum(around.solid, 1)[:, None]
    share = outside / solid
    cut = (outside >= config.min_cut_points) & (share > config.max_cut_share)
    cut &= (around.beyond < outside * 0.1) & (around.within > 0)
    share = np.where(cut, share, 0.0)
    for row in np.flatnonzero(cut.any(axis=1)).tolist():
        face = int(share[row].argmax())
        of = f"{outside[row, face]} points beside {around.solid[row]} inside"
        yield Hit(
            row, f"{of} its {FACES[face]} face", float(share[row, face]) / config.max_cut_share
        )


@rule("off-road", "warning", "a vehicle where there is no road-like surface", "points")
def off_road(subject: Subject) -> Iterator[Hit]:
    """Vehicles around which hardly anything is ground: bushes, walls, the inside of a house."""
    share, limit = subject.around.road_share, subject.config.min_road_share
    near = subject.range_m < subject.config.road_range_m
    rows = np.flatnonzero(near & (share < limit))
    for row in rows[subject.is_a(rows, "vehicle")].tolist():
        reason = f"{share[row]:.0%} of what is seen around it is ground; expected {limit:.0%}"
        yield Hit(row, reason, limit / max(float(share[row]), 0.01))
