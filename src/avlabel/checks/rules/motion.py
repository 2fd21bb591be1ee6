"""Motion that bodies cannot make."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.registry import Hit, rule
from avlabel.checks.subject import Subject
from avlabel.checks.tracks import medians


@rule("speed-jump", "warning", "a box is further from the previous one than its class can go")
def speed_jump(subject: Subject) -> Iterator[Hit]:
    """Rows reached faster than the class's top speed."""
    steps, category = subject.steps, subject.cuboids.category
    top = subject.taxonomy.max_speed_mps[category[steps.after]]
    placing = subject.config.placing_m / steps.seconds
    odd = steps.speed > top * subject.config.speed_tolerance + placing
    for k in np.flatnonzero(odd).tolist():
        row = int(steps.after[k])
        speed = f"{steps.speed[k]:.1f} m/s; expected at most {top[k]:g} m/s"
        yield Hit(row, f"{subject.leaf(row)} at {speed}", float(steps.speed[k] / top[k]))


@rule("acceleration-jump", "warning", "a track's speed changes harder than tyres allow")
def acceleration_jump(subject: Subject) -> Iterator[Hit]:
    """Rows that lie off the way between their neighbours by more than grip and placing explain.

    Under a constant acceleration a box is a t1 t2 / 2 off the straight way between the boxes t1
    before and t2 after it.
    """
    steps, config = subject.steps, subject.config
    joined = np.flatnonzero(steps.after[:-1] == steps.before[1:])
    t1, t2 = steps.seconds[joined], steps.seconds[joined + 1]
    change = np.hypot(*(steps.velocity[joined + 1] - steps.velocity[joined]).T)
    off = change * t1 * t2 / (t1 + t2)
    most = config.max_acceleration_mps2 * t1 * t2 / 2 + config.placing_m
    for k in np.flatnonzero(off > most).tolist():
        rate = 2 * off[k] / (t1[k] * t2[k])
        limit = f"{config.max_acceleration_mps2:g} m/s2"
        reason = f"{off[k]:.2f} m off its way: {rate:.0f} m/s2; expected at most {limit}"
        yield Hit(int(steps.before[joined[k] + 1]), reason, float(off[k] / most[k]))


@rule("parked-drifts", "warning", "a vehicle that stands is not always in the same place")
def parked_drifts(subject: Subject) -> Iterator[Hit]:
    """Furthest rows of tracks that never go anywhere, yet do not stay."""
    c, order, config = subject.cuboids, subject.order, subject.config
    if not len(order):
        return
    strides = subject.strides(1.0)
    fastest = np.zeros(len(c))
    fastest[strides.before] = strides.speed
    top = np.maximum.reduceat(fastest[order], subject.starts)
    time = c.timestamp_ns[order]
    lasts_s = (time[subject.ends] - time[subject.starts]) * 1e-9
    xy = c.center[order, :2]
    away = np.hypot(*(xy - medians(subject, xy)[subject.track_of]).T)
    parked = (top < config.parked_mps) & (lasts_s >= config.parked_s)
    odd = parked[subject.track_of] & (away > config.drift_m) & subject.is_a(order, "vehicle")
    for k in np.flatnonzero(odd).tolist():
        seconds = lasts_s[subject.track_of[k]]
        reason = f"stands for {seconds:.1f} s, but is {away[k]:.2f} m from its median place"
        yield Hit(int(order[k]), reason, float(away[k]) / config.drift_m)
