"""Shapes of buildings."""

from __future__ import annotations

import numpy as np

from avlabel.simulation import materials as m
from avlabel.simulation.shapes import Body


def building(width: float, depth: float, rng: np.random.Generator) -> Body:
    """A block with bays, pilasters, a porch and a cornice; its front lies at y = 0."""
    # Storeys of 3.1 m, as the windows have, and a parapet.
    height = 3.1 * int(rng.integers(1, 6)) + rng.uniform(0.5, 0.9)
    wall = m.facade(rng)
    body = Body()
    body.box((0, depth / 2, height / 2 - 1.0), (width, depth, height + 2.0), wall)
    for x in np.arange(-width / 2 + 1.6, width / 2 - 1.5, rng.uniform(3.0, 6.0)):
        kind = rng.choice(["none", "bay", "pilaster", "balcony"], p=[0.35, 0.2, 0.25, 0.2])
        if kind == "bay":
            body.box((x, -0.1, height / 2), (2.2, 0.9, height * 0.9), wall)
        elif kind == "pilaster":
            body.box((x, -0.05, height / 2 - 0.5), (0.5, 0.35, height + 1.0), m.CONCRETE)
        elif kind == "balcony":
            for z in np.arange(3.2, height - 1.0, 3.0):
                body.box((x, -0.5, z), (2.4, 1.0, 0.15), m.CONCRETE)
                body.box((x, -0.98, z + 0.55), (2.4, 0.04, 1.0), m.MESH)
    door = rng.uniform(-0.35, 0.35) * width
    body.box((door, -0.3, 0.1), (1.6, 0.8, 0.5), m.CONCRETE)
    body.box((door, -0.35, 2.6), (1.8, 0.9, 0.15), m.WOOD)
    body.box((0, 0.0, height - 0.1), (width + 0.1, 0.5, 0.3), m.CONCRETE)
    return body
