"""Joining tracklets across gaps, with the motion on both sides known.

A line is fitted to the last and to the first second of each tracklet. An end and a later start
belong together if the two motions meet halfway through the gap, or if both stand still at the
same place, however long the gap. Best pairs first, then again with the longer tracklets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from avlabel.core.arrays import Int64
from avlabel.core.options import option
from avlabel.stages.tracking.filter import unexplained_move
from avlabel.stages.tracking.observations import NONE, OBSERVATION, Observations

TIP = np.dtype(
    [("seen", OBSERVATION), ("vx", "f8"), ("vy", "f8"), ("speed_sigma", "f8"), ("hits", "i8")]
)
"""One end of a tracklet: its outermost box and the motion there."""


@dataclass(frozen=True, slots=True)
class StitchConfig:
    """Joining tracklets across gaps."""

    max_gap_s: float = option(3.0, "longest gap of a moving object")
    max_static_gap_s: float = option(20.0, "longest gap of an object that stands still")
    static_speed_mps: float = option(0.7, "below this a tracklet's end may stand still")
    window_s: float = option(1.0, "how much of a tracklet its end's motion is fitted to")
    noise_m: float = option(0.3, "standard deviation of a box's place")
    acceleration_mps2: float = option(1.5, "standard deviation of acceleration in a gap")
    gate: float = option(9.0, "largest accepted squared distance, in standard deviations")
    rounds: int = option(3, "how often the longer tracklets are tried again")


def stitch(observed: Observations, tracklet: Int64, config: StitchConfig) -> Int64:
    """Join tracklets.

    Args:
        observed: N observations in order of frames.
        tracklet: (N,) int64 tracklet of each, one observation a frame.
        config: options.

    Returns:
        (N,) int64 new tracklet numbers; still one observation a frame.
    """
    for _ in range(config.rounds):
        tracklet = np.unique(tracklet, return_inverse=True)[1].astype(np.int64)
        heads, tails = tips(observed, tracklet, config.window_s)
        end, start, cost = candidate_pairs(
            tails,
            heads,
            np.argsort(heads["seen"]["time_s"], kind="stable"),
            config.max_gap_s,
            config.max_static_gap_s,
            config.static_speed_mps,
            config.noise_m,
            config.acceleration_mps2,
            config.gate,
        )
        successor = best_first(end, start, cost, len(heads))
        if np.all(successor == NONE):
            break
        tracklet = _renumber(successor, heads["seen"]["time_s"])[tracklet]
    return tracklet


def tips(
    observed: Observations, tracklet: Int64, window_s: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """First and last ``TIP`` of each tracklet, both with velocities in forward time."""
    order = np.argsort(tracklet, kind="stable")
    bounds = np.searchsorted(tracklet[order], np.arange(tracklet.max() + 2))
    heads = fit_tips(observed.records[order], bounds, window_s, np.zeros(len(bounds) - 1, TIP), 1)
    tails = fit_tips(observed.records[order], bounds, window_s, np.zeros(len(bounds) - 1, TIP), -1)
    return heads, tails


def best_first(end: Int64, start: Int64, cost: NDArray[Any], n: int) -> Int64:
    """(n,) int64 the tracklet that follows each, or -1; cheapest pairs are taken first."""
    successor, taken = np.full(n, NONE), np.zeros(n, np.bool_)
    for k in np.lexsort((start, end, cost)):
        if successor[end[k]] == NONE and not taken[start[k]]:
            successor[end[k]] = start[k]
            taken[start[k]] = True
    return successor


def _renumber(successor: Int64, start_s: NDArray[Any]) -> Int64:
    joined = np.arange(len(successor))
    for i in np.argsort(start_s, kind="stable"):
        if successor[i] != NONE:
            joined[successor[i]] = joined[i]
    return joined


@njit(cache=True, nogil=True)
def fit_tips(records, bounds, window_s, out, step):  # type: ignore[no-untyped-def]
    """Least-squares lines through one end of each tracklet: heads (step 1) or tails (-1)."""
    for t in range(len(out)):
        tip = out[t]
        first = bounds[t] if step > 0 else bounds[t + 1] - 1
        out[t].seen = records[first]
        n, st, sx, sy, stt, stx, sty = 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        i = first
        while bounds[t] <= i < bounds[t + 1]:
            dt = records[i].time_s - records[first].time_s
            if abs(dt) > window_s:
                break
            dx, dy = records[i].x - records[first].x, records[i].y - records[first].y
            n += 1
            st, sx, sy = st + dt, sx + dx, sy + dy
            stt, stx, sty = stt + dt * dt, stx + dt * dx, sty + dt * dy
            i += step
        tip.hits = n
        spread = stt - st * st / n
        if n > 1 and spread > 1e-6:
            tip.vx = (stx - st * sx / n) / spread
            tip.vy = (sty - st * sy / n) / spread
            tip.speed_sigma = 0.15 / np.sqrt(spread)
        else:
            tip.speed_sigma = 0.12 * records[first].max_speed
    return out


@njit(cache=True, nogil=True)
def candidate_pairs(  # type: ignore[no-untyped-def]
    tails, heads, by_start, max_gap, max_static_gap, static_speed, noise, acceleration, gate
):
    """Lists (end, start, cost) of the tracklets that may follow one another."""
    ends, starts, costs = [0][:0], [0][:0], [0.0][:0]
    start_s = heads.seen.time_s[by_start]
    for i in range(len(tails)):
        tail = tails[i]
        k = np.searchsorted(start_s, tail.seen.time_s + 1e-3)
        while k < len(heads):
            j = by_start[k]
            k += 1
            gap = heads[j].seen.time_s - tail.seen.time_s
            if gap > max_static_gap:
                break
            if out_of_reach(tail, heads[j], gap, max_gap, acceleration):
                continue
            cost = np.inf
            # Two or more observations on each side are needed to bridge a long gap.
            if gap <= max_gap and (gap < 0.5 or min(tail.hits, heads[j].hits) >= 3):
                cost = moving_cost(tail, heads[j], gap, noise, acceleration)
            cost = min(cost, static_cost(tail, heads[j], static_speed, noise))
            if tail.seen.parent != heads[j].seen.parent:
                cost += 2.0
            if cost < gate and abs(tail.seen.z - heads[j].seen.z) < 1.0 + 0.2 * gap:
                ends.append(i)
                starts.append(j)
                costs.append(cost + gap)
    return np.array(ends, np.int64), np.array(starts, np.int64), np.array(costs)


@njit(cache=True, nogil=True)
def out_of_reach(tail, head, gap, max_gap, acceleration):  # type: ignore[no-untyped-def]
    """Whether a pair is so far apart that no cost needs to be worked out."""
    reach = 3.0 + 0.5 * (tail.seen.length + head.seen.length)
    if gap <= max_gap:
        speed = np.hypot(tail.vx, tail.vy) + np.hypot(head.vx, head.vy)
        speed += 3 * min(tail.speed_sigma, head.speed_sigma)
        reach += (speed + acceleration * gap) * gap
    far_x, far_y = abs(head.seen.x - tail.seen.x), abs(head.seen.y - tail.seen.y)
    return max(far_x, far_y) > reach


@njit(cache=True, nogil=True)
def moving_cost(tail, head, gap, noise, acceleration):  # type: ignore[no-untyped-def]
    """Squared distance of two motions that meet halfway, and of their velocities."""
    tvx, tvy, hvx, hvy = tail.vx, tail.vy, head.vx, head.vy
    # A lone observation has no motion of its own: it takes the other end's.
    if tail.hits == 1:
        tvx, tvy = hvx, hvy
    if head.hits == 1:
        hvx, hvy = tvx, tvy
    dx = head.seen.x - tail.seen.x - (tvx + hvx) * gap / 2
    dy = head.seen.y - tail.seen.y - (tvy + hvy) * gap / 2
    dx, dy = unexplained_move(tail.seen, head.seen, dx, dy)
    sigma_v = min(tail.speed_sigma, head.speed_sigma)
    spread = noise**2 + (sigma_v * gap / 2) ** 2 + (acceleration * gap * gap / 4) ** 2
    change = (tvx - hvx) ** 2 + (tvy - hvy) ** 2
    # Centres drift as more of an object comes into view: half a metre a second is no motion.
    allowed = tail.speed_sigma**2 + head.speed_sigma**2 + (acceleration * gap) ** 2 + 0.5**2
    return (dx * dx + dy * dy) / spread + change / allowed


@njit(cache=True, nogil=True)
def static_cost(tail, head, static_speed, noise):  # type: ignore[no-untyped-def]
    """Squared distance of two places at which an object stands still, infinite if it moves."""
    slow_tail = np.hypot(tail.vx, tail.vy) < static_speed + 2 * tail.speed_sigma * (tail.hits > 1)
    slow_head = np.hypot(head.vx, head.vy) < static_speed + 2 * head.speed_sigma * (head.hits > 1)
    if not (slow_tail and slow_head):
        return np.inf
    dx, dy = head.seen.x - tail.seen.x, head.seen.y - tail.seen.y
    reach = 0.25 * (tail.seen.length + head.seen.length)
    ux, uy = unexplained_move(tail.seen, head.seen, dx, dy)
    return (ux * ux + uy * uy) / noise**2 + (dx * dx + dy * dy) / (reach * reach + noise**2)
