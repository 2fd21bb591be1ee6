"""LiDAR edges against image edges around the given extrinsic and the given image times."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel_calibration.alignment.features import Features
from avlabel_calibration.alignment.score import AXES, score
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.optimum import (
    CONVINCING,
    LEVEL,
    ROTATION,
    TIME,
    Optimum,
    axis_sigma,
    edge_shift_rad,
)
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided

MIN_CELLS = 60
"""Patches of the world with edges; fewer may all be wrong in the same way."""
SURE = 3.0
ASIDE_DEG = 1.0


@rule("alignment", "warning", "LiDAR edges meet image edges better with another extrinsic", "slow")
def alignment(evidence: Evidence) -> Iterator[Answer]:
    """Climb from each camera's extrinsic to the best rotation nearby."""
    for name in evidence.log.rig.cameras:
        features = evidence.features(name)
        if (reason := _too_little(features)) or features is None:
            yield undecided(reason, name)
            continue
        best = evidence.optimum(name, ROTATION)
        if not best.meets:
            yield undecided(
                f"edges meet nowhere within 9 degrees: score {best.best:.2f} ± "
                f"{best.best_sigma:.2f} at best",
                name,
                {"score": best.given},
            )
            continue
        yield _judge_place(evidence, name, features, best)


@rule("camera-time", "warning", "images were taken at another time than said", "slow")
def camera_time(evidence: Evidence) -> Iterator[Answer]:
    """Climb to the best exposure time, which shows as far as the car moves or turns."""
    for name in evidence.log.rig.cameras:
        features = evidence.features(name)
        if (reason := _too_little(features)) or features is None:
            yield undecided(reason, name)
            continue
        best = evidence.optimum(name, ("time",))
        if not best.meets:
            yield undecided("edges do not meet at any time near", name, {"score": best.given})
            continue
        yield _judge_time(evidence, name, features, best)


def _too_little(features: Features | None) -> str:
    if features is None:
        return "no frame with an image, a sweep and a pose"
    cells = len(np.unique(features.cell))
    return f"LiDAR edges in {cells} places only" if cells < MIN_CELLS else ""


def _judge_place(evidence: Evidence, name: str, features: Features, best: Optimum) -> Answer:
    config = evidence.config
    turn = np.rad2deg(best.delta[:3])
    shift = float(np.rad2deg(edge_shift_rad(features, best.delta)))
    sigma = np.rad2deg([axis_sigma(features, best.delta, axis) for axis in ROTATION])
    numbers = {
        "shift_deg": shift,
        **{f"{axis}_deg": float(t) for axis, t in zip(ROTATION, turn, strict=True)},
        **{f"{axis}_sigma_deg": float(s) for axis, s in zip(ROTATION, sigma, strict=True)},
        "score": best.given,
        "best_score": best.best,
        "sure": best.sure,
    }
    too_far = shift > config.max_edge_shift_deg or abs(turn[2]) > config.max_roll_deg
    if too_far and best.sure > SURE:
        later = evidence.optimum(name, ("time",))
        offset_ms = 1e3 * float(later.delta[TIME])
        by_time = later.best > best.best - best.gain_sigma
        if by_time and abs(offset_ms) <= config.max_time_offset_ms:
            return fine(
                f"edges meet {shift:.2f} degrees aside, but {offset_ms:+.0f} ms later explains it "
                f"as well, which is within the limit",
                name,
                numbers,
            )
        hint = f"; {offset_ms:+.0f} ms later explains it as well" if by_time else ""
        pitch, yaw, roll = turn
        return found(
            f"edges meet better ({best.best:.2f} instead of {best.given:.2f}) with the camera "
            f"turned by {pitch:+.2f} pitch, {yaw:+.2f} yaw, {roll:+.2f} roll degrees, which moves "
            f"them by {shift:.2f}; expected at most {config.max_edge_shift_deg:g}{hint}",
            name,
            numbers,
            "error" if shift > config.bad_edge_shift_deg else "warning",
        )
    if (vague := float(SURE * sigma[:2].max())) > 2 * config.max_edge_shift_deg:
        return undecided(f"edges are too vague: the best place is known to {vague:.1f} degrees",
                         name, numbers)  # fmt: skip
    numbers["aside_score"] = aside = _aside(features)
    words = (
        f"score {best.given:.2f}, {shift:.2f} degrees from the best ({best.best:.2f}); "
        f"{ASIDE_DEG:g} degree aside it is {aside:.2f} at most"
    )
    if best.given - aside < SURE * best.best_sigma and best.best < CONVINCING:
        return undecided(f"no clear optimum: {words}", name, numbers)
    return fine(f"a local optimum: {words}", name, numbers)


def _judge_time(evidence: Evidence, name: str, features: Features, best: Optimum) -> Answer:
    limit_ms = evidence.config.max_time_offset_ms
    offset_ms = 1e3 * float(best.delta[TIME])
    sigma_ms = 1e3 * axis_sigma(features, best.delta, "time")
    numbers = {
        "offset_ms": offset_ms,
        "sigma_ms": sigma_ms,
        "score": best.given,
        "best_score": best.best,
        "sure": best.sure,
    }
    words = f"edges meet best {offset_ms:+.0f} ± {sigma_ms:.0f} ms from the given times"
    if abs(offset_ms) <= limit_ms or best.sure <= SURE:
        if SURE * sigma_ms > 2 * limit_ms:
            return undecided(f"{words}: the car moves too little", name, numbers)
        return fine(words, name, numbers)
    turned = evidence.optimum(name, ROTATION)
    if turned.best > best.best + turned.gain_sigma:
        return undecided(f"{words}, but a turned camera explains it better", name, numbers)
    return found(f"{words}; expected at most {limit_ms:g} ms", name, numbers)


def _aside(features: Features) -> float:
    """Best score one degree of pitch or yaw away."""
    places = np.zeros((4, len(AXES)))
    places[:, :2] = np.deg2rad(ASIDE_DEG) * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    return float(score(features, places, LEVEL).max())
