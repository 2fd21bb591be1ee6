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
from avlabel_calibration.check.verdict import Answer, Numbers, fine, found, undecided

MIN_CELLS = 60
"""Patches of the world with edges; fewer may all be wrong in the same way."""
SURE = 2.0
"""Standard deviations by which a deviation has to exceed its limit, and a score another."""
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
            yield _lost(evidence, name, best)
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


def _lost(evidence: Evidence, name: str, best: Optimum) -> Answer:
    """A camera whose edges meet nowhere near: odd where those of its neighbours do."""
    words = "edges meet nowhere within 9 degrees: score "
    words += f"{best.best:.2f} ± {best.best_sigma:.2f} at best"
    numbers = {"score": best.given, "best_score": best.best}
    # Few edges may meet without being sure of it; only what surely does not is odd.
    surely_not = best.best + SURE * best.best_sigma < CONVINCING
    others = [other for other in evidence.log.rig.cameras if other != name and surely_not]
    for other in others:
        features = evidence.features(other)
        if features is None or _too_little(features):
            continue
        if (there := evidence.optimum(other, ROTATION)).meets and there.best > CONVINCING:
            return found(
                f"{words}, although those of {other} do: turned further, or its view is poor",
                name,
                numbers,
            )
    return undecided(words, name, numbers)


def _judge_place(evidence: Evidence, name: str, features: Features, best: Optimum) -> Answer:
    config = evidence.config
    shift = float(np.rad2deg(edge_shift_rad(features, best.delta)))
    pitch, yaw, roll = np.rad2deg(best.delta[:3]).tolist()
    sigma = np.rad2deg([axis_sigma(features, best.delta, axis) for axis in ROTATION])
    shift_sigma = float(np.hypot(sigma[0], sigma[1]))
    numbers = {
        "shift_deg": shift,
        "shift_sigma_deg": shift_sigma,
        "pitch_deg": pitch,
        "yaw_deg": yaw,
        "roll_deg": roll,
        "roll_sigma_deg": float(sigma[2]),
        "score": best.given,
        "best_score": best.best,
        "aside_score": _aside(features),
        "sure": best.sure,
    }
    words = (
        f"edges meet best ({best.best:.2f} instead of {best.given:.2f}) with the camera turned by "
        f"{pitch:+.2f} pitch, {yaw:+.2f} yaw, {roll:+.2f} roll degrees, which moves them by "
        f"{shift:.2f} ± {shift_sigma:.2f}; expected at most {config.max_edge_shift_deg:g}"
    )
    if best.best < CONVINCING:
        words += "; that is no clear fit either, so the camera may be turned by far more"
    beyond = shift - SURE * shift_sigma > config.max_edge_shift_deg
    beyond |= abs(roll) - SURE * float(sigma[2]) > config.max_roll_deg
    if beyond and best.sure > SURE:
        return _blame(evidence, name, best, words, numbers)
    if beyond or shift_sigma * SURE > config.max_edge_shift_deg:
        return undecided(f"{words}: edges are too vague to be sure", name, numbers)
    text = (
        f"score {best.given:.2f}, {shift:.2f} ± {shift_sigma:.2f} degrees from the best "
        f"({best.best:.2f}); {ASIDE_DEG:g} degree aside it is {numbers['aside_score']:.2f} at most"
    )
    if best.given - numbers["aside_score"] < SURE * best.best_sigma and best.best < CONVINCING:
        return undecided(f"no clear optimum: {text}", name, numbers)
    return fine(f"near a local optimum: {text}", name, numbers)


def _blame(evidence: Evidence, name: str, best: Optimum, words: str, numbers: Numbers) -> Answer:
    """The extrinsic, unless a small error of the image times explains as much."""
    config = evidence.config
    later = evidence.optimum(name, ("time",))
    offset_ms = 1e3 * float(later.delta[TIME])
    by_time = later.best > best.best - best.gain_sigma
    if by_time and abs(offset_ms) <= config.max_time_offset_ms:
        return fine(
            f"{words}; but images taken {offset_ms:+.0f} ms from their times, which is within "
            "the limit, explain it as well",
            name,
            numbers,
        )
    hint = f"; images taken {offset_ms:+.0f} ms from their times explain it as well"
    bad = numbers["shift_deg"] > config.bad_edge_shift_deg
    return found(words + (hint if by_time else ""), name, numbers, "error" if bad else "warning")


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
    if SURE * sigma_ms > limit_ms:
        return undecided(f"{words}: the car moves too little", name, numbers)
    if abs(offset_ms) - SURE * sigma_ms <= limit_ms:
        return fine(words, name, numbers)
    if best.sure <= SURE:
        return undecided(f"{words}, but not surely better", name, numbers)
    turned = evidence.optimum(name, ROTATION)
    if turned.best > best.best + turned.gain_sigma:
        return undecided(f"{words}, but a turned camera explains it better", name, numbers)
    return found(f"{words}; expected at most {limit_ms:g} ms", name, numbers)


def _aside(features: Features) -> float:
    """Best score one degree of pitch or yaw away."""
    places = np.zeros((4, len(AXES)))
    places[:, :2] = np.deg2rad(ASIDE_DEG) * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    return float(score(features, places, LEVEL).max())
