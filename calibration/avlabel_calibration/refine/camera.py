"""One camera refined, and which parameters the drive speaks of at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.options import option
from avlabel.core.rig import Camera
from avlabel_calibration.alignment import AXES, Features, moved_camera, score
from avlabel_calibration.refine.derivatives import COUNT
from avlabel_calibration.refine.search import ROTATION, lead_over_rival, search_rotation
from avlabel_calibration.refine.solve import PRIOR, Solution, solve

TIME = 6
HELD = 1e-7
"""Standard deviation that keeps a parameter at its given value."""


@dataclass(frozen=True, slots=True)
class RefineConfig:
    """What it takes to move a parameter."""

    min_images: int = option(
        3, "in fewer, chance likeness can decide: two of four single frames did"
    )
    min_edges: int = option(400, "fewer LiDAR edge points in view tell nothing")
    min_patches: int = option(25, "from fewer patches of the world (2 m) they tell nothing")
    min_score: float = option(
        0.25, "least score at the optimum; images of something else reach 0.2 somewhere"
    )
    min_lead: float = option(
        1.5, "standard deviations by which the best rotation has to beat any other one"
    )
    max_rotation_deg: float = option(2.5, "an optimum further away is the border of the search")
    max_rotation_sigma_deg: float = option(0.3, "a less certain rotation about an axis is left")
    max_translation_sigma_m: float = option(0.03, "a less certain translation is left")
    max_time_sigma_ms: float = option(8.0, "a less certain time offset is left")
    min_move_sigmas: float = option(
        2.5, "translation and time move only if they are this many standard deviations off"
    )


@dataclass(frozen=True, slots=True, eq=False)
class CameraRefinement:
    """What a drive says about one camera.

    Attributes:
        camera: as given.
        estimate: (7,) float64 most likely delta as ``AXES``, all parameters free.
        sigma: (7,) float64 its standard deviations.
        moved: (7,) bool parameters that the refined camera takes over.
        delta: (7,) float64 what the refined camera takes over: the most likely values with the
            other parameters at 0, where they stay.
        score_before: of the given extrinsics.
        score_after: of ``delta``.
        score_sigma: standard deviation of ``score_after``.
        n_edges: LiDAR edge points in view.
        n_images: images they were laid over.
        reasons: why a parameter was left as it was, by parameter; or under "camera" for all.
    """

    camera: Camera
    estimate: Float64
    sigma: Float64
    moved: BoolArray
    delta: Float64
    score_before: float
    score_after: float
    score_sigma: float
    n_edges: int
    n_images: int
    reasons: dict[str, str]

    @property
    def refined(self) -> Camera:
        """The camera at its new place and with its new time offset."""
        place = moved_camera(self.camera.ego_from_sensor, self.delta)
        offset_ns = self.camera.time_offset_ns + round(1e9 * float(self.delta[TIME]))
        return replace(self.camera, ego_from_sensor=place, time_offset_ns=offset_ns)


def refine_camera(features: Features, config: RefineConfig | None = None) -> CameraRefinement:
    """Find the extrinsics of one camera that fit a drive best.

    Args:
        features: from ``alignment.collect``.
        config: thresholds.
    """
    config = config or RefineConfig()
    patches = len(np.unique(features.cell))
    if len(features) < config.min_edges or patches < config.min_patches:
        seen = f"{len(features)} LiDAR edge points in {patches} patches of the world are in view"
        wanted = f"expected at least {config.min_edges} in {config.min_patches}"
        return _left(features, None, f"{seen}; {wanted}")
    if len(features.frame_idx) < config.min_images:
        images = f"{len(features.frame_idx)} images"
        return _left(features, None, f"{images}, expected at least {config.min_images}")
    found = search_rotation(features)
    solution = solve(features, found[0])
    if solution.score < config.min_score:
        answer = f"image edges do not answer LiDAR edges: score {solution.score:.2f} at best"
        return _left(features, solution, f"{answer}, expected {config.min_score:g}")
    if lead_over_rival(features, found) < config.min_lead:
        return _left(features, solution, "two different rotations fit about equally well")
    if np.abs(solution.delta[ROTATION]).max() > np.deg2rad(config.max_rotation_deg):
        searched = f"{config.max_rotation_deg:g} degrees"
        return _left(features, solution, f"the best rotation lies beyond the {searched} searched")
    moved, reasons = _choose(solution, config)
    if not moved.any():
        return _result(features, solution, moved, reasons)
    start = np.where(moved, solution.delta, 0.0)
    held = start if moved.all() else solve(features, start, np.where(moved, PRIOR, HELD)).delta
    return _result(features, solution, moved, reasons, np.where(moved, held, 0.0))


def _choose(solution: Solution, config: RefineConfig) -> tuple[BoolArray, dict[str, str]]:
    """(7,) bool which parameters the drive tells, and why not the others."""
    limit = np.array(
        [np.deg2rad(config.max_rotation_sigma_deg)] * 3
        + [config.max_translation_sigma_m] * 3
        + [config.max_time_sigma_ms / 1e3]
    )
    sigma, reasons = solution.sigma, {}
    told = sigma <= limit
    same = np.abs(solution.delta) < config.min_move_sigmas * sigma
    same[ROTATION] = False
    for k in np.flatnonzero(~told).tolist():
        reasons[AXES[k]] = f"not constrained, {in_words(k, sigma[k])} uncertain"
    for k in np.flatnonzero(told & same).tolist():
        reasons[AXES[k]] = "agrees with what is given"
    return told & ~same, reasons


def _left(features: Features, solution: Solution | None, why: str) -> CameraRefinement:
    nothing = Solution(np.zeros(COUNT), np.diag(np.full(COUNT, np.inf)), 0.0, np.inf)
    return _result(features, solution or nothing, np.zeros(COUNT, np.bool_), {"camera": why})


def _result(
    features: Features,
    solution: Solution,
    moved: BoolArray,
    reasons: dict[str, str],
    delta: Float64 | None = None,
) -> CameraRefinement:
    delta = np.zeros(COUNT) if delta is None else delta
    before, after = score(features, np.array([np.zeros(COUNT), delta])).tolist()
    return CameraRefinement(
        camera=features.camera,
        estimate=solution.delta,
        sigma=solution.sigma,
        moved=moved,
        delta=delta,
        score_before=before,
        score_after=after,
        score_sigma=solution.score_sigma,
        n_edges=len(features),
        n_images=len(features.frame_idx),
        reasons=reasons,
    )


def in_words(parameter: int, value: float) -> str:
    """A value of a parameter with its unit: degrees, metres or milliseconds."""
    if parameter < TIME - 3:
        return f"{np.rad2deg(value):.3f} deg"
    return f"{value * 1e3:.1f} ms" if parameter == TIME else f"{value:.3f} m"
