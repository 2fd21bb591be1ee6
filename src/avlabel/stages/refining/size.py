"""What an object is, and how large: whole-track evidence against class priors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.refining.evidence import Evidence
from avlabel.stages.refining.quantile import quantile


@dataclass(frozen=True, slots=True)
class SizeConfig:
    """Class and size of a whole track."""

    view_quantile: float = option(0.85, "of the extents of all views, the one taken as the size")
    top_quantile: float = option(0.9, "of the tops of all views, the one taken as the roof")
    bottom_quantile: float = option(0.2, "of the bottoms of all views, the one taken as the floor")
    size_weight: float = option(0.5, "weight of the size against the votes in choosing the class")
    vote_floor: float = option(0.02, "share of the votes that a class has without any")
    most_trust: float = option(0.75, "how far to believe that what could be seen was seen whole")
    hidden_sigma: float = option(2.5, "being smaller costs no more than this: anything may hide")
    smallest_sigma: float = option(1.0, "no object is this many deviations below its class's mean")
    largest_sigma: float = option(3.0, "no object is this many deviations above it")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What an object is and how large.

    Attributes:
        leaf: class.
        size_lw: (2,) float64 metres, length and width, completed where they were not seen.
        observed_lw: (2,) float64 metres that the points themselves span.
        merit: log likelihood of class and size, up to a constant.
    """

    leaf: int
    size_lw: Float64
    observed_lw: Float64
    merit: float


def choose_shape(
    observed_lwh: Float64, seen: Float64, votes: Float64, taxonomy: Taxonomy, config: SizeConfig
) -> Shape:
    """Weigh every class: what the detector said, and whether it has a size like this.

    Args:
        observed_lwh: (3,) metres that were seen.
        seen: (2,) 0..1, how well length and width could be seen, see ``broadside``.
        votes: (L,) evidence for each leaf.
        taxonomy: the leaves.
        config: options.
    """
    by_parent = np.bincount(taxonomy.parent_of, votes, minlength=len(taxonomy.parents))
    total = max(float(votes.sum()), 1e-9)
    said = np.log(by_parent / total + config.vote_floor)[taxonomy.parent_of]
    said = said + 0.5 * np.log(votes / np.maximum(by_parent[taxonomy.parent_of], 1e-9) + 0.05)
    fits = size_log_likelihood(observed_lwh, np.append(seen, 1.0), taxonomy, config)
    merit = said + config.size_weight * fits
    leaf = int(np.argmax(merit))
    size = complete_size(observed_lwh[:2], seen, leaf, taxonomy, config)
    return Shape(leaf, size, observed_lwh[:2], float(merit[leaf]))


def size_log_likelihood(
    observed_lwh: Float64, seen: Float64, taxonomy: Taxonomy, config: SizeConfig
) -> Float64:
    """(L,) how well a size that was seen fits each leaf.

    Too large is judged by the class's spread; too small only as far as it could be seen, and at
    half the weight, since something may have stood in the way.
    """
    off = (observed_lwh - taxonomy.size_m) / taxonomy.size_std_m
    off = np.where(off > 0, off, np.maximum(0.5 * seen * off, -config.hidden_sigma))
    return np.asarray(-0.5 * np.sum(np.minimum(off**2, 16.0), axis=1))


def broadside(evidence: Evidence, yaw: Float64) -> Float64:
    """(2,) how squarely the sensor has looked at the object's length and at its width.

    0: only ever end-on, so that the extent in this direction was never seen; 1: squarely. The
    view that is better than nine in ten of them counts.
    """
    ray = evidence.sensor - evidence.box[:, :2]
    bearing = np.arctan2(ray[:, 1], ray[:, 0]) - yaw
    seen = np.abs(np.stack([np.sin(bearing), np.cos(bearing)], axis=1))
    return np.array([quantile(seen[:, 0], 0.9), quantile(seen[:, 1], 0.9)])


def complete_size(
    observed_lw: Float64, seen: Float64, leaf: int, taxonomy: Taxonomy, config: SizeConfig
) -> Float64:
    """(2,) length and width: what was seen where it could be seen, else what is usual.

    Args:
        observed_lw: (2,) metres.
        seen: (2,) 0..1, see ``broadside``.
        leaf: class.
        taxonomy: the leaves.
        config: options.
    """
    mean, std = taxonomy.size_m[leaf, :2], taxonomy.size_std_m[leaf, :2]
    trust = config.most_trust * np.clip((seen - 0.15) / 0.35, 0.0, 1.0)
    size = observed_lw + (1 - trust) * np.maximum(mean - observed_lw, 0.0)
    low, high = mean - config.smallest_sigma * std, mean + config.largest_sigma * std
    return np.asarray(np.clip(size, np.maximum(low, 0.2), high))


def level_floor(evidence: Evidence, config: SizeConfig) -> float:
    """Lowest face of an object that stands still, metres above its origin."""
    return float(quantile(evidence.bottom, config.bottom_quantile))


def whole_track_height(evidence: Evidence, floors: Float64, config: SizeConfig) -> float:
    """Metres from the floor (F,) of every frame of the span to the roof of the best views."""
    above = evidence.top - floors[evidence.frame - evidence.frame[0]]
    return max(float(quantile(above, config.top_quantile)), 0.2)
