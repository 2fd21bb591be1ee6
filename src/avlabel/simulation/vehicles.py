"""Shapes of vehicles: x forward, y left, origin on the ground below the box's centre.

Bodies fill their length, width and height exactly; only mirrors stand out of the box, as
annotators draw it.
"""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.simulation.materials import (
    DARK_WINDOW,
    GLASS,
    SEAT,
    TRIM,
    Material,
    paint,
)
from avlabel.simulation.shapes import Body, mirrored
from avlabel.simulation.vehicle_parts import (
    add_lamps,
    add_mirrors,
    add_pillars,
    add_side_panes,
    add_wheels,
)

# Cabin profile by body style, as shares of the length from the centre: windscreen's base and
# top, rear window's top and base.
_CABINS = {
    "sedan": (0.20, 0.04, -0.22, -0.36),
    "hatchback": (0.24, 0.08, -0.36, -0.47),
    "wagon": (0.20, 0.05, -0.40, -0.48),
    "suv": (0.22, 0.08, -0.38, -0.48),
}


def car(size: Float64, rng: np.random.Generator) -> Body:
    """A passenger car with bonnet, glazed cabin, pillars, seats, wheels, lamps and mirrors."""
    length, width, height = size
    style = "suv" if height > 1.66 else str(rng.choice(["sedan", "hatchback", "wagon"]))
    shell = paint(rng)
    screen, roof_front, roof_rear, tail = length * np.array(_CABINS[style])
    belt = height * rng.uniform(0.58, 0.62)
    body = Body()
    _car_lower(body, size, belt, screen, shell)
    roof = 0.5 * width * 0.78
    sill = 0.5 * width * 0.94
    top = height - 0.05
    lower = mirrored([[screen, sill * 0.92, belt - 0.04], [tail, sill * 0.92, belt]])
    upper = mirrored([[roof_front, roof, top], [roof_rear, roof, top]])
    body.hull(np.concatenate([lower, upper]), GLASS)
    edge = [[roof_front + 0.05, roof * 0.9], [roof_front - 0.15, roof * 1.03],
            [roof_rear + 0.10, roof * 1.03], [roof_rear - 0.04, roof * 0.9]]  # fmt: skip
    brim = mirrored([[x, y, top - 0.03] for x, y in edge])
    crown = mirrored([[x - np.sign(x - roof_rear - 0.2) * 0.2, y * 0.8, height] for x, y in edge])
    body.hull(np.concatenate([brim, crown]), shell)
    middle = (screen + tail) / 2 - 0.1
    for foot, head in ((screen, roof_front), (middle, middle), (tail, roof_rear)):
        add_pillars(body, (foot, sill * 0.93, belt - 0.04), (head, roof * 1.01, top), shell)
    for x in (middle + 0.25, middle - 0.65):
        body.box((x, 0.0, 0.5 * (belt + top)), (0.12, 0.68 * width, (top - belt) * 0.85), SEAT)
    add_mirrors(body, screen - 0.25, sill, belt + 0.08, shell)
    add_wheels(body, (0.31 * length, -0.29 * length), width, min(0.36, 0.21 * height))
    add_lamps(body, size, 0.42 * height)
    return body


def _car_lower(body: Body, size: Float64, belt: float, screen: float, shell: Material) -> None:
    """Everything below the windows: rounded in plan, tucked in at the sills."""
    length, width, height = size
    nose, half = length / 2, width / 2
    bonnet = 0.50 * height
    body.hull(
        mirrored(
            [
                [nose - 0.10, 0.78 * half, 0.20],
                [nose - 0.30, 0.95 * half, 0.22],
                [nose, 0.70 * half, 0.30],
                [nose - 0.03, 0.76 * half, 0.38 * height],
                [nose, 0.60 * half, bonnet - 0.12],
                [nose - 0.14, 0.62 * half, bonnet],
                [nose - 0.40, 0.98 * half, 0.44 * height],
                [screen, 0.90 * half, belt - 0.05],
                [0.2 * length, half, 0.46 * height],
                [-0.2 * length, half, 0.47 * height],
                [0.2 * length, 0.97 * half, 0.19],
                [-0.2 * length, 0.97 * half, 0.19],
                [-0.1 * length, 0.94 * half, belt],
                [-nose + 0.30, 0.99 * half, 0.46 * height],
                [-nose + 0.30, 0.96 * half, 0.24],
                [-nose + 0.10, 0.80 * half, 0.24],
                [-nose, 0.80 * half, 0.32],
                [-nose, 0.80 * half, 0.50 * height],
                [-nose + 0.06, 0.80 * half, belt - 0.02],
                [-nose + 0.25, 0.86 * half, belt],
            ]
        ),
        shell,
    )


