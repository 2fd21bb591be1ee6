"""The angle of a vector in the plane, at half the price of the C library's ``atan2``.

Panoramas and fisheyes take one or two for each point. Angles are reduced to the arctangent on
|t| <= tan(pi / 8), as in W. J. Cody, W. Waite, "Software manual for the elementary functions",
1980; there a polynomial through Chebyshev's nodes is within two units in the last place.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.polynomial import chebyshev, polynomial

from avlabel.core.arrays import Float64

STEEP = float(np.tan(np.pi / 8))
DEGREE = 12


def _coefficients() -> Float64:
    """Of arctan(t) / t as a polynomial in t^2, which runs from 0 to STEEP^2."""
    nodes = chebyshev.chebpts1(400)
    t = STEEP * np.sqrt((nodes + 1) / 2)
    powers = chebyshev.cheb2poly(chebyshev.chebfit(nodes, np.arctan(t) / t, DEGREE))
    # node = 2 t^2 / STEEP^2 - 1, by Horner's rule.
    found = np.zeros(1)
    for power in powers[::-1]:
        found = polynomial.polyadd([power], polynomial.polymul(found, [-1.0, 2.0 / STEEP**2]))
    return np.asarray(found[: DEGREE + 1], np.float64)


C = tuple(float(c) for c in _coefficients())


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"}, inline="always")
def angle(y, x):  # type: ignore[no-untyped-def]
    """``arctan2(y, x)`` in -pi..pi for finite y and x, within 1e-15; 0 where both are 0."""
    up, along = abs(y), abs(x)
    short, long = min(up, along), max(up, along)
    turned = short > STEEP * long
    above = short - long if turned else short
    below = short + long if turned else long
    t = above / (below + 1e-300)
    s = t * t
    low = C[0] + s * (C[1] + s * (C[2] + s * (C[3] + s * (C[4] + s * C[5]))))
    high = C[6] + s * (C[7] + s * (C[8] + s * (C[9] + s * (C[10] + s * (C[11] + s * C[12])))))
    series = low + s * s * s * s * s * s * high
    small = t * series + (0.25 * np.pi if turned else 0.0)
    folded = 0.5 * np.pi - small if up > along else small
    ahead = np.pi - folded if x < 0.0 else folded
    return -ahead if y < 0.0 else ahead
