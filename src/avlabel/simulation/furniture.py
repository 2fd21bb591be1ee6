"""Shapes of what stands at the kerb: lamps, signs, bins, cabinets, posts, trees."""

from __future__ import annotations

import numpy as np

from avlabel.simulation import materials as m
from avlabel.simulation.plants import add_bush, tree
from avlabel.simulation.point_class import OTHER, POLE, VEGETATION
from avlabel.simulation.shapes import Body


def furniture(kind: str, rng: np.random.Generator) -> tuple[Body, int]:
    """One thing of the kerbside; x points away from the carriageway, or along it."""
    body = Body()
    if kind == "tree":
        return tree(rng), VEGETATION
    if kind == "bush":
        add_bush(body, np.zeros(3), rng.uniform(0.6, 1.0), rng)
        return body, VEGETATION
    if kind == "lamp":
        height = rng.uniform(5.5, 9.0)
        body.rod((0, 0, -0.3), (0, 0, height), 0.08, m.STEEL)
        body.rod((0, 0, height), (-1.8, 0, height + 0.2), 0.045, m.STEEL)
        body.box((-1.9, 0, height + 0.2), (0.6, 0.25, 0.12), m.STEEL)
        return body, POLE
    if kind == "sign":
        height = rng.uniform(2.2, 2.9)
        body.rod((0, 0, -0.3), (0, 0, height), 0.035, m.STEEL)
        wide, tall = rng.choice(np.array([[0.6, 0.6], [0.45, 0.65], [0.9, 0.5], [0.3, 0.45]]))
        body.box((0, 0.03, height - tall / 2), (wide, 0.02, tall), m.SIGN)
        return body, POLE
    if kind == "bin":
        colour = m.Material(rng.uniform(0.1, 0.4), (0.12, rng.uniform(0.1, 0.4), 0.12))
        if rng.random() < 0.5:
            body.rod((0, 0, -0.1), (0, 0, 0.95), 0.26, colour)
        else:
            for x in np.arange(int(rng.integers(1, 4))) * 0.68:
                body.box((0, x, 0.52), (0.72, 0.58, 1.04), colour)
        return body, OTHER
    if kind == "cabinet":
        body.box((0, 0, 0.6), (0.45, 1.1, 1.5), m.Material(0.4, (0.45, 0.48, 0.45)))
        return body, OTHER
    height = rng.uniform(0.7, 1.1)
    body.rod((0, 0, -0.2), (0, 0, height), rng.uniform(0.05, 0.11), m.STEEL)
    return body, POLE
