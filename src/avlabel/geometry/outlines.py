"""Compiled loops behind ``geometry.projection``: shapes cut to the view, and their bounds."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.geometry.clip import (
    ACROSS,
    INSIDE,
    OUTSIDE,
    area,
    clip_polygon,
    clip_segment,
    pieces_of,
    point_between,
    side_of,
    solid_angle,
    turned_away,
)


@njit(cache=True, nogil=True)
def cut_far_faces(corners, faces, planes, bent):  # type: ignore[no-untyped-def]
    """Outlines of the far faces inside ``planes``, and the share of the solid angle inside."""
    n_boxes = len(corners)
    face, spare = np.empty((16, 3)), np.empty((16, 3))
    points = np.empty((64 * n_boxes + 64, 3))
    offsets = np.zeros(6 * n_boxes + 1, np.int64)
    owner = np.empty(6 * n_boxes, np.int64)
    share = np.zeros(n_boxes)
    polygons, total = 0, 0
    for b in range(n_boxes):
        side = side_of(corners[b], planes)
        if side == OUTSIDE:
            continue
        kept, whole = 0.0, 0.0
        for f in range(6):
            for k in range(4):
                for d in range(3):
                    face[k, d] = corners[b, faces[f, k], d]
            if not turned_away(face):
                continue
            n = 4
            if side == ACROSS:
                whole -= _solid_angle_of(face, 4)
                n = clip_polygon(face, 4, planes, spare)
                kept -= _solid_angle_of(face, n)
            if n:
                points, total = _append_outline(points, total, face, n, bent)
                owner[polygons] = b
                polygons += 1
                offsets[polygons] = total
        share[b] = 1.0 if side == INSIDE else min(1.0, kept / max(whole, 1e-12))
    return points[:total], offsets[: polygons + 1], owner[:polygons], share


@njit(cache=True, nogil=True)
def faces_away(corners, faces):  # type: ignore[no-untyped-def]
    """(N, 6) bool: which faces of boxes (N, 8, 3) show the origin their inner side."""
    away = np.empty((len(corners), 6), np.bool_)
    for b in range(len(corners)):
        for f in range(6):
            away[b, f] = turned_away(corners[b][faces[f]])
    return away


@njit(cache=True, nogil=True)
def _solid_angle_of(polygon, n):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(1, n - 1):
        total += solid_angle(polygon[0], polygon[k], polygon[k + 1])
    return total


@njit(cache=True, nogil=True)
def _append_outline(points, total, polygon, n, bent):  # type: ignore[no-untyped-def]
    """Add the polygon's vertices, and points between them where its edges may be bent."""
    for k in range(n):
        a, b = polygon[k], polygon[(k + 1) % n]
        pieces = pieces_of(a, b, bent)
        points = _with_room(points, total + pieces)
        for piece in range(pieces):
            point_between(a, b, piece / pieces, points[total])
            total += 1
    return points, total


@njit(cache=True, nogil=True)
def _with_room(points, needed):  # type: ignore[no-untyped-def]
    if needed <= len(points):
        return points
    grown = np.empty((2 * needed, points.shape[1]))
    # Assigning a slice would double what it takes to compile this module.
    for k in range(len(points)):
        for d in range(points.shape[1]):
            grown[k, d] = points[k, d]
    return grown


@njit(cache=True, nogil=True)
def cut_polygons(polygons, planes, bent):  # type: ignore[no-untyped-def]
    """Outlines (P, 3) and offsets (L + 1,) of polygons (L, K, 3) inside ``planes``."""
    room = polygons.shape[1] + len(planes) + 4
    polygon, spare = np.empty((room, 3)), np.empty((room, 3))
    points = np.empty((64, 3))
    offsets = np.zeros(len(polygons) + 1, np.int64)
    total = 0
    for i in range(len(polygons)):
        for k in range(polygons.shape[1]):
            for d in range(3):
                polygon[k, d] = polygons[i, k, d]
        n = clip_polygon(polygon, polygons.shape[1], planes, spare)
        points, total = _append_outline(points, total, polygon, n, bent)
        offsets[i + 1] = total
    return points[:total], offsets


@njit(cache=True, nogil=True)
def cut_segments(segments, planes, bent):  # type: ignore[no-untyped-def]
    """Points (P, 3) and offsets (L + 1,) of segments (L, 2, 3) inside ``planes``."""
    points = np.empty((4 * len(segments) + 64, 3))
    offsets = np.zeros(len(segments) + 1, np.int64)
    a, b = np.empty(3), np.empty(3)
    total = 0
    for i in range(len(segments)):
        start, end = segments[i, 0], segments[i, 1]
        first, last = clip_segment(start, end, planes)
        if first < last:
            for d in range(3):
                a[d] = start[d] + first * (end[d] - start[d])
                b[d] = start[d] + last * (end[d] - start[d])
            pieces = pieces_of(a, b, bent)
            points = _with_room(points, total + pieces + 1)
            for piece in range(pieces + 1):
                point_between(a, b, piece / pieces, points[total])
                total += 1
        offsets[i + 1] = total
    return points[:total], offsets


@njit(cache=True, nogil=True)
def bound(uv, valid, offsets, owner, n_boxes, image):  # type: ignore[no-untyped-def]
    """Bounds of each owner's outlines inside the image, and their areas inside and before."""
    bounds = np.full((n_boxes, 4), np.nan)
    inside, before = np.zeros(n_boxes), np.zeros(n_boxes)
    longest = 0
    for i in range(len(owner)):
        longest = max(longest, offsets[i + 1] - offsets[i])
    # A line cuts an n-gon of any shape into at most 1.5 n vertices; four of them into 5.1 n.
    room = 6 * longest + 16
    polygon, spare = np.empty((room, 2)), np.empty((room, 2))
    for i in range(len(owner)):
        b, n = owner[i], 0
        for k in range(offsets[i], offsets[i + 1]):
            if valid[k]:
                polygon[n, 0], polygon[n, 1] = uv[k, 0], uv[k, 1]
                n += 1
        before[b] += abs(area(polygon, n))
        n = clip_polygon(polygon, n, image, spare)
        inside[b] += abs(area(polygon, n))
        for k in range(n):
            for d in range(2):
                # NaN, where nothing has been seen yet, fails both comparisons.
                if not bounds[b, d] <= polygon[k, d]:
                    bounds[b, d] = polygon[k, d]
                if not bounds[b, d + 2] >= polygon[k, d]:
                    bounds[b, d + 2] = polygon[k, d]
    return bounds, inside, before