def van(size: Float64, rng: np.random.Generator) -> Body:
    """A panel van or minibus: short bonnet, raked windscreen, box to the rear."""
    length, width, height = size
    shell = paint(rng)
    nose, half = length / 2, width / 2
    body = Body()
    profile = [
        [nose - 0.05, 0.85 * half, 0.25],
        [nose, 0.75 * half, 0.45],
        [nose, 0.70 * half, 0.40 * height],
        [nose - 0.25, 0.98 * half, 0.42 * height],
        [nose - 0.55, 0.80 * half, 0.53 * height],
        [nose - 1.35, 0.86 * half, 0.97 * height],
        [nose - 1.7, 0.84 * half, height],
        [-nose, 0.84 * half, height - 0.04],
        [-nose, 0.97 * half, 0.45 * height],
        [-nose, 0.95 * half, 0.28],
        [-nose + 0.3, half, 0.5 * height],
        [nose - 0.6, half, 0.5 * height],
        [nose - 0.6, half, 0.3],
    ]
    body.hull(mirrored(profile), shell)
    screen = mirrored(
        [[nose - 0.54, 0.66 * half, 0.555 * height], [nose - 1.24, 0.74 * half, 0.93 * height]]
    )
    body.hull(np.concatenate([screen, screen + np.array([0.02, 0.0, 0.015])]), DARK_WINDOW)
    add_side_panes(body, [(nose - 1.9, 1.0)], 0.98 * width, 0.58 * height, 0.80 * height)
    add_mirrors(body, nose - 1.1, half, 0.58 * height, TRIM)
    add_wheels(body, (0.32 * length, -0.30 * length), width, 0.34)
    add_lamps(body, size, 0.36 * height)
    return body


def truck(size: Float64, rng: np.random.Generator) -> Body:
    """A cab-over truck: cab, chassis rails and a box, or a flat bed for one in five."""
    length, width, height = size
    nose, half = length / 2, width / 2
    cab_height = min(height, rng.uniform(2.3, 2.9))
    cab = rng.uniform(1.6, 2.1)
    shell = paint(rng)
    body = Body()
    lower = [[nose, 0.88 * half, 0.45], [nose, 0.88 * half, 0.5 * cab_height]]
    upper = [[nose - 0.22, 0.86 * half, cab_height - 0.15], [nose - 0.5, 0.8 * half, cab_height]]
    side = [[nose - 0.3, half, 0.45], [nose - 0.3, half, 0.6 * cab_height]]
    back = [[nose - cab, half, 0.45], [nose - cab, 0.9 * half, cab_height]]
    body.hull(mirrored(lower + upper + side + back), shell)
    screen = mirrored(
        [[nose + 0.0, 0.78 * half, 0.54 * cab_height],
         [nose - 0.19, 0.76 * half, 0.86 * cab_height]]
    )  # fmt: skip
    body.hull(np.concatenate([screen, screen - np.array([0.04, 0.0, 0.0])]), DARK_WINDOW)
    add_side_panes(
        body, [(nose - 0.6 * cab, 0.7)], 1.002 * width, 0.6 * cab_height, 0.84 * cab_height
    )
    body.box((-0.5 * cab, 0.0, 0.75), (length - cab, 0.9, 0.25), TRIM)
    load = length - cab - rng.uniform(0.15, 0.5)
    box_height = height - 1.0 if rng.random() > 0.2 else 0.5
    cargo = paint(rng) if rng.random() < 0.5 else Material(0.6, (0.85, 0.85, 0.83))
    body.box((-nose + load / 2, 0.0, 1.0 + box_height / 2), (load, width, box_height), cargo)
    if box_height < height - 1.0:
        body.box((-nose + load + 0.05, 0, (1 + height) / 2), (0.1, width, height - 1.0), TRIM)
    axles = (0.5 - 1.2 / length, -0.27) if length < 9.5 else (0.5 - 1.2 / length, -0.24, -0.37)
    add_wheels(body, tuple(a * length for a in axles), width, 0.48)
    add_mirrors(body, nose - 0.15, half + 0.05, 0.68 * cab_height, TRIM)
    add_lamps(body, size, 0.7)
    return body


def bus(size: Float64, rng: np.random.Generator) -> Body:
    """A city bus: one rounded box with bands of dark windows."""
    length, width, height = size
    nose, half = length / 2, width / 2
    shell = paint(rng)
    body = Body()
    rim = [[nose - 0.12, 0.9 * half, 0.35], [nose, 0.86 * half, 0.6],
           [nose - 0.05, 0.86 * half, height - 0.3], [nose - 0.5, 0.9 * half, height],
           [nose - 0.3, half, 0.4], [nose - 0.35, half, height - 0.25],
           [-nose, 0.94 * half, 0.45], [-nose, 0.94 * half, height - 0.2],
           [-nose + 0.2, half, 0.4], [-nose + 0.2, half, height - 0.25],
           [-nose + 0.3, 0.9 * half, height]]  # fmt: skip
    body.hull(mirrored(rim), shell)
    body.box((nose - 0.02, 0, 0.58 * height), (0.04, 0.8 * width, 0.42 * height), DARK_WINDOW)
    panes = [(x, 1.25) for x in np.arange(-nose + 1.1, nose - 0.8, 1.4)]
    add_side_panes(body, panes, 1.004 * width, 0.45 * height, 0.80 * height)
    body.box((-0.1 * length, 0, height - 0.06), (0.35 * length, 0.6 * width, 0.12), shell)
    add_wheels(body, (0.28 * length, -0.24 * length), width, 0.48)
    add_mirrors(body, nose + 0.05, half, 0.72 * height, TRIM)
    add_lamps(body, size, 0.8)
    return body
