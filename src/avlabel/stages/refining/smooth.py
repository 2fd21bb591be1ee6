"""Rauch-Tung-Striebel smoothing of positions under constant velocity.

H. E. Rauch, F. Tung, C. T. Striebel, "Maximum likelihood estimates of linear dynamic systems",
AIAA Journal 3(8), 1965. Noise is the same along each axis, so that one 2 x 2 covariance serves
all of them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64


def smooth(
    time_s: Float64, position: Float64, sigma_m: Float64, acceleration_mps2: float
) -> tuple[Float64, Float64]:
    """Smooth a path.

    Args:
        time_s: (F,) float64, strictly increasing.
        position: (F, D) float64 metres; rows that were not measured mean nothing.
        sigma_m: (F,) float64 standard deviation of each row, inf where not measured; at least
            one is finite.
        acceleration_mps2: standard deviation of the acceleration over one second: white noise
            of this squared density moves the velocity.

    Returns:
        (F, D) float64 positions and (F, D) float64 velocities.
    """
    return _smooth(time_s, position, sigma_m**2, acceleration_mps2**2)  # type: ignore[no-any-return]


@njit(cache=True, nogil=True)
def _smooth(time_s, position, variance, density):  # type: ignore[no-untyped-def]
    n, dim = position.shape
    x, v = np.zeros((n, dim)), np.zeros((n, dim))
    cov = np.zeros((n, 3))
    x_ahead, v_ahead, cov_ahead = np.zeros((n, dim)), np.zeros((n, dim)), np.zeros((n, 3))
    first = np.argmax(np.isfinite(variance))
    x[0] = position[first]
    cov[0] = np.array([variance[first] + 1e4 * (first > 0), 0.0, 1e3])
    if first == 0:
        cov[0, 0] = variance[0]
    for k in range(n):
        if k > 0:
            dt = time_s[k] - time_s[k - 1]
            pp, pv, vv = cov[k - 1]
            x[k], v[k] = x[k - 1] + dt * v[k - 1], v[k - 1]
            cov[k, 0] = pp + 2 * dt * pv + dt * dt * vv + density * dt**3 / 3
            cov[k, 1] = pv + dt * vv + density * dt * dt / 2
            cov[k, 2] = vv + density * dt
        x_ahead[k], v_ahead[k], cov_ahead[k] = x[k], v[k], cov[k]
        if np.isfinite(variance[k]) and k != first:
            pp, pv, vv = cov[k]
            gain, gain_v = pp / (pp + variance[k]), pv / (pp + variance[k])
            surprise = position[k] - x[k]
            x[k] += gain * surprise
            v[k] += gain_v * surprise
            cov[k] = np.array([(1 - gain) * pp, (1 - gain) * pv, vv - gain_v * pv])
    for k in range(n - 2, -1, -1):
        dt = time_s[k + 1] - time_s[k]
        pp, pv, vv = cov[k]
        # Gain C = P F' (P ahead)^-1 with F = [[1, dt], [0, 1]].
        a, b, d = cov_ahead[k + 1]
        det = a * d - b * b
        f00, f01, f10, f11 = pp + dt * pv, pv, pv + dt * vv, vv
        c00, c01 = (f00 * d - f01 * b) / det, (f01 * a - f00 * b) / det
        c10, c11 = (f10 * d - f11 * b) / det, (f11 * a - f10 * b) / det
        dx, dv = x[k + 1] - x_ahead[k + 1], v[k + 1] - v_ahead[k + 1]
        x[k] += c00 * dx + c01 * dv
        v[k] += c10 * dx + c11 * dv
    return x, v
