"""What a LiDAR reports of the surfaces its rays met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int16
from avlabel.simulation.beams import BeamTable
from avlabel.simulation.point_class import NOISE
from avlabel.simulation.raycast import Bundles, Hits
from avlabel.simulation.surface import Surface

POINTING_NOISE_RAD = 1e-4

GRAZING = 0.18
"""Share of the return that even a grazing hit gives, since no surface is smooth."""

WINDOW_LOSS = 0.6
"""Share of beams on a facade's window that never come back."""

GHOST_SIGNAL = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class LidarSpec:
    """How a LiDAR measures.

    Attributes:
        beams: where its beams point, and their reach.
        columns: firings a turn.
        range_noise_m: standard deviation of ranges.
        clutter_rate: share of rays that return from nothing.
        pointing_noise_rad: standard deviation of the beams' directions.
    """

    beams: BeamTable
    columns: int
    range_noise_m: float
    clutter_rate: float
    pointing_noise_rad: float = POINTING_NOISE_RAD


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """Of each of R rays.

    Attributes:
        range_m: (R,) float64 measured.
        intensity: (R,) int16, 0..255.
        point_class: (R,) int16.
        is_kept: (R,) bool: whether the sensor reports the ray at all.
    """

    range_m: Float64
    intensity: Int16
    point_class: Int16
    is_kept: BoolArray


def measure(
    spec: LidarSpec, bundles: Bundles, hits: Hits, surface: Surface, rng: np.random.Generator
) -> Returns:
    """Add noise, lose weak returns, and see ghosts.

    The signal of a diffuse target falls with the cosine of incidence and the square of range;
    around the sensor's floor returns are lost by a smooth chance. Half of the beams on a window
    pane meet what hangs behind it.
    """
    n = len(hits.range_m)
    cosine = np.abs(np.einsum("ri,ri->r", hits.normal, bundles.direction))
    signal = surface.reflectivity * (GRAZING + (1 - GRAZING) * cosine)
    hit = np.isfinite(hits.range_m)
    true_m = np.where(hit, hits.range_m, 1.0)
    behind_pane = surface.is_window & (rng.random(n) < 0.5)
    true_m = true_m + np.where(behind_pane, rng.uniform(0.05, 0.5, n), 0.0)
    margin = signal / true_m**2 / spec.beams.signal_floor
    seen = rng.random(n) < margin**2 / (1.0 + margin**2)
    seen &= ~surface.is_window | (rng.random(n) > WINDOW_LOSS)
    noisy_m = true_m + rng.normal(0.0, 1.0, n) * spec.range_noise_m
    seen &= hit & (noisy_m > spec.beams.min_range_m)
    ghost = rng.random(n) < spec.clutter_rate
    ghost_m = _ghost_ranges(spec, hits, rng)
    speckled = np.where(ghost, GHOST_SIGNAL, signal * rng.uniform(0.85, 1.15, n))
    # Sensors compress intensity; the square root puts asphalt near 60 and paint near 140.
    intensity = np.clip(np.round(255.0 * np.sqrt(speckled)), 0, 255)
    return Returns(
        np.where(ghost, ghost_m, noisy_m),
        intensity.astype(np.int16),
        np.where(ghost, NOISE, surface.point_class).astype(np.int16),
        seen | ghost,
    )


def _ghost_ranges(spec: LidarSpec, hits: Hits, rng: np.random.Generator) -> Float64:
    """Dust and rain answer from anywhere before the surface."""
    nearest = spec.beams.min_range_m
    farthest = np.minimum(hits.range_m, spec.beams.max_range_m)
    return rng.uniform(nearest, np.maximum(farthest, nearest + 0.1))
