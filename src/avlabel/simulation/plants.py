"""Shapes of trees, bushes and hedges: porous volumes that return from anywhere inside."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.simulation import materials as m
from avlabel.simulation.shapes import Body


def tree(rng: np.random.Generator) -> Body:
    """A trunk, boughs and a porous crown of several clumps."""
    body = Body()
    trunk, height = rng.uniform(2.0, 3.2), rng.uniform(5.0, 10.0)
    radius = rng.uniform(0.08, 0.22)
    body.rod((0, 0, -0.3), (0, 0, trunk + 0.8), radius, m.BARK)
    foliage = m.leaves(rng, rng.uniform(0.5, 1.3))
    spread = 0.26 * height
    for _ in range(int(rng.integers(3, 7))):
        x, y = rng.normal(0, 0.45 * spread, 2)
        z = rng.uniform(trunk + 0.5, height - 0.5 * spread)
        body.rod((0, 0, trunk * 0.85), (x, y, z), 0.35 * radius, m.BARK)
        body.ellipsoid((x, y, z), spread * rng.uniform(0.9, 1.5, 3), foliage)
    return body


def add_bush(body: Body, at: Float64, size: float, rng: np.random.Generator) -> None:
    """Add a few overlapping clumps on the ground."""
    foliage = m.leaves(rng, rng.uniform(3.0, 7.0))
    for _ in range(int(rng.integers(2, 5))):
        offset = np.array([*rng.normal(0, 0.3 * size, 2), rng.uniform(0.25, 0.45) * size])
        body.ellipsoid(at + offset, size * rng.uniform(0.6, 1.2, 3), foliage)


def add_hedge(body: Body, length: float, rng: np.random.Generator) -> None:
    """Add a clipped hedge along x with an uneven top."""
    top = rng.uniform(0.7, 1.7)
    foliage = m.leaves(rng, rng.uniform(6.0, 14.0))
    body.box((0, 0, top / 2 - 0.1), (length, 0.5, top), foliage)
    for x in np.arange(-length / 2, length / 2, 0.8):
        body.ellipsoid((x, rng.normal(0, 0.08), top - 0.25), (1.1, 0.7, 0.8), foliage)
