"""Who is on the street: kinds, sizes and shapes of road users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.taxonomy import default_taxonomy
from avlabel.simulation.motion import Motion
from avlabel.simulation.people import Figure, bicycle, motorcycle, pedestrian, rigid
from avlabel.simulation.vehicles import bus, car, truck, van

_BUILDERS = {"car": car, "van": van, "truck": truck, "bus": bus}
_DRIVING = {"car": 0.76, "van": 0.09, "truck": 0.06, "bus": 0.04, "motorcycle": 0.05}
_PARKED = {"car": 0.87, "van": 0.10, "truck": 0.03}
_LEAST = {"car": (3.5, 1.6, 1.40), "van": (4.6, 1.8, 1.85), "truck": (5.8, 2.1, 2.5)}


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """A labelled object.

    Attributes:
        leaf: class, a leaf of the taxonomy.
        figure: shape and box.
        motion: of the ground point below the box's centre.
    """

    leaf: str
    figure: Figure
    motion: Motion


def draw_driving(rng: np.random.Generator) -> tuple[str, Figure]:
    """A vehicle as traffic has them."""
    return _draw(_DRIVING, rng)


def draw_parked(rng: np.random.Generator) -> tuple[str, Figure]:
    """A vehicle as kerbs have them."""
    return _draw(_PARKED, rng)


def draw_cyclist(rng: np.random.Generator) -> tuple[str, Figure]:
    """A bicycle and its rider."""
    return "bicycle", bicycle(rng, ridden=True)


def draw_bicycle(rng: np.random.Generator) -> tuple[str, Figure]:
    """A bicycle that somebody left."""
    return "bicycle", bicycle(rng, ridden=False)


def draw_pedestrian(rng: np.random.Generator, *, walking: bool) -> tuple[str, Figure]:
    """Somebody on foot."""
    return "pedestrian", pedestrian(rng, walking=walking)


def _draw(shares: dict[str, float], rng: np.random.Generator) -> tuple[str, Figure]:
    leaf = str(rng.choice(list(shares), p=list(shares.values())))
    if leaf == "motorcycle":
        return leaf, motorcycle(rng)
    size = _draw_size(leaf, rng)
    return leaf, rigid(_BUILDERS[leaf](size, rng), size)


def _draw_size(leaf: str, rng: np.random.Generator) -> Float64:
    """Length, width, height around the taxonomy's prior; long vehicles are wide ones too."""
    taxonomy = default_taxonomy()
    code = taxonomy.code(leaf)
    shared, own = rng.normal(), rng.normal(size=3)
    score = np.clip(0.6 * shared + 0.8 * own, -1.7, 1.7)
    size = taxonomy.size_m[code] + score * taxonomy.size_std_m[code]
    return np.asarray(np.maximum(size, _LEAST.get(leaf, (8.0, 2.3, 2.8))))
