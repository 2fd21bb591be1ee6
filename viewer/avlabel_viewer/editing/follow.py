"""Following one object from sweep to sweep: predicted, found again, fitted, or lost.

The motion is the automatic tracker's own constant-velocity filter; each sweep's box is the one
before, of the same size, brought to its points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel.core.se3 import wrap_angle
from avlabel.stages.tracking.filter import FilterConfig, begin, update
from avlabel.stages.tracking.observations import OBSERVATION
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.fit import fit_to_points
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.template import best_shift

MIN_POINTS = 4
LEFT_SHARE = 0.2
"""With less than this share of the points it had, seen from as far away, an object is hidden."""
SETTLED = 4
"""Views after which the filter knows the speed."""
REACH_M, MOST_REACH_M, SIDE_M = 0.6, 3.0, 0.4
"""How far an object of known speed may be off its predicted place, along and across."""
NEAR_M = 0.15
SLOW_MPS = 0.7
"""Slower than this an object counts as standing: fits wander as fast, sweep by sweep."""
MATCH = 0.35
"""Share of its points that has to be found again."""
TURN_MEMORY = 0.6
"""Share of what was known in the rate of turning; the rest is what was just seen."""
COUNTED_M = 0.1
"""Points this far beside the box are counted as its own."""
MOST_FITTED_M = 0.5
"""A fit that moves the box farther than this fits it to something else."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one sweep shows around an object.

    Attributes:
        time_s: in the direction that the object is followed; increasing.
        points: (N, 3) metres, world.
        is_ground: (N,) bool.
        eye: (3,) metres, world: where the sensor stood.
    """

    time_s: float
    points: Float32
    is_ground: BoolArray
    eye: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What an object showed when it was seen last.

    Attributes:
        placement: its box.
        time_s: when.
        local: (P, 3) its points along the box's axes.
        range_m: how far away it was.
        turn_rate: radians a second.
    """

    placement: Placement
    time_s: float
    local: Float64
    range_m: float
    turn_rate: float


class Follower:
    """Follows one object; not for several threads.

    Args:
        placement: the box to begin with.
        view: the sweep that it is in.
        max_speed_mps: of its class.
        config: of the filter.
    """

    def __init__(
        self,
        placement: Placement,
        view: View,
        max_speed_mps: float,
        config: FilterConfig | None = None,
    ) -> None:
        self._config, self._max_speed_mps = config or FilterConfig(), max_speed_mps
        self._track = begin(self._observation(placement, view), self._config)
        self._shown = _shown(placement, view, 0.0)

    def know(self, placement: Placement, view: View) -> None:
        """Take where it is in the next sweep, seen or known from elsewhere."""
        config, only = self._config, np.zeros(1, np.int64)
        seen = self._observation(placement, view)
        update(self._track, only, seen, only, config.acceleration_mps2, config.noise_m, 0.0)
        self._shown = _shown(placement, view, _turn_rate(self._shown, placement, view.time_s))

    def step(self, view: View) -> Placement | None:
        """The object's box in the next sweep; None if it is not seen there.

        After a sweep without it, it is looked for where it must have gone meanwhile.
        """
        aligned = self._aligned(self._predicted(view.time_s), view)
        if aligned is None:
            return None
        fitted = fit_to_points(aligned, view.points, view.is_ground, view.eye, "kept")
        if fitted is None or np.linalg.norm(fitted.center - aligned.center) > MOST_FITTED_M:
            fitted = aligned
        if self._is_hidden(fitted, view):
            return None
        self.know(fitted, view)
        return fitted

    def _predicted(self, time_s: float) -> Placement:
        dt, track = time_s - self._shown.time_s, self._track[0]
        velocity = np.array([track["vx"], track["vy"], 0.0])
        way = dt * velocity if np.linalg.norm(velocity) >= SLOW_MPS else np.zeros(3)
        return self._shown.placement.moved(way).turned(dt * self._shown.turn_rate)

    def _aligned(self, predicted: Placement, view: View) -> Placement | None:
        """The predicted box where the points that it had are found again."""
        reach = self._reach_m(view.time_s - self._shown.time_s)
        near = inside(view.points, predicted, (reach + NEAR_M, SIDE_M + NEAR_M, NEAR_M))
        local = predicted.local(view.points[near[~view.is_ground[near]]])
        shift, share = best_shift(self._shown.local, local, (-reach, reach), SIDE_M)
        return None if share < MATCH else predicted.moved_along(np.append(shift, 0.0))

    def _reach_m(self, dt: float) -> float:
        """How far along its heading the object may be off its predicted place."""
        track = self._track[0]
        if track["hits"] < SETTLED:
            speed = min(self._config.start_gate_mps, self._max_speed_mps)
            return max(speed * dt / float(track["hits"]), REACH_M)
        variance = float(track["pp"] + 2 * dt * track["pv"] + dt * dt * track["vv"])
        return float(np.clip(3 * np.sqrt(variance), REACH_M, MOST_REACH_M))

    def _is_hidden(self, placement: Placement, view: View) -> bool:
        """Whether far fewer points are left than there should be at this distance."""
        now, before = _shown(placement, view, 0.0), self._shown
        expected = len(before.local) * min(before.range_m / max(now.range_m, 1.0), 1.0) ** 2
        return len(now.local) < max(MIN_POINTS, LEFT_SHARE * expected)

    def _observation(self, placement: Placement, view: View) -> NDArray[Any]:
        seen = np.zeros(1, OBSERVATION)
        seen["time_s"], seen["yaw"] = view.time_s, placement.yaw
        seen["max_speed"] = self._max_speed_mps
        seen["x"], seen["y"], seen["z"] = placement.center
        seen["length"], seen["width"], seen["height"] = placement.size_lwh
        return seen


def _shown(placement: Placement, view: View, turn_rate: float) -> Shown:
    own = inside(view.points, placement, COUNTED_M)
    local = placement.local(view.points[own[~view.is_ground[own]]])
    range_m = float(np.linalg.norm(placement.center - view.eye))
    return Shown(placement, view.time_s, local, range_m, turn_rate)


def _turn_rate(last: Shown, placement: Placement, time_s: float) -> float:
    """Radians a second, the newest turn mixed into what was known."""
    turn = float(wrap_angle(np.array(placement.yaw - last.placement.yaw)))
    newest = turn / max(time_s - last.time_s, 1e-3)
    return TURN_MEMORY * last.turn_rate + (1 - TURN_MEMORY) * newest
