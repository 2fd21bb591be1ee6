"""Which way parked vehicles face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.options import option

ACROSS = np.sin(np.pi / 4)
"""Sine of the angle to the road from which on a vehicle stands across it."""


@dataclass(frozen=True, slots=True)
class HeadingConfig:
    """Front and back of vehicles that never move."""

    neighbour_m: float = option(3.0, "traffic that passed this close shows a lane's direction")
    min_travel_m: float = option(8.0, "only what went this far counts as traffic")
    right_hand_traffic: bool = option(True, "vehicles keep to the right side of the road")
    own_lane_m: float = option(2.5, "farther left of the ego path, traffic comes towards it")
    shape_odds: float = option(3.0, "log odds of a front that every view of a vehicle shows")
    traffic_odds: float = option(3.0, "log odds of facing as the traffic beside it runs")
    side_odds: float = option(1.0, "log odds of facing as its side of the road suggests")


def face_standing(
    pose: Float64, shape: Float64, flow: Float64, ego: Float64, config: HeadingConfig
) -> Float64:
    """Choose between each yaw and its opposite, by the sum of three log odds.

    A vehicle's shape tells its front from its back, the better the more of it was seen. Vehicles
    stand as the traffic beside them runs. And by the side of the road: those on the ego path
    or right of it face as the ego vehicle goes, those left of its lane the other way (mirrored
    where traffic keeps left), and those across the road face it:
    most of them wait to enter it.

    Args:
        pose: (N, 3) x, y, yaw of what stands.
        shape: (N,) in -1..1, how far the views agree that the front is where yaw points.
        flow: (M, 3) x, y, yaw of what moved, at any time.
        ego: (F, 3) x, y, yaw of the ego vehicle.
        config: options.

    Returns:
        (N,) yaw, each the given one or its opposite.
    """
    nearest = np.array([np.argmin(np.hypot(*(ego[:, :2] - p[:2]).T)) for p in pose], np.int64)
    there = ego[nearest]
    dx, dy = (pose[:, :2] - there[:, :2]).T
    left = -np.sin(there[:, 2]) * dx + np.cos(there[:, 2]) * dy
    turn = pose[:, 2] - there[:, 2]
    oncoming_side = left if config.right_hand_traffic else -left
    along = np.where(oncoming_side > config.own_lane_m, -np.cos(turn), np.cos(turn))
    towards = -np.sign(left) * np.sin(turn)
    rule = np.where(np.abs(np.sin(turn)) > ACROSS, towards, along)
    traffic = np.array([_vote(p, flow, config.neighbour_m) for p in pose])
    odds = (
        config.shape_odds * shape
        + config.traffic_odds * np.clip(traffic, -1, 1)
        + config.side_odds * rule
    )
    return np.asarray(np.where(odds < 0, pose[:, 2] + np.pi, pose[:, 2]))


def _vote(pose: Float64, flow: Float64, reach_m: float) -> float:
    near = flow[np.hypot(*(flow[:, :2] - pose[:2]).T) < reach_m]
    # Crossing traffic says nothing; the cube keeps what runs nearly parallel.
    return float(np.sum(np.cos(near[:, 2] - pose[2]) ** 3))
