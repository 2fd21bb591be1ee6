"""Compiled loop behind ``geometry.projection``: outlines in the image, cut to it and bounded."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.geometry.clip import area, clip_polygon


@njit(cache=True, nogil=True)
def bound(uv, valid, offsets, owner, steradians, n_owners, image):  # type: ignore[no-untyped-def]
    """Bounds of each owner's outlines inside the image, and how much of them is inside.

    Args:
        uv: (P, 2) pixels, and ``valid`` (P,) whether they mean anything.
        valid: see ``uv``.
        offsets: (O + 1,) of the outlines.
        owner: (O,) of each outline, below ``n_owners``.
        steradians: (O,) of each outline.
        n_owners: N.
        image: (4, 3) half planes.

    Returns:
        (N, 4) u0, v0, u1, v1, NaN where nothing is inside; (N,) square pixels and (N,) steradians
        inside. An outline's solid angle is shared out as its area in pixels is.
    """
    bounds = np.full((n_owners, 4), np.nan)
    area_px, inside_sr = np.zeros(n_owners), np.zeros(n_owners)
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
        before = inside = abs(area(polygon, n))
        if not _all_inside(polygon, n, image):
            n = clip_polygon(polygon, n, image, spare)
            inside = abs(area(polygon, n))
        area_px[b] += inside
        if before > 0.0:
            inside_sr[b] += steradians[i] * min(1.0, inside / before)
        for k in range(n):
            for d in range(2):
                # NaN, where nothing has been seen yet, fails both comparisons.
                if not bounds[b, d] <= polygon[k, d]:
                    bounds[b, d] = polygon[k, d]
                if not bounds[b, d + 2] >= polygon[k, d]:
                    bounds[b, d + 2] = polygon[k, d]
    return bounds, area_px, inside_sr


@njit(cache=True, nogil=True)
def _all_inside(polygon, n, image):  # type: ignore[no-untyped-def]
    inside = True
    for k in range(n):
        for plane in image:
            inside &= plane[0] * polygon[k, 0] + plane[1] * polygon[k, 1] + plane[2] >= 0.0
    return inside
