"""Shapes of people on foot and on two wheels, in parts that swing.

x forward, y left, origin on the ground below the box's centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.simulation.materials import SKIN, SPOKES, TRIM, TYRE, Material, cloth, paint
from avlabel.simulation.shapes import Body


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A body that swings about a hinge across the direction of travel.

    Attributes:
        body: shape, in the frame of the whole figure at rest.
        hinge: (3,) float64 a point of the axis.
        swing_rad: amplitude; 0 for parts that do not move.
        phase: of the swing, radians.
        stride_m: way travelled in one period.
    """

    body: Body
    hinge: Float64
    swing_rad: float = 0.0
    phase: float = 0.0
    stride_m: float = 1.4


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """Parts and the box that encloses them through a whole period.

    Attributes:
        parts: of one object.
        size_lwh: (3,) float64 metres.
    """

    parts: tuple[Part, ...]
    size_lwh: Float64


def rigid(body: Body, size_lwh: Float64) -> Figure:
    """A figure of one part."""
    return Figure((Part(body, np.zeros(3)),), size_lwh)


def pedestrian(rng: np.random.Generator, *, walking: bool) -> Figure:
    """An adult or a child, with swinging legs and arms when walking."""
    height = float(np.clip(rng.normal(1.70, 0.11), 1.45, 2.0))
    if rng.random() < 0.08:
        height = rng.uniform(1.05, 1.4)
    swing = rng.uniform(0.36, 0.48) if walking else 0.03
    stride = 1.65 * height * np.sin(swing) + 0.1
    shirt, trousers = cloth(rng), cloth(rng)
    build = rng.uniform(0.9, 1.15)
    hip, shoulder = 0.50 * height, 0.82 * height
    torso = Body()
    torso.ellipsoid((0, 0, 0.66 * height), (0.25 * build, 0.40 * build, 0.44 * height), shirt)
    torso.ellipsoid((0, 0, 0.54 * height), (0.24 * build, 0.35 * build, 0.18 * height), trousers)
    torso.rod((0, 0, 0.80 * height), (0, 0, 0.88 * height), 0.06, SKIN)
    torso.ellipsoid((0.01, 0, 0.925 * height), (0.20, 0.165, 0.15 * height), SKIN)
    if rng.random() < 0.3:
        torso.box((-0.19, 0, 0.70 * height), (0.16, 0.30, 0.26 * height), cloth(rng))
    parts = [Part(torso, np.zeros(3))]
    for side in (1.0, -1.0):
        leg = Body()
        y = side * 0.10 * build
        leg.rod((0, y, 0.06), (0, y, hip), 0.072 * build, trousers)
        leg.box((0.05, y, 0.04), (0.26, 0.10, 0.08), TRIM)
        phase = 0.0 if side > 0 else np.pi
        parts.append(Part(leg, np.array([0, y, hip]), swing, phase, stride))
        arm = Body()
        y = side * (0.20 * build + 0.045)
        arm.rod((0, y, 0.44 * height), (0, y, shoulder), 0.045 * build, shirt)
        arm.ellipsoid((0, y, 0.41 * height), (0.10, 0.08, 0.16), SKIN)
        parts.append(Part(arm, np.array([0, y, shoulder]), 0.8 * swing, phase + np.pi, stride))
    reach = 2 * (np.sin(swing) * hip + 0.09)
    length = float(max(reach, 0.45))
    width = 2 * (0.20 * build + 0.045 + 0.05 * build)
    return Figure(tuple(parts), np.array([length, width, height]))


