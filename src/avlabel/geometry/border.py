"""Cutting outlines and lines where a lens's valid field of view ends.

That border is a closed curve around the optical axis on the sphere of directions (a circle, for
round lenses). No plane cuts along it, so it is cut by walking along outlines already made of many
short pieces. Outlines must not go around the border: they are cut to wedges before.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.geometry.clip import norm, point_between, with_room

HALVINGS = 40
ARC_RAD = np.deg2rad(2.0)
"""Where an outline follows the border, it has a point every such azimuth."""


@njit(cache=True, nogil=True)
def is_within(ray, border, cosine):  # type: ignore[no-untyped-def]
    """Whether a ray (3,) is inside ``border``; ``cosine`` is that of its narrowest angle."""
    if ray[2] >= cosine * norm(ray):
        return True
    if len(border) == 1:
        return False
    angle = np.arctan2(np.hypot(ray[0], ray[1]), ray[2])
    return angle <= _angle_at(np.arctan2(ray[1], ray[0]), border)


@njit(cache=True, nogil=True)
def is_hull_within(points, border):  # type: ignore[no-untyped-def]
    """Whether the sphere around points (K, 3) is inside ``border``; True if there is no border."""
    center, radius = np.zeros(3), 0.0
    for d in range(3):
        for k in range(len(points)):
            center[d] += points[k, d] / len(points)
    for k in range(len(points)):
        x, y, z = points[k, 0] - center[0], points[k, 1] - center[1], points[k, 2] - center[2]
        radius = max(radius, np.sqrt(x * x + y * y + z * z))
    distance = norm(center)
    if len(border) == 0 or radius >= distance:
        return len(border) == 0
    widest = np.arctan2(np.hypot(center[0], center[1]), center[2]) + np.arcsin(radius / distance)
    return widest <= border.min()


@njit(cache=True, nogil=True)
def _angle_at(azimuth, border):  # type: ignore[no-untyped-def]
    """The border's angle off axis at an azimuth, linear between samples."""
    position = azimuth * (len(border) / (2.0 * np.pi))
    before = np.floor(position)
    part = position - before
    k = int(before)
    return (1.0 - part) * border[k % len(border)] + part * border[(k + 1) % len(border)]


@njit(cache=True, nogil=True)
def trim_outline(points, first, total, border):  # type: ignore[no-untyped-def]
    """Cut the outline ``points[first:total]`` to the border, in place.

    Where it leaves and comes back, it follows the border between.

    Returns:
        The points (moved, if they needed more room) and the new total.
    """
    cosine = np.cos(border.min())
    start, n = -1, total - first
    n_within = 0
    for k in range(first, total):
        if is_within(points[k], border, cosine):
            start = k - first
            n_within += 1
    if n_within == n:
        return points, total
    if n_within == 0:
        return points, first
    outline, cut = points[first:total].copy(), np.empty(3)
    total, left_at = first, 0.0
    for k in range(start, start + n):
        a, b = outline[k % n], outline[(k + 1) % n]
        a_within, b_within = is_within(a, border, cosine), is_within(b, border, cosine)
        if a_within:
            points, total = _append(points, total, a)
        if a_within == b_within:
            continue
        if a_within:
            _cross(a, b, border, cosine, cut)
            left_at = np.arctan2(cut[1], cut[0])
        else:
            _cross(b, a, border, cosine, cut)
            back_at = np.arctan2(cut[1], cut[0])
            points, total = _append_arc(points, total, left_at, back_at, norm(cut), border)
        points, total = _append(points, total, cut)
    return points, total


@njit(cache=True, nogil=True)
def trim_line(points, first, total, border, ends):  # type: ignore[no-untyped-def]
    """Cut the line ``points[first:total]`` to the border, in place.

    Args:
        points: (P, 3) rays.
        first: index where the line begins.
        total: index after its last point.
        border: (K,) angles off axis.
        ends: (M,) int64 to which the end of each run left over is written.

    Returns:
        The points (moved, if they needed more room), and the number of runs.
    """
    cosine = np.cos(border.min())
    line, cut = points[first:total].copy(), np.empty(3)
    n, runs = total - first, 0
    total = first
    for k in range(n):
        if not is_within(line[k], border, cosine):
            continue
        if k > 0 and not is_within(line[k - 1], border, cosine):
            _cross(line[k], line[k - 1], border, cosine, cut)
            points, total = _append(points, total, cut)
        points, total = _append(points, total, line[k])
        leaves = k + 1 < n and not is_within(line[k + 1], border, cosine)
        if leaves:
            _cross(line[k], line[k + 1], border, cosine, cut)
            points, total = _append(points, total, cut)
        if leaves or k + 1 == n:
            ends[runs] = total
            runs += 1
    return points, runs


@njit(cache=True, nogil=True)
def _cross(within, beyond, border, cosine, out):  # type: ignore[no-untyped-def]
    """Write the last ray from ``within`` to ``beyond`` that is inside the border."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        point_between(within, beyond, middle, out)
        if is_within(out, border, cosine):
            low = middle
        else:
            high = middle
    point_between(within, beyond, low, out)


@njit(cache=True, nogil=True)
def _append_arc(points, total, start, end, length, border):  # type: ignore[no-untyped-def]
    """Add rays along the border between two azimuths, the short way around."""
    turn = (end - start + np.pi) % (2.0 * np.pi) - np.pi
    pieces = int(np.ceil(abs(turn) / ARC_RAD))
    ray = np.empty(3)
    for piece in range(1, pieces):
        azimuth = start + turn * piece / pieces
        angle = _angle_at(azimuth, border)
        ray[0] = length * np.sin(angle) * np.cos(azimuth)
        ray[1] = length * np.sin(angle) * np.sin(azimuth)
        ray[2] = length * np.cos(angle)
        points, total = _append(points, total, ray)
    return points, total


@njit(cache=True, nogil=True)
def _append(points, total, ray):  # type: ignore[no-untyped-def]
    points = with_room(points, total + 1)
    for d in range(3):
        points[total, d] = ray[d]
    return points, total + 1
