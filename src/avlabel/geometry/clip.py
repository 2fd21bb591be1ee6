"""Cutting polygons and segments by planes, in space and in the image."""

from __future__ import annotations

import numpy as np
from numba import njit

MAX_PIECE_RAD = np.deg2rad(2.0)
"""Under distortion an edge is bent once in every such angle, which keeps chords within a pixel."""

OUTSIDE, ACROSS, INSIDE = 0, 1, 2


@njit(cache=True, nogil=True)
def dot(a, b):  # type: ignore[no-untyped-def]
    """Product of two vectors' first three values; ``np.dot`` would call BLAS for it."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit(cache=True, nogil=True)
def norm(a):  # type: ignore[no-untyped-def]
    """Length of a vector (3,)."""
    return np.sqrt(dot(a, a))


@njit(cache=True, nogil=True)
def side_of(points, planes):  # type: ignore[no-untyped-def]
    """Where the hull of points (K, 3) lies to planes (P, 4); ACROSS also where it just may."""
    answer = INSIDE
    for plane in planes:
        inside = 0
        for point in points:
            inside += dot(plane, point) + plane[3] >= 0
        if inside == 0:
            return OUTSIDE
        if inside < len(points):
            answer = ACROSS
    return answer


@njit(cache=True, nogil=True)
def turned_away(face):  # type: ignore[no-untyped-def]
    """Whether a face (4, 3), clockwise from outside, shows its inner side to the origin."""
    ux, uy, uz = face[3, 0] - face[1, 0], face[3, 1] - face[1, 1], face[3, 2] - face[1, 2]
    vx, vy, vz = face[2, 0] - face[0, 0], face[2, 1] - face[0, 1], face[2, 2] - face[0, 2]
    outward = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    # From the middle of the face, times four.
    towards = 0.0
    for d in range(3):
        towards += outward[d] * (face[0, d] + face[1, d] + face[2, d] + face[3, d])
    return towards > 0


@njit(cache=True, nogil=True)
def clip_polygon(polygon, n, planes, spare):  # type: ignore[no-untyped-def]
    """Cut a polygon in place by half spaces (Sutherland and Hodgman 1974).

    Args:
        polygon: (K, D) float64 whose first ``n`` rows are the vertices, with room for more.
        n: number of vertices.
        planes: (P, D + 1) float64 normals and offsets; inside is ``normal . x + offset >= 0``.
        spare: (K, D) float64 working memory.

    Returns:
        Number of vertices left in ``polygon``; 0 if nothing is inside.
    """
    dims = polygon.shape[1]
    for p in range(len(planes)):
        m = 0
        for k in range(n):
            after = (k + 1) % n
            side, side_after = planes[p, dims], planes[p, dims]
            for d in range(dims):
                side += planes[p, d] * polygon[k, d]
                side_after += planes[p, d] * polygon[after, d]
            if side >= 0:
                for d in range(dims):
                    spare[m, d] = polygon[k, d]
                m += 1
            if (side > 0 and side_after < 0) or (side < 0 and side_after > 0):
                part = side / (side - side_after)
                for d in range(dims):
                    spare[m, d] = polygon[k, d] + part * (polygon[after, d] - polygon[k, d])
                m += 1
        n = m
        if n < 3:
            return 0
        for k in range(n):
            for d in range(dims):
                polygon[k, d] = spare[k, d]
    return n


@njit(cache=True, nogil=True)
def clip_segment(a, b, planes):  # type: ignore[no-untyped-def]
    """First and last fraction of the segment (3,) to (3,) inside ``planes``; empty if reversed."""
    first, last = 0.0, 1.0
    for plane in planes:
        side_a, side_b = dot(plane, a) + plane[3], dot(plane, b) + plane[3]
        if side_a < 0 and side_b < 0:
            return 1.0, 0.0
        if side_a < 0:
            first = max(first, side_a / (side_a - side_b))
        elif side_b < 0:
            last = min(last, side_a / (side_a - side_b))
    return first, last


@njit(cache=True, nogil=True, error_model="numpy")
def pieces_of(a, b, bent):  # type: ignore[no-untyped-def]
    """In how many pieces an edge (3,) to (3,) is drawn: one where straight lines stay straight."""
    if not bent:
        return 1
    cosine = dot(a, b) / (norm(a) * norm(b))
    return max(1, int(np.ceil(np.arccos(min(1.0, max(-1.0, cosine))) / MAX_PIECE_RAD)))


@njit(cache=True, nogil=True, error_model="numpy")
def point_between(a, b, part, out):  # type: ignore[no-untyped-def]
    """The point of the edge a to b that lies ``part`` of the way as the camera sees it.

    Weights by inverse distance space the pieces evenly in the image rather than in space, where
    an edge that passes close by would be bent once in half a view.
    """
    weight_a = (1.0 - part) / norm(a)
    weight_b = part / norm(b)
    for d in range(3):
        out[d] = (weight_a * a[d] + weight_b * b[d]) / (weight_a + weight_b)


@njit(cache=True, nogil=True)
def with_room(points, needed):  # type: ignore[no-untyped-def]
    """Points (P, D), moved to a larger array if they are fewer than ``needed``."""
    if needed <= len(points):
        return points
    grown = np.empty((2 * needed, points.shape[1]))
    # Assigning a slice would double what it takes to compile this module.
    for k in range(len(points)):
        for d in range(points.shape[1]):
            grown[k, d] = points[k, d]
    return grown


@njit(cache=True, nogil=True)
def solid_angle(a, b, c):  # type: ignore[no-untyped-def]
    """Signed steradians of a triangle seen from the origin (Van Oosterom and Strackee 1983)."""
    la, lb, lc = norm(a), norm(b), norm(c)
    volume = (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        + a[1] * (b[2] * c[0] - b[0] * c[2])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )
    below = la * lb * lc + dot(a, b) * lc + dot(a, c) * lb + dot(b, c) * la
    return 2.0 * np.arctan2(volume, below)


@njit(cache=True, nogil=True)
def area(polygon, n):  # type: ignore[no-untyped-def]
    """Signed area of the first ``n`` vertices of a (K, 2) polygon."""
    total = 0.0
    for k in range(1, n - 1):
        total += (polygon[k, 0] - polygon[0, 0]) * (polygon[k + 1, 1] - polygon[0, 1])
        total -= (polygon[k + 1, 0] - polygon[0, 0]) * (polygon[k, 1] - polygon[0, 1])
    return total / 2.0
