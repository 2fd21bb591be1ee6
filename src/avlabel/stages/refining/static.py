"""Objects that stand still: one box from the points of the whole track."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.detection.boxfit import fit_rectangle
from avlabel.stages.refining.evidence import Evidence
from avlabel.stages.refining.place import anchor
from avlabel.stages.refining.quantile import quantile
from avlabel.stages.refining.size import Shape, SizeConfig, broadside, choose_shape

VOXEL_M = 0.08
OUTER_SHARE = 0.003


def fit_static(
    evidence: Evidence, height: float, taxonomy: Taxonomy, config: SizeConfig
) -> tuple[Float64, float, Shape]:
    """Fit one box in the ground plane to everything that was seen of a standing object.

    Args:
        evidence: of the track.
        height: metres.
        taxonomy: the leaves.
        config: options.

    Returns:
        (2,) centre from the evidence's origin, yaw in [0, pi), and the shape.
    """
    xy = aggregate(evidence)
    yaw = float(fit_rectangle(xy)[4])
    # Either axis of the fit may be the length: the likelier class and size decide.
    options = [
        _hypothesis(evidence, xy, y, height, taxonomy, config) for y in (yaw, yaw + np.pi / 2)
    ]
    yaw, ends, shape = max(options, key=lambda option: option[2].merit)
    c, s = np.cos(yaw), np.sin(yaw)
    sensor = evidence.sensor @ np.array([[c, -s], [s, c]])
    along = _from_all_views(ends[0], ends[1], shape.size_lw[0], sensor[:, 0])
    across = _from_all_views(ends[2], ends[3], shape.size_lw[1], sensor[:, 1])
    return np.array([c * along - s * across, s * along + c * across]), yaw % np.pi, shape


def aggregate(evidence: Evidence) -> Float64:
    """(M, 2) places where points were seen, one a voxel; in several views if there are many."""
    voxel = np.floor(evidence.points[:, :2] / VOXEL_M).astype(np.int64)
    view = np.repeat(np.arange(len(evidence)), np.diff(evidence.offsets))
    key = (voxel[:, 0] << 32) + voxel[:, 1]
    _, inverse = np.unique(key, return_inverse=True)
    once = np.unique(inverse * len(evidence) + view)
    views = np.bincount(once // len(evidence))
    # A stray return or a misplaced view is not seen again; a surface is.
    needed = 1 + (len(evidence) >= 6) + (len(evidence) >= 30)
    firm = views >= needed
    if np.sum(firm) < 10:
        return evidence.points[:, :2]
    sums = np.stack([np.bincount(inverse, evidence.points[:, k]) for k in (0, 1)], axis=1)
    mean = sums / np.bincount(inverse)[:, None]
    return np.asarray(mean[firm])


def _hypothesis(
    evidence: Evidence,
    xy: Float64,
    yaw: float,
    height: float,
    taxonomy: Taxonomy,
    config: SizeConfig,
) -> tuple[float, Float64, Shape]:
    ends = span(xy, yaw)
    observed = np.array([ends[1] - ends[0], ends[3] - ends[2], height])
    seen = broadside(evidence, np.full(len(evidence), yaw))
    shape = choose_shape(observed, seen, evidence.votes, taxonomy, config)
    # What the detector took for the length in each view has a say too.
    agreeing = np.average(np.cos(evidence.box[:, 6] - yaw) ** 2, weights=evidence.score)
    return yaw, ends, replace(shape, merit=shape.merit + float(np.log(agreeing + 0.1)))


def span(xy: Float64, yaw: float) -> Float64:
    """(4,) low and high end along, low and high end across ``yaw``, without the outermost."""
    c, s = np.cos(yaw), np.sin(yaw)
    along, across = xy[:, 0] * c + xy[:, 1] * s, xy[:, 1] * c - xy[:, 0] * s
    low, high = OUTER_SHARE, 1 - OUTER_SHARE
    ends = (quantile(along, low), quantile(along, high), quantile(across, low))
    return np.array([*ends, quantile(across, high)])


def _from_all_views(low: float, high: float, size: float, sensor: Float64) -> float:
    """Centre along one axis: hidden ends lie away from where the sensor was."""
    views = np.ones(len(sensor))
    middle = (low + high) / 2
    return float(np.mean(anchor(low * views, high * views, size * views, sensor, middle * views)))
