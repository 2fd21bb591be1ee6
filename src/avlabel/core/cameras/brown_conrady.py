"""Brown-Conrady distortion of the image plane, with thin prisms and a tilted sensor.

With r2 = x^2 + y^2 (Brown 1971; rational, thin prism and tilt terms as OpenCV's ``calib3d``)::

    radial = (1 + k1 r2 + k2 r2^2 + k3 r2^3) / (1 + k4 r2 + k5 r2^2 + k6 r2^3)
    x' = x radial + 2 p1 x y + p2 (r2 + 2 x^2) + s1 r2 + s2 r2^2
    y' = y radial + p1 (r2 + 2 y^2) + 2 p2 x y + s3 r2 + s4 r2^2

and, with a sensor turned by tau_x and tau_y, (x', y', 1) times the homography ``tilt``.
Coefficients come as k1 k2 p1 p2 [k3 [k4 k5 k6 [s1 s2 s3 s4 [tau_x tau_y]]]].
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64

COUNTS = (0, 4, 5, 8, 12, 14)
AZIMUTHS = 128
NEWTON_STEPS = 30
CONVERGED = 1e-13
FOUND = 1e-10


class PlaneLens(NamedTuple):
    """A distortion, and where it folds back on itself.

    Attributes:
        coefficients: (12,) float64, zeros where there are none.
        tilt: (3, 3) float64 homography of the sensor's tilt; ``untilt`` its inverse.
        fold: (K,) float64 radius of the first fold at K equally spaced azimuths from 0, infinite
            where there is none; K is 1 if it is the same all around.
        radii: (M,) float64 growing radii up to the nearest fold, and ``bent`` (M,) where the
            radial terms alone take them; where to begin when inverting.
    """

    coefficients: Float64
    tilt: Float64
    untilt: Float64
    fold: Float64
    radii: Float64
    bent: Float64


def plane_lens(coefficients: Float64, radii: Float64) -> PlaneLens:
    """Prepare a distortion.

    Args:
        coefficients: (0,), (4,), (5,), (8,), (12,) or (14,) float64.
        radii: (M,) float64 growing from 0 to the largest radius that any ray takes in the plane.
    """
    padded = np.zeros(14)
    padded[: len(coefficients)] = coefficients
    tilt = _tilt(padded[12], padded[13])
    round_lens = not np.any(padded[[2, 3, 8, 9, 10, 11, 12, 13]])
    azimuths = np.zeros(1) if round_lens else np.arange(AZIMUTHS) * (2 * np.pi / AZIMUTHS)
    terms = padded[:12].copy()
    fold = np.asarray(_first_folds(terms, tilt, radii, azimuths))
    reached = radii[radii < fold.min()] if np.isfinite(fold.min()) else radii
    untilt = np.asarray(np.linalg.inv(tilt), np.float64)
    return PlaneLens(terms, tilt, untilt, fold, reached, _radial(terms, reached))


def _radial(terms: Float64, r: Float64) -> Float64:
    r2 = r * r
    above = 1 + r2 * (terms[0] + r2 * (terms[1] + r2 * terms[4]))
    return np.asarray(r * above / (1 + r2 * (terms[5] + r2 * (terms[6] + r2 * terms[7]))))


def _tilt(tau_x: float, tau_y: float) -> Float64:
    """Homography of a sensor turned about x, then y, projected back along its own axis."""
    cx, sx, cy, sy = np.cos(tau_x), np.sin(tau_x), np.cos(tau_y), np.sin(tau_y)
    about_x = np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    turned = about_y @ about_x
    back = np.array([[turned[2, 2], 0, -turned[0, 2]], [0, turned[2, 2], -turned[1, 2]], [0, 0, 1]])
    return np.asarray(back @ turned)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _distort(x, y, k):  # type: ignore[no-untyped-def]
    """x', y' before the tilt; and the radial term's denominator."""
    r2 = x * x + y * y
    below = 1.0 + r2 * (k[5] + r2 * (k[6] + r2 * k[7]))
    radial = (1.0 + r2 * (k[0] + r2 * (k[1] + r2 * k[4]))) / below
    xy2 = 2.0 * x * y
    bent_x = x * radial + k[2] * xy2 + k[3] * (r2 + 2.0 * x * x) + r2 * (k[8] + r2 * k[9])
    bent_y = y * radial + k[2] * (r2 + 2.0 * y * y) + k[3] * xy2 + r2 * (k[10] + r2 * k[11])
    return bent_x, bent_y, below


@njit(cache=True, nogil=True, error_model="numpy")
def _slopes(x, y, k):  # type: ignore[no-untyped-def]
    """Jacobian of ``_distort``: dx'/dx, dx'/dy, dy'/dx, dy'/dy."""
    r2 = x * x + y * y
    above = 1.0 + r2 * (k[0] + r2 * (k[1] + r2 * k[4]))
    below = 1.0 + r2 * (k[5] + r2 * (k[6] + r2 * k[7]))
    d_above = k[0] + r2 * (2.0 * k[1] + 3.0 * r2 * k[4])
    d_below = k[5] + r2 * (2.0 * k[6] + 3.0 * r2 * k[7])
    radial = above / below
    d_radial = 2.0 * (d_above * below - above * d_below) / (below * below)
    prism_x, prism_y = 2.0 * (k[8] + 2.0 * r2 * k[9]), 2.0 * (k[10] + 2.0 * r2 * k[11])
    mixed = x * y * d_radial + 2.0 * (k[2] * x + k[3] * y)
    xx = radial + x * x * d_radial + 2.0 * k[2] * y + 6.0 * k[3] * x + x * prism_x
    yy = radial + y * y * d_radial + 6.0 * k[2] * y + 2.0 * k[3] * x + y * prism_y
    return xx, mixed + y * prism_x, mixed + x * prism_y, yy