def bicycle(rng: np.random.Generator, *, ridden: bool) -> Figure:
    """A bicycle; its rider, if any, belongs to it."""
    length = float(np.clip(rng.normal(1.75, 0.08), 1.6, 1.95))
    radius = 0.34
    rear, front = -length / 2 + radius, length / 2 - radius
    metal = paint(rng)
    bike = Body()
    for x in (rear, front):
        bike.rod((x, -0.02, radius), (x, 0.02, radius), radius, SPOKES)
        for angle in np.arange(8) * np.pi / 4:
            along = np.array([np.cos(angle), 0.0, np.sin(angle)])
            ahead = np.array([np.cos(angle + np.pi / 4), 0.0, np.sin(angle + np.pi / 4)])
            hub = np.array([x, 0.0, radius])
            rim = radius - 0.025
            bike.rod(hub + rim * along, hub + rim * ahead, 0.022, TYRE)
    crank, seat, head = (-0.08, 0, 0.30), (-0.25, 0, 0.90), (front - 0.25, 0, 0.85)
    for start, end in ((crank, seat), (crank, head), (seat, head), ((rear, 0, radius), crank),
                       ((rear, 0, radius), seat), ((front, 0, radius), head)):  # fmt: skip
        bike.rod(start, end, 0.022, metal)
    bike.rod((front - 0.28, -0.29, 1.02), (front - 0.28, 0.29, 1.02), 0.018, TRIM)
    bike.rod(head, (front - 0.28, 0, 1.02), 0.02, metal)
    bike.box((-0.27, 0, 0.94), (0.26, 0.14, 0.07), TRIM)
    if not ridden:
        return rigid(bike, np.array([length, 0.60, 1.05]))
    top = rng.uniform(1.62, 1.85)
    hand = np.array([front - 0.28, 0.24, 1.04])
    parts = _rider(bike, np.array([-0.25, 0, 0.98]), top, hand, rng)
    return Figure(tuple(parts), np.array([length, 0.62, top]))


def motorcycle(rng: np.random.Generator) -> Figure:
    """A motorcycle or scooter with its rider."""
    length = float(np.clip(rng.normal(2.1, 0.12), 1.85, 2.4))
    rear, front = -length / 2 + 0.31, length / 2 - 0.31
    shell = paint(rng)
    bike = Body()
    for x in (rear, front):
        bike.rod((x, -0.07, 0.31), (x, 0.07, 0.31), 0.31, TYRE)
    bike.box((0.0, 0, 0.45), (0.65, 0.36, 0.40), TRIM)
    bike.ellipsoid((0.15, 0, 0.85), (0.70, 0.34, 0.32), shell)
    bike.box((-0.40, 0, 0.80), (0.70, 0.28, 0.14), TRIM)
    bike.ellipsoid((front - 0.25, 0, 0.95), (0.30, 0.40, 0.40), shell)
    for side in (0.08, -0.08):
        bike.rod((front, side, 0.31), (front - 0.30, side, 1.0), 0.03, TRIM)
    bike.rod((front - 0.38, -0.36, 1.08), (front - 0.38, 0.36, 1.08), 0.02, TRIM)
    top = rng.uniform(1.5, 1.7)
    parts = _rider(
        bike, np.array([-0.25, 0, 0.86]), top, np.array([front - 0.38, 0.30, 1.1]), rng, False
    )
    return Figure(tuple(parts), np.array([length, 0.76, top]))


def _rider(
    bike: Body,
    seat: Float64,
    top: float,
    hand: Float64,
    rng: np.random.Generator,
    pedals: bool = True,
) -> list[Part]:
    """Lean the torso towards the hands; the thighs swing when pedalling."""
    shirt, trousers = cloth(rng), cloth(rng)
    helmet = Material(0.5, (0.8, 0.8, 0.75)) if rng.random() < 0.6 else SKIN
    shoulder = np.array([seat[0] + 0.30, 0.0, top - 0.30])
    bike.rod(seat, shoulder, 0.145, shirt)
    bike.ellipsoid(shoulder, (0.24, 0.40, 0.20), shirt)
    bike.ellipsoid((shoulder[0] + 0.06, 0, top - 0.125), (0.22, 0.19, 0.25), helmet)
    parts = [Part(bike, np.zeros(3))]
    hip = seat + np.array([0.0, 0.09, 0.0])
    knee = seat + np.array([0.36, 0.13, -0.22])
    foot = seat + np.array([0.20, 0.14, -0.62])
    elbow = shoulder + np.array([0.0, 0.18, 0.0])
    for side in (1.0, -1.0):
        mirror = np.array([1.0, side, 1.0])
        bike.rod(elbow * mirror, hand * mirror, 0.045, shirt)
        leg = Body()
        leg.rod(hip * mirror, knee * mirror, 0.075, trousers)
        leg.rod(knee * mirror, foot * mirror, 0.055, trousers)
        sole = foot + np.array([0.04, 0.0, -0.03])
        leg.box(sole * mirror, (0.26, 0.09, 0.08), TRIM)
        phase = 0.0 if side > 0 else np.pi
        parts.append(Part(leg, hip * mirror, 0.22 if pedals else 0.0, phase, 4.5))
    return parts
