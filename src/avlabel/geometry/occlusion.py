"""How much of each box stands behind other boxes, and behind what the LiDAR saw nearer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64
from avlabel.core.cameras import CameraModel
from avlabel.geometry.clip import dot, norm, turned_away
from avlabel.geometry.depth_view import CLEAR, FAINTLY_CLEAR, HIDDEN, UNKNOWN, DepthView, look
from avlabel.geometry.projection import FACES
from avlabel.geometry.view import view_of

MOST_SAMPLES, LEAST_SAMPLES = 5, 3
"""Points along each side of a face that are looked for, of boxes that look large and small."""
LARGE_RAD = np.deg2rad(2.0)
"""Radius on the sky of a box that counts as large."""
NO_RETURNS = DepthView(
    np.zeros((0, 3), np.float32),
    np.zeros(0, np.float32),
    np.zeros(0, np.int32),
    np.zeros(0, np.int32),
)


@dataclass(frozen=True, slots=True, eq=False)
class Occlusion:
    """What hides N boxes from one camera.

    Attributes:
        hidden: (N,) float64 in 0..1, share hidden of what is in view and known; NaN where
            nothing is known.
        known: (N,) float64 in 0..1, share of what is in view for which somebody could tell: a
            return of the LiDAR, or a nearer box. NaN where nothing is in view, or no sweep was
            given.
    """

    hidden: Float64
    known: Float64

    @classmethod
    def unknown(cls, n: int) -> Occlusion:
        """Of ``n`` boxes that nobody looked at."""
        return cls(np.full(n, np.nan), np.full(n, np.nan))


def occlusion(
    corners_cam: Float64, model: CameraModel, view: DepthView, corners_at_sweep: Float64
) -> Occlusion:
    """Share of each box's solid angle hidden behind nearer returns and boxes.

    A grid of points on every face towards the camera is looked for along straight rays; each
    counts as much as its face takes up of the sky. Where the LiDAR has a return close in
    direction, it decides: nearer than the box is hidden, at the box or beyond is clear. So
    windows are looked through, and walls and trees hide. Elsewhere a nearer box hides, and the
    rest is not known.

    The sweep is compared with the boxes where they were when it saw them, so that a fast car's
    own points do not hide it.

    Args:
        corners_cam: (N, 8, 3) metres in the camera frame, ordered as ``geometry.boxes.corners``.
        model: the camera's optics; only points inside its view count.
        view: the sweep's returns around the camera.
        corners_at_sweep: (N, 8, 3) the same boxes as the LiDAR saw them, same camera frame.
    """
    return Occlusion(*_judge_all(corners_cam, model, view, corners_at_sweep))


def occlusion_by_boxes(corners_cam: Float64, model: CameraModel) -> Float64:
    """Share of each box's solid angle hidden behind the others, as seen from the camera.

    Boxes are fuller than what they hold, so this errs to the high side; what no box stands for
    (walls, trees) hides nothing here.

    Args:
        corners_cam: (N, 8, 3) metres in the camera frame, ordered as ``geometry.boxes.corners``.
        model: the camera's optics; only points inside its view count.

    Returns:
        (N,) float64 in 0..1, NaN for a box of which no sampled point is in view.
    """
    return _judge_all(corners_cam, model, NO_RETURNS, corners_cam)[0]


def _judge_all(
    corners_cam: Float64, model: CameraModel, view: DepthView, corners_at_sweep: Float64
) -> tuple[Float64, Float64]:
    hidden, known = _judge(corners_cam, FACES, view_of(model).regions, view, corners_at_sweep)
    return hidden, known


@njit(cache=True, nogil=True)
def _spheres_and_axes(corners):  # type: ignore[no-untyped-def]
    """Centres (N, 3), radii (N,) and axes (N, 3, 3) of boxes, axes as long as the boxes."""
    n = len(corners)
    center, radius, axes = np.zeros((n, 3)), np.zeros(n), np.empty((n, 3, 3))
    for i in range(n):
        for d in range(3):
            for k in range(8):
                center[i, d] += corners[i, k, d] / 8
            # From corner 2 (rear right bottom) along the length, the width and the height.
            axes[i, 0, d] = corners[i, 1, d] - corners[i, 2, d]
            axes[i, 1, d] = corners[i, 3, d] - corners[i, 2, d]
            axes[i, 2, d] = corners[i, 6, d] - corners[i, 2, d]
            radius[i] += (corners[i, 4, d] - center[i, d]) ** 2
        radius[i] = np.sqrt(radius[i])
    return center, radius, axes


@njit(cache=True, nogil=True)
def _judge(corners, faces, regions, view, at_sweep):  # type: ignore[no-untyped-def]
    n = len(corners)
    share, known = np.full(n, np.nan), np.full(n, np.nan)
    blockers, point, then = np.empty(n, np.int64), np.empty(3), np.empty(3)
    center, radius, axes = _spheres_and_axes(corners)
    away, wide = _circles(center, radius)
    face = np.empty((4, 3))
    has_sweep = len(view.first) > 0
    for i in range(n):
        n_blockers = -1
        unknown, hidden, clear = 0.0, 0.0, 0.0
        large = radius[i] > LARGE_RAD * away[i]
        samples = MOST_SAMPLES if large else LEAST_SAMPLES
        for f in range(6):
            for k in range(4):
                for d in range(3):
                    face[k, d] = corners[i, faces[f, k], d]
            if turned_away(face):
                continue
            for k in range(samples * samples):
                _sample(corners[i], faces[f], k, samples, point)
                if not _inside(point[0], point[1], point[2], regions):
                    continue
                weight = _apparent_size(corners[i], faces[f], point)
                state = FAINTLY_CLEAR
                if has_sweep:
                    _sample(at_sweep[i], faces[f], k, samples, then)
                    state = look(view, then[0], then[1], then[2])
                if state in (UNKNOWN, FAINTLY_CLEAR):
                    if n_blockers < 0:
                        n_blockers = _find_blockers(i, center, radius, away, wide, blockers)
                    if _is_hidden(point, center, axes, blockers[:n_blockers]):
                        state = HIDDEN
                hidden += weight * (state == HIDDEN)
                clear += weight * (state in (CLEAR, FAINTLY_CLEAR))
                unknown += weight * (state == UNKNOWN)
        if hidden + clear > 0:
            share[i] = hidden / (hidden + clear)
        if hidden + clear + unknown > 0 and has_sweep:
            known[i] = (hidden + clear) / (hidden + clear + unknown)
    return share, known


@njit(cache=True, nogil=True)
def _sample(corners, face, k, samples, point):  # type: ignore[no-untyped-def]
    """Write grid point ``k`` of a face into ``point``."""
    along, up = (k % samples + 0.5) / samples, (k // samples + 0.5) / samples
    for d in range(3):
        origin = corners[face[0], d]
        point[d] = origin + along * (corners[face[1], d] - origin)
        point[d] += up * (corners[face[3], d] - origin)


@njit(cache=True, nogil=True)
def _apparent_size(corners, face, point):  # type: ignore[no-untyped-def]
    """Solid angle of a face, as if all of it lay at ``point`` of it."""
    a, b, c = corners[face[0]], corners[face[1]], corners[face[3]]
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    normal = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    return abs(dot(normal, point)) / norm(point) ** 3


@njit(cache=True, nogil=True)
def _inside(x, y, z, regions):  # type: ignore[no-untyped-def]
    for planes in regions:
        inside = True
        for p in range(len(planes)):
            inside &= planes[p, 0] * x + planes[p, 1] * y + planes[p, 2] * z + planes[p, 3] >= 0
        if inside:
            return True
    return False


@njit(cache=True, nogil=True)
def _circles(center, radius):  # type: ignore[no-untyped-def]
    """Ranges (N,) and half widths (N,) of boxes on the sky; half a turn around the camera."""
    away, wide = np.empty(len(center)), np.full(len(center), np.pi)
    for i in range(len(center)):
        away[i] = norm(center[i])
        if away[i] > radius[i]:
            wide[i] = np.arcsin(radius[i] / away[i])
    return away, wide


@njit(cache=True, nogil=True)
def _find_blockers(i, center, radius, away, wide, blockers):  # type: ignore[no-untyped-def]
    """Boxes that may stand before box ``i``: nearer, and within its circle on the sky."""
    n_blockers = 0
    for j in range(len(center)):
        if j == i or away[j] - radius[j] > away[i] + radius[i]:
            continue
        reach = min(np.pi, wide[i] + wide[j])
        if dot(center[i], center[j]) >= np.cos(reach) * away[i] * away[j]:
            blockers[n_blockers] = j
            n_blockers += 1
    return n_blockers


@njit(cache=True, nogil=True)
def _is_hidden(point, center, axes, blockers):  # type: ignore[no-untyped-def]
    hidden = False
    for b in blockers:
        hidden = hidden or _blocks(point, center, axes, b)
    return hidden


@njit(cache=True, nogil=True)
def _blocks(point, center, axes, b):  # type: ignore[no-untyped-def]
    """Whether the way from the camera to ``point`` enters box b (slabs, Kay and Kajiya 1986)."""
    enter, leave = 0.0, 1.0
    for k in range(3):
        x, y, z = axes[b, k, 0], axes[b, k, 1], axes[b, k, 2]
        half = (x * x + y * y + z * z) / 2.0
        start = -(x * center[b, 0] + y * center[b, 1] + z * center[b, 2])
        slope = x * point[0] + y * point[1] + z * point[2]
        if abs(slope) < 1e-12:
            if abs(start) > half:
                return False
            continue
        t0, t1 = (-half - start) / slope, (half - start) / slope
        enter, leave = max(enter, min(t0, t1)), min(leave, max(t0, t1))
        if enter > leave:
            return False
    # A box that merely overlaps the point, or contains the camera, does not stand before it.
    return enter > 0.0 and leave < 1.0
