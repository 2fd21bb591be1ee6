"""Compiled loops behind ``geometry.projection``: shapes in space, cut to a camera's view.

What they make are rays: of a point only its direction counts, so all have about the same length.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.geometry.border import is_hull_within, trim_line, trim_outline
from avlabel.geometry.clip import (
    ACROSS,
    INSIDE,
    OUTSIDE,
    clip_polygon,
    clip_segment,
    pieces_of,
    point_between,
    side_of,
    solid_angle,
    turned_away,
    with_room,
)
from avlabel.geometry.view import FAR_M


@njit(cache=True, nogil=True)
def cut_far_faces(corners, faces, regions, border, bent):  # type: ignore[no-untyped-def]
    """Outlines of the faces of boxes that are turned away, cut to the view.

    Args:
        corners: (N, 8, 3) metres in the camera frame.
        faces: (6, 4) corner indices.
        regions: (R, P, 4) as in ``View``.
        border: (K,) as in ``View``.
        bent: whether edges are bent in the image.

    Returns:
        Rays (P, 3), offsets (O + 1,) of the outlines, their boxes (O,), regions (O,) and
        steradians (O,), and the steradians of each box as if all of it were in view (N,).
    """
    n_boxes, n_regions = len(corners), len(regions)
    face, spare = np.empty((16, 3)), np.empty((16, 3))
    points = np.empty((64 * n_boxes + 64, 3))
    offsets = np.zeros(6 * n_regions * n_boxes + 1, np.int64)
    owner = np.empty(6 * n_regions * n_boxes, np.int64)
    region = np.empty(6 * n_regions * n_boxes, np.int64)
    steradians = np.empty(6 * n_regions * n_boxes)
    whole = np.zeros(n_boxes)
    outlines, total = 0, 0
    for b in range(n_boxes):
        side = OUTSIDE
        ends = border[:0] if is_hull_within(corners[b], border) else border
        for r in range(n_regions):
            if side == INSIDE:
                break
            side = side_of(corners[b], regions[r])
            for f in range(6):
                if side == OUTSIDE:
                    break
                n = _load_face(corners[b], faces[f], face)
                if not turned_away(face):
                    continue
                if side == ACROSS:
                    n = clip_polygon(face, n, regions[r], spare)
                first = total
                points, total, size = _append_face(points, first, face, n, ends, bent)
                if total > first:
                    owner[outlines], region[outlines], steradians[outlines] = b, r, size
                    whole[b] += size
                    outlines += 1
                    offsets[outlines] = total
        if side != INSIDE or len(ends):
            whole[b] = _whole_solid_angle(corners[b], faces, face)
    return (
        points[:total],
        offsets[: outlines + 1],
        owner[:outlines],
        region[:outlines],
        steradians[:outlines],
        whole,
    )


@njit(cache=True, nogil=True)
def _append_face(points, total, face, n, border, bent):  # type: ignore[no-untyped-def]
    """Add a face's outline inside the border; also the solid angle of what is left of it."""
    first = total
    points, total = _append_outline(points, total, face, n, bent)
    untrimmed = total
    if len(border):
        points, total = trim_outline(points, first, total, border)
    if total == untrimmed:
        return points, total, -solid_angle_of(face, n)
    return points, total, -solid_angle_of(points[first:total], total - first)


@njit(cache=True, nogil=True)
def faces_away(corners, faces):  # type: ignore[no-untyped-def]
    """(N, 6) bool: which faces of boxes (N, 8, 3) show the origin their inner side."""
    away = np.empty((len(corners), 6), np.bool_)
    for b in range(len(corners)):
        for f in range(6):
            away[b, f] = turned_away(corners[b][faces[f]])
    return away


@njit(cache=True, nogil=True)
def _load_face(corners, face, out):  # type: ignore[no-untyped-def]
    for k in range(4):
        for d in range(3):
            out[k, d] = corners[face[k], d]
    return 4


@njit(cache=True, nogil=True)
def _whole_solid_angle(corners, faces, face):  # type: ignore[no-untyped-def]
    whole = 0.0
    for f in range(6):
        _load_face(corners, faces[f], face)
        if turned_away(face):
            whole -= solid_angle_of(face, 4)
    return whole


@njit(cache=True, nogil=True)
def solid_angle_of(polygon, n):  # type: ignore[no-untyped-def]
    """Signed steradians of the first ``n`` vertices of a polygon (K, 3) seen from the origin."""
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
        points = with_room(points, total + pieces)
        for piece in range(pieces):
            _write_ray(a, b, piece / pieces, points[total])
            total += 1
    return points, total


@njit(cache=True, nogil=True, error_model="numpy")
def _write_ray(a, b, part, out):  # type: ignore[no-untyped-def]
    point_between(a, b, part, out)
    scale = FAR_M / np.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
    for d in range(3):
        out[d] *= scale


@njit(cache=True, nogil=True)
def cut_polygons(polygons, regions, border, bent):  # type: ignore[no-untyped-def]
    """Outlines of polygons (L, K, 3) cut to the view, as rays (P, 3) with offsets (O + 1,).

    Also says which polygon each outline is of, as the first outline of each (L + 1,).
    """
    room = polygons.shape[1] + regions.shape[1] + 4
    polygon, spare = np.empty((room, 3)), np.empty((room, 3))
    points = np.empty((64, 3))
    offsets = np.zeros(len(polygons) * len(regions) + 1, np.int64)
    firsts = np.zeros(len(polygons) + 1, np.int64)
    outlines, total = 0, 0
    for i in range(len(polygons)):
        for r in range(len(regions)):
            for k in range(polygons.shape[1]):
                for d in range(3):
                    polygon[k, d] = polygons[i, k, d]
            n = clip_polygon(polygon, polygons.shape[1], regions[r], spare)
            first = total
            points, total = _append_outline(points, first, polygon, n, bent)
            if len(border):
                points, total = trim_outline(points, first, total, border)
            if total > first:
                outlines += 1
                offsets[outlines] = total
        firsts[i + 1] = outlines
    return points[:total], offsets[: outlines + 1], firsts


@njit(cache=True, nogil=True)
def cut_segments(segments, regions, border, bent):  # type: ignore[no-untyped-def]
    """Runs of segments (L, 2, 3) inside the view, as rays (P, 3) with offsets (O + 1,).

    Also says which segment each run is of, as the first run of each (L + 1,).
    """
    points = np.empty((4 * len(segments) + 64, 3))
    # The border cuts a segment at most twice within a wedge.
    offsets = np.zeros(2 * len(segments) * len(regions) + 2, np.int64)
    firsts = np.zeros(len(segments) + 1, np.int64)
    a, b = np.empty(3), np.empty(3)
    runs, total = 0, 0
    for i in range(len(segments)):
        start, end = segments[i, 0], segments[i, 1]
        for r in range(len(regions)):
            first, last = clip_segment(start, end, regions[r])
            if first >= last:
                continue
            for d in range(3):
                a[d] = start[d] + first * (end[d] - start[d])
                b[d] = start[d] + last * (end[d] - start[d])
            pieces = pieces_of(a, b, bent)
            begin = total
            points = with_room(points, total + pieces + 1)
            for piece in range(pieces + 1):
                _write_ray(a, b, piece / pieces, points[total])
                total += 1
            if len(border):
                points, n = trim_line(points, begin, total, border, offsets[runs + 1 :])
                runs += n
                total = offsets[runs]
            else:
                runs += 1
                offsets[runs] = total
        firsts[i + 1] = runs
    return points[:total], offsets[: runs + 1], firsts
