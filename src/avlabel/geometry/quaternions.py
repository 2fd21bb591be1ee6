"""Unit quaternions w, x, y, z, one at a time inside kernels, where arrays of one cost too much."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64


def slerp(start: Float64, stop: Float64, share: Float64) -> Float64:
    """Rotations on the shortest turn from one to the other (Shoemake 1985).

    Args:
        start: (N, 4) float64 unit quaternions w, x, y, z.
        stop: (N, 4) the same.
        share: (N,) 0 at the start, 1 at the stop.

    Returns:
        (N, 4) float64 with w >= 0.
    """
    return np.asarray(_slerp(np.asarray(start), np.asarray(stop), np.asarray(share)))


@njit(cache=True, nogil=True)
def _slerp(start, stop, share):  # type: ignore[no-untyped-def]
    out = np.empty((len(share), 4))
    for i in range(len(share)):
        first = unit(start[i])
        turn = to_rotvec(multiply(inverse(first), unit(stop[i])))
        out[i] = canonical(multiply(first, from_rotvec(scaled(turn, share[i]))))
    return out


@njit(cache=True, nogil=True)
def unit(q):  # type: ignore[no-untyped-def]
    """Normalised, as a tuple."""
    norm = np.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    return q[0] / norm, q[1] / norm, q[2] / norm, q[3] / norm


@njit(cache=True, nogil=True)
def canonical(q):  # type: ignore[no-untyped-def]
    """Of the two of one rotation, that whose first component other than 0 is positive."""
    w, x, y, z = unit(q)
    for part in (w, x, y, z):
        if part > 0:
            break
        if part < 0:
            return -w, -x, -y, -z
    return w, x, y, z


@njit(cache=True, nogil=True)
def inverse(q):  # type: ignore[no-untyped-def]
    """The turn back."""
    return q[0], -q[1], -q[2], -q[3]


@njit(cache=True, nogil=True)
def multiply(a, b):  # type: ignore[no-untyped-def]
    """First ``b``, then ``a``."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@njit(cache=True, nogil=True)
def rotate(q, v):  # type: ignore[no-untyped-def]
    """A vector turned."""
    _, x, y, z = multiply(multiply(q, (0.0, v[0], v[1], v[2])), inverse(q))
    return x, y, z


@njit(cache=True, nogil=True)
def to_rotvec(q):  # type: ignore[no-untyped-def]
    """Axis times angle, radians, of the shorter way round."""
    w, x, y, z = canonical(q)
    half_sin = np.sqrt(x * x + y * y + z * z)
    scale = 2.0 if half_sin < 1e-12 else 2 * np.arctan2(half_sin, w) / half_sin
    return scaled((x, y, z), scale)


@njit(cache=True, nogil=True)
def from_rotvec(v):  # type: ignore[no-untyped-def]
    """The turn about an axis by its length in radians."""
    angle = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    scale = 0.5 if angle < 1e-12 else np.sin(angle / 2) / angle
    return np.cos(angle / 2), scale * v[0], scale * v[1], scale * v[2]


@njit(cache=True, nogil=True)
def scaled(v, share):  # type: ignore[no-untyped-def]
    """A vector times a number."""
    return v[0] * share, v[1] * share, v[2] * share
