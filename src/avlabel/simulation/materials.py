"""What surfaces do to a laser beam and to a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Rgb = tuple[float, float, float]

PLAIN, FACADE = range(2)
"""Patterns that ``surface.py`` paints on a material."""


@dataclass(frozen=True, slots=True)
class Material:
    """One kind of surface.

    Attributes:
        reflectivity: diffuse share of light at 905 nm that returns; above 1 for retroreflectors.
        colour: linear red, green, blue in 0..1.
        opacity: chance that a LiDAR beam returns from the surface instead of passing it.
        density: returns per metre inside a porous volume; 0 for a solid.
        pattern: what is painted on it.
    """

    reflectivity: float
    colour: Rgb
    opacity: float = 1.0
    density: float = 0.0
    pattern: int = PLAIN


GLASS = Material(0.10, (0.06, 0.08, 0.10), opacity=0.12)
DARK_WINDOW = Material(0.012, (0.06, 0.08, 0.10))
TYRE = Material(0.04, (0.03, 0.03, 0.03))
RIM = Material(0.35, (0.5, 0.5, 0.52))
TRIM = Material(0.06, (0.05, 0.05, 0.05))
SEAT = Material(0.12, (0.10, 0.09, 0.08))
HEADLAMP = Material(1.4, (0.9, 0.9, 0.85))
TAIL_LAMP = Material(2.0, (0.55, 0.03, 0.03))
PLATE = Material(4.0, (0.85, 0.85, 0.8))
SKIN = Material(0.45, (0.75, 0.52, 0.40))
SPOKES = Material(0.2, (0.08, 0.08, 0.08), opacity=0.3)
STEEL = Material(0.30, (0.35, 0.36, 0.37))
SIGN = Material(6.0, (0.75, 0.10, 0.10))
LIGHT_BOX = Material(0.08, (0.05, 0.06, 0.05))
CONCRETE = Material(0.32, (0.50, 0.49, 0.46))
BARK = Material(0.30, (0.25, 0.18, 0.12))
WOOD = Material(0.40, (0.45, 0.32, 0.20))
PICKETS = Material(0.40, (0.50, 0.42, 0.32), opacity=0.55)
MESH = Material(0.25, (0.4, 0.42, 0.42), opacity=0.25)


def leaves(rng: np.random.Generator, density: float) -> Material:
    """Foliage: returns from anywhere inside."""
    green = rng.uniform(0.6, 1.2)
    colour = (0.18 * rng.uniform(0.6, 1.6), 0.30 * green, 0.10)
    return Material(rng.uniform(0.35, 0.55), colour, opacity=1.0, density=density)


_PAINTS: tuple[tuple[Rgb, float], ...] = (
    ((0.85, 0.85, 0.85), 0.65),
    ((0.55, 0.57, 0.60), 0.45),
    ((0.25, 0.26, 0.28), 0.18),
    ((0.03, 0.03, 0.04), 0.05),
    ((0.05, 0.10, 0.35), 0.20),
    ((0.50, 0.04, 0.05), 0.40),
    ((0.10, 0.28, 0.15), 0.20),
    ((0.60, 0.52, 0.38), 0.45),
)


def paint(rng: np.random.Generator) -> Material:
    """Vehicle paint: white and greys are common; black hardly answers a laser."""
    share = np.array([0.26, 0.20, 0.16, 0.18, 0.08, 0.07, 0.02, 0.03])
    colour, reflectivity = _PAINTS[int(rng.choice(len(_PAINTS), p=share))]
    return Material(reflectivity * rng.uniform(0.8, 1.2), colour)


def cloth(rng: np.random.Generator) -> Material:
    """Clothes: any colour; most reflect near infrared well."""
    red, green, blue = rng.uniform(0.05, 0.7, 3)
    return Material(rng.uniform(0.1, 0.7), (red, green, blue))


def facade(rng: np.random.Generator) -> Material:
    """Brick or plaster with rows of windows."""
    base = rng.choice(np.array([[0.45, 0.22, 0.16], [0.70, 0.66, 0.58], [0.52, 0.50, 0.48]]))
    red, green, blue = base * rng.uniform(0.8, 1.2)
    return Material(rng.uniform(0.2, 0.55), (red, green, blue), pattern=FACADE)