@njit(cache=True, nogil=True, error_model="numpy")
def bend(x, y, lens):  # type: ignore[no-untyped-def]
    """Where a point of the image plane comes to lie on the sensor."""
    bent_x, bent_y, _ = _distort(x, y, lens.coefficients)
    t = lens.tilt
    w = t[2, 0] * bent_x + t[2, 1] * bent_y + t[2, 2]
    return (
        (t[0, 0] * bent_x + t[0, 1] * bent_y + t[0, 2]) / w,
        (t[1, 0] * bent_x + t[1, 1] * bent_y + t[1, 2]) / w,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def within_fold(x, y, fold):  # type: ignore[no-untyped-def]
    """Whether a point of the image plane lies before the first fold."""
    r2 = x * x + y * y
    if len(fold) == 1:
        return r2 <= fold[0] * fold[0]
    position = np.arctan2(y, x) * (len(fold) / (2.0 * np.pi))
    before = np.floor(position)
    part = position - before
    k = int(before) % len(fold)
    radius = fold[k]
    if part > 0.0:
        # Infinite times zero would be NaN.
        radius = (1.0 - part) * radius + part * fold[(k + 1) % len(fold)]
    return r2 <= radius * radius


@njit(cache=True, nogil=True, error_model="numpy")
def unbend(bent_x, bent_y, lens):  # type: ignore[no-untyped-def]
    """Inverse of ``bend`` by Newton's method; NaN where no point before the fold leads there."""
    t = lens.untilt
    w = t[2, 0] * bent_x + t[2, 1] * bent_y + t[2, 2]
    goal_x = (t[0, 0] * bent_x + t[0, 1] * bent_y + t[0, 2]) / w
    goal_y = (t[1, 0] * bent_x + t[1, 1] * bent_y + t[1, 2]) / w
    distance = np.hypot(goal_x, goal_y)
    start = 1.0 if distance == 0.0 else np.interp(distance, lens.bent, lens.radii) / distance
    x, y = goal_x * start, goal_y * start
    at_x, at_y, _ = _distort(x, y, lens.coefficients)
    off = np.hypot(goal_x - at_x, goal_y - at_y)
    scale = 1.0 + distance
    for _ in range(NEWTON_STEPS):
        if off <= CONVERGED * scale:
            break
        x, y, at_x, at_y, now_off = _step(x, y, at_x, at_y, goal_x, goal_y, off, lens.coefficients)
        if now_off >= off:
            break
        off = now_off
    if w > 0.0 and off <= FOUND * scale and within_fold(x, y, lens.fold):
        return x, y
    return np.nan, np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _step(x, y, at_x, at_y, goal_x, goal_y, off, k):  # type: ignore[no-untyped-def]
    """A step of Newton's method, halved until it leads closer to the goal."""
    xx, xy, yx, yy = _slopes(x, y, k)
    determinant = xx * yy - xy * yx
    left_x, left_y = goal_x - at_x, goal_y - at_y
    step_x = (yy * left_x - xy * left_y) / determinant
    step_y = (xx * left_y - yx * left_x) / determinant
    for _ in range(12):
        new_x, new_y, _ = _distort(x + step_x, y + step_y, k)
        new_off = np.hypot(goal_x - new_x, goal_y - new_y)
        if new_off < off:
            return x + step_x, y + step_y, new_x, new_y, new_off
        step_x, step_y = 0.5 * step_x, 0.5 * step_y
    return x, y, at_x, at_y, off


@njit(cache=True, nogil=True, error_model="numpy")
def _first_folds(k, tilt, radii, azimuths):  # type: ignore[no-untyped-def]
    """(K,) last radius at each azimuth up to which the whole map keeps its orientation."""
    folds = np.full(len(azimuths), np.inf)
    for a in range(len(azimuths)):
        c, s = np.cos(azimuths[a]), np.sin(azimuths[a])
        for i in range(1, len(radii)):
            if _keeps_orientation(radii[i] * c, radii[i] * s, k, tilt):
                continue
            good, bad = radii[i - 1], radii[i]
            for _ in range(50):
                middle = 0.5 * (good + bad)
                if _keeps_orientation(middle * c, middle * s, k, tilt):
                    good = middle
                else:
                    bad = middle
            folds[a] = good
            break
    return folds


@njit(cache=True, nogil=True, error_model="numpy")
def _keeps_orientation(x, y, k, tilt):  # type: ignore[no-untyped-def]
    """Sign of the Jacobian's determinant, beyond no pole of the radial term or the tilt.

    The tilt's own determinant is positive wherever its denominator is.
    """
    bent_x, bent_y, below = _distort(x, y, k)
    w = tilt[2, 0] * bent_x + tilt[2, 1] * bent_y + tilt[2, 2]
    xx, xy, yx, yy = _slopes(x, y, k)
    return below > 0.0 and w > 0.0 and xx * yy - xy * yx > 0.0
