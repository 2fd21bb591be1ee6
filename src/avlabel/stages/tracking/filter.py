"""Frame-to-frame association by constant-velocity filters, all of a frame at once.

Noise is the same along x, y and z, so that one 2 x 2 covariance (position, velocity) serves all
three axes of a track. Each track is predicted to each detection's own time.

A box fitted to what is visible of an object has a centre that wanders as more of it comes into
view. Two boxes are therefore compared by the move that is left when the ends that one of them
does not show are granted: along each axis of the larger box, the difference of the centres
less half the difference of the sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from avlabel.core.arrays import Float64, Int64
from avlabel.core.options import option
from avlabel.stages.tracking.observations import NONE, OBSERVATION, Observations

FORBIDDEN = 1e6

TRACK = np.dtype(
    [
        ("seen", OBSERVATION),
        ("vx", "f8"),
        ("vy", "f8"),
        ("vz", "f8"),
        ("pp", "f8"),
        ("pv", "f8"),
        ("vv", "f8"),
        ("hits", "i8"),
    ]
)
"""State of a track: place and box as of its last observation, velocity, covariance."""


@dataclass(frozen=True, slots=True)
class FilterConfig:
    """Frame-to-frame association."""

    acceleration_mps2: float = option(3.0, "standard deviation of unmodelled acceleration")
    noise_m: float = option(0.15, "standard deviation of a small box's centre")
    noise_per_m: float = option(0.05, "what each metre of a box's diagonal adds to it")
    speed_share: float = option(0.12, "speed expected of a new track, share of its class's top")
    gate_sigma: float = option(3.5, "farthest accepted distance, in standard deviations")
    start_gate_mps: float = option(35.0, "fastest object that a new track may turn out to be")
    start_gap_s: float = option(0.25, "longest gap over which a new track may find its speed")
    coast_s: float = option(1.0, "how long a track is predicted without being seen")
    class_cost: float = option(3.0, "cost of a change between coarse classes")
    size_cost: float = option(1.0, "cost of a size that differs by a factor of e")
    height_gate_m: float = option(1.5, "largest accepted jump of the centre's height")


def link_forward(observed: Observations, config: FilterConfig) -> Int64:
    """(N,) int64 successor of each observation as one run over the frames links them, or -1."""
    records = observed.records
    successor = np.full(len(observed), NONE)
    tracks, last = np.zeros(0, TRACK), np.zeros(0, np.int64)
    starts = np.flatnonzero(np.diff(observed.frame, prepend=-1))
    for first, stop in zip(starts, np.append(starts[1:], len(observed)), strict=True):
        seen = records[first:stop]
        recent = seen["time_s"].max() - tracks["seen"]["time_s"] <= config.coast_s
        tracks, last = tracks[recent], last[recent]
        who, what = associate(tracks, seen, config)
        successor[last[who]] = first + what
        last[who] = first + what
        update(
            tracks,
            who,
            seen,
            what,
            config.acceleration_mps2,
            config.noise_m,
            config.noise_per_m,
        )
        unclaimed = np.ones(len(seen), np.bool_)
        unclaimed[what] = False
        born = np.flatnonzero(unclaimed)
        tracks = np.concatenate([tracks, begin(seen[born], config)])
        last = np.concatenate([last, first + born])
    return successor


def begin(seen: NDArray[Any], config: FilterConfig) -> NDArray[Any]:
    """New tracks, one for each observation, of unknown velocity."""
    tracks = np.zeros(len(seen), TRACK)
    tracks["seen"] = seen
    diagonal = np.hypot(seen["length"], seen["width"])
    tracks["pp"] = (config.noise_m + config.noise_per_m * diagonal) ** 2
    tracks["vv"] = (config.speed_share * seen["max_speed"]) ** 2
    tracks["hits"] = 1
    return tracks


def associate(
    tracks: NDArray[Any], seen: NDArray[Any], config: FilterConfig
) -> tuple[Int64, Int64]:
    """Pairs (tracks, observations) of least total cost; then new tracks may reach further."""
    if not len(tracks) or not len(seen):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    costs = gated_costs(
        tracks,
        seen,
        config.acceleration_mps2,
        config.noise_m,
        config.noise_per_m,
        config.gate_sigma,
        config.class_cost,
        config.size_cost,
        config.height_gate_m,
    )
    who, what = assign(costs)
    free_track, free_seen = tracks["hits"] == 1, np.ones(len(seen), np.bool_)
    free_track[who], free_seen[what] = False, False
    young, left = np.flatnonzero(free_track), np.flatnonzero(free_seen)
    if not len(young) or not len(left):
        return who, what
    more = assign(start_costs(tracks[young], seen[left], config.start_gate_mps, config.start_gap_s))
    return np.append(who, young[more[0]]), np.append(what, left[more[1]])


def assign(cost: Float64) -> tuple[Int64, Int64]:
    """Pairs of least total cost, without the forbidden ones."""
    rows = np.flatnonzero(cost.min(axis=1, initial=FORBIDDEN) < FORBIDDEN)
    columns = np.flatnonzero(cost.min(axis=0, initial=FORBIDDEN) < FORBIDDEN)
    cost = cost[np.ix_(rows, columns)]
    who, what = linear_sum_assignment(cost)
    allowed = cost[who, what] < FORBIDDEN
    return rows[who[allowed]], columns[what[allowed]]


@njit(cache=True, nogil=True)
def unexplained_move(a, b, dx, dy):  # type: ignore[no-untyped-def]
    """What is left of a move (dx, dy) from box ``a`` to ``b`` when unseen ends are granted."""
    larger = a if a.length * a.width >= b.length * b.width else b
    c, s = np.cos(larger.yaw), np.sin(larger.yaw)
    turn = a.yaw - b.yaw
    ct, st = abs(np.cos(turn)), abs(np.sin(turn))
    smaller = b if a.length * a.width >= b.length * b.width else a
    grant_x = abs(larger.length - ct * smaller.length - st * smaller.width) / 2
    grant_y = abs(larger.width - st * smaller.length - ct * smaller.width) / 2
    along, across = c * dx + s * dy, -s * dx + c * dy
    along = np.sign(along) * max(abs(along) - grant_x, 0.0)
    across = np.sign(across) * max(abs(across) - grant_y, 0.0)
    return c * along - s * across, s * along + c * across


@njit(cache=True, nogil=True)
def gated_costs(  # type: ignore[no-untyped-def]
    tracks, seen, acceleration, noise, noise_per_m, gate, class_cost, size_cost, z_gate
):
    """(T, D) negative log likelihoods, doubled, up to a constant; ``FORBIDDEN`` beyond gates."""
    out = np.full((len(tracks), len(seen)), FORBIDDEN)
    for i in range(len(tracks)):
        track, box = tracks[i], tracks[i].seen
        for j in range(len(seen)):
            dt = seen[j].time_s - box.time_s
            dx = seen[j].x - box.x - track.vx * dt
            dy = seen[j].y - box.y - track.vy * dt
            reach = 0.5 * (box.length + seen[j].length)
            diagonal = np.hypot(seen[j].length, seen[j].width)
            process = (0.5 * acceleration * dt * dt) ** 2
            variance = track.pp + 2 * dt * track.pv + dt * dt * track.vv + process
            variance += (noise + noise_per_m * diagonal) ** 2
            if max(abs(dx), abs(dy)) > reach + gate * np.sqrt(variance):
                continue
            if abs(seen[j].z - box.z - track.vz * dt) > z_gate:
                continue
            ux, uy = unexplained_move(box, seen[j], dx, dy)
            distance2 = (ux * ux + uy * uy) / variance
            if distance2 > gate * gate:
                continue
            # The granted part is possible, not free: the nearer box still wins.
            granted2 = (dx * dx + dy * dy) / (variance + reach * reach)
            size = np.log(box.length * box.width) - np.log(seen[j].length * seen[j].width)
            cost = distance2 + granted2 + 2 * np.log(variance) + size_cost * abs(size)
            if box.parent != seen[j].parent:
                cost += class_cost
            out[i, j] = cost
    return out


@njit(cache=True, nogil=True)
def start_costs(tracks, seen, top_speed, max_gap):  # type: ignore[no-untyped-def]
    """(T, D) costs of a first step at any plausible speed; only between boxes that look alike."""
    out = np.full((len(tracks), len(seen)), FORBIDDEN)
    for i in range(len(tracks)):
        box = tracks[i].seen
        for j in range(len(seen)):
            if box.parent != seen[j].parent:
                continue
            dt = seen[j].time_s - box.time_s
            if dt > max_gap:
                continue
            distance = np.hypot(seen[j].x - box.x, seen[j].y - box.y)
            if distance > min(top_speed, box.max_speed) * dt or abs(seen[j].z - box.z) > 1.0:
                continue
            size = abs(np.log(box.length / seen[j].length))
            size += abs(np.log(box.width / seen[j].width))
            if size < 0.7:
                out[i, j] = distance + size
    return out


@njit(cache=True, nogil=True)
def update(tracks, who, seen, what, acceleration, noise, noise_per_m):  # type: ignore[no-untyped-def]
    """Correct tracks ``who`` in place by observations ``what`` (Kalman, one gain for all axes)."""
    for k in range(len(who)):
        track, box, new = tracks[who[k]], tracks[who[k]].seen, seen[what[k]]
        dt = new.time_s - box.time_s
        dx, dy = new.x - box.x - track.vx * dt, new.y - box.y - track.vy * dt
        dz = new.z - box.z - track.vz * dt
        if track.hits > 1:
            dx, dy = unexplained_move(box, new, dx, dy)
        pp = track.pp + 2 * dt * track.pv + dt * dt * track.vv + (acceleration * dt * dt / 2) ** 2
        pv = track.pv + dt * track.vv + acceleration**2 * dt**3 / 2
        vv = track.vv + (acceleration * dt) ** 2
        measured = (noise + noise_per_m * np.hypot(new.length, new.width)) ** 2
        gain, gain_v = pp / (pp + measured), pv / (pp + measured)
        track.vx += gain_v * dx
        track.vy += gain_v * dy
        track.vz += gain_v * dz
        track.pp, track.pv, track.vv = (1 - gain) * pp, (1 - gain) * pv, vv - gain_v * pv
        track.hits += 1
        # What the move explains is corrected by the gain; ends newly in view are taken as seen.
        tracks[who[k]].seen = new
        track.seen.x = new.x - (1 - gain) * dx
        track.seen.y = new.y - (1 - gain) * dy
        track.seen.z = new.z - (1 - gain) * dz
