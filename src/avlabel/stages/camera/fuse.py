"""Camera evidence: what 2D detections say of class and score of the clusters they show.

Each cluster has a hypothesis for every coarse class and one for being no road user at all. The
detector's score is the prior, every image multiplies in how likely what it shows (or should have
shown, and does not) is under each. Weights are modest, since images repeat each other's mistakes.
Frames are combined once it is known which detections are one object: see ``agree``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from avlabel.core.arrays import Float64, Int16
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.odds import log_odds
from avlabel.core.options import option
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.camera.agree import AgreeConfig
from avlabel.stages.camera.objects import ImageObjects
from avlabel.stages.camera.sightings import (
    NOTHING,
    SightingConfig,
    View,
    measured_boxes,
    sight,
)

NOT_IN_COCO = ("trailer", "other_vehicle")


@dataclass(frozen=True, slots=True)
class FuseConfig:
    """Settings of the camera evidence."""

    camera_model: str = option("", "an ONNX file of the YOLOX layout; empty: no camera evidence")
    camera_model_sha256: str = option(
        "", "the hash that the model must have; filled in when it is empty"
    )
    neutral_score: float = option(0.1, "a 2D detection of this score says nothing")
    weight: float = option(0.75, "log odds added for each log odds of a 2D score above neutral")
    rider_share: float = option(0.6, "how much a person without a bicycle speaks for a cyclist")
    other_class: float = option(0.3, "share of the doubt about a cluster that is other classes'")
    blind_px: float = option(
        16.0, "smaller objects are never missed; square root of the area in the model's input"
    )
    sharp_px: float = option(40.0, "objects of this size are missed as seldom as any")
    recall: float = option(0.8, "share of such objects in full view that the model finds")
    sighting: SightingConfig = field(default_factory=SightingConfig)
    agree: AgreeConfig = field(default_factory=AgreeConfig)


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """Detections, and what the images said of them.

    Attributes:
        detections: N, with new classes and scores.
        evidence: (N, P) float64 log likelihood of what the images show, by parent, relative to
            no road user; 0 where no image speaks.
    """

    detections: Detections
    evidence: Float64

    @classmethod
    def unseen(cls, detections: Detections, taxonomy: Taxonomy) -> Fused:
        """Detections of which no image speaks."""
        return cls(detections, np.zeros((len(detections), len(taxonomy.parents))))

    @classmethod
    def concatenate(cls, parts: Sequence[Fused]) -> Fused:
        """All rows of ``parts`` (at least one), in order."""
        return cls(
            Detections.concatenate([part.detections for part in parts]),
            np.concatenate([part.evidence for part in parts]),
        )


def fuse(
    detections: Detections,
    world_from_ego: SE3,
    views: Sequence[View],
    taxonomy: Taxonomy,
    config: FuseConfig,
) -> Fused:
    """Classes and scores of one frame's detections after a look at its images.

    Args:
        detections: of one frame, ego frame at its reference time; taken as standing still until
            the exposures, since nothing is known of their motion yet.
        world_from_ego: at the reference time.
        views: the images of the frame. One in which nothing was found confirms nothing and
            rejects nothing: it may be dark, or covered.
        taxonomy: classes.
        config: weights.

    Returns:
        The same boxes in the same order with new classes and scores; those that no image speaks
        of stay as they are. None is dropped: a single image is not enough to break a track.
    """
    measured = measured_boxes(detections)
    in_world = detections.moved(world_from_ego, "world")
    shrunk = measured.moved(world_from_ego, "world")
    evidence = np.zeros((len(detections), len(taxonomy.parents)))
    leaf = np.full(len(detections), NOTHING, np.int16)
    surest = np.zeros(len(detections))
    for view in views:
        if not len(view.objects):
            continue
        seen = sight(in_world, shrunk, view, config.sighting)
        evidence += _for_shown(seen.shown_by, view.objects, taxonomy, config)
        evidence += _against_missed(seen.missed_px, detections.cuboids.category, taxonomy, config)
        score = np.append(view.objects.score, 0.0)[seen.shown_by]
        leaf = np.where(score > surest, np.append(view.objects.category, 0)[seen.shown_by], leaf)
        surest = np.maximum(score, surest)
    category, score = believe(detections.cuboids, measured, evidence, leaf, taxonomy, config)
    fused = replace(detections.cuboids, category=category, score=score)
    return Fused(replace(detections, cuboids=fused), evidence)


def believe(
    cuboids: Cuboids,
    measured: Cuboids,
    evidence: Float64,
    leaf: Int16,
    taxonomy: Taxonomy,
    config: FuseConfig,
) -> tuple[Int16, np.ndarray]:
    """Class and score of N clusters, by Bayes' rule over coarse classes.

    The class changes with its parent, or if the image tells a bicycle from a motorcycle. Kinds
    of vehicle are told apart by their size: COCO's truck is anything from a pickup up.

    Args:
        cuboids: as detected.
        measured: the same, shrunk to their points.
        evidence: (N, P) log likelihood of what the images show, by parent, relative to none.
        leaf: (N,) int16 what the surest image calls each, -1 if none shows it.
        taxonomy: classes.
        config: weights.

    Returns:
        (N,) int16 leaves and (N,) float32 scores.
    """
    rows = np.arange(len(cuboids))
    own = taxonomy.coarse(cuboids.category)
    spoken_of = (evidence != 0).any(axis=1)
    posterior = _prior(cuboids, measured, taxonomy, config) * np.exp(evidence)
    posterior /= posterior.sum(axis=1, keepdims=True)
    posterior[:, taxonomy.parents.index("object")] = -1.0
    parent = np.where(spoken_of, posterior.argmax(axis=1), own)
    shown = (leaf != NOTHING) & (taxonomy.coarse(leaf) == parent)
    cyclist = parent == taxonomy.parents.index("cyclist")
    fitting = _likeliest_leaf(measured, taxonomy)[rows, parent]
    renamed = np.where(shown, leaf, fitting)
    category = np.where((parent != own) | (cyclist & shown), renamed, cuboids.category)
    score = np.where(spoken_of, posterior[rows, parent], cuboids.score)
    return category.astype(np.int16), score.astype(np.float32)


def _prior(cuboids: Cuboids, measured: Cuboids, taxonomy: Taxonomy, config: FuseConfig) -> Float64:
    """(N, P) prior by parent: the score for its own, and some of the rest for those that fit."""
    rows, own = np.arange(len(cuboids)), taxonomy.coarse(cuboids.category)
    likely = _leaf_fit(measured, taxonomy) * taxonomy.frequency / taxonomy.frequency[:-1].sum()
    by_parent = np.eye(len(taxonomy.parents))[taxonomy.parent_of]
    none = taxonomy.parents.index("object")
    others = likely @ by_parent
    others[rows, own] = 0.0
    others[:, none] = 0.0
    doubt = 1 - np.clip(cuboids.score.astype(np.float64), 1e-3, 1 - 1e-3)
    prior = config.other_class * others * doubt[:, None]
    prior[:, none] = doubt - prior.sum(axis=1)
    prior[rows, own] = 1 - doubt
    return np.asarray(prior)


def _leaf_fit(measured: Cuboids, taxonomy: Taxonomy) -> Float64:
    """(N, L) likelihood that a leaf shows no more than was measured: only excess speaks."""
    size = measured.size_lwh.astype(np.float64)
    size[:, :2] = np.sort(size[:, :2], axis=1)[:, ::-1]
    excess = np.clip((size[:, None] - taxonomy.size_m) / taxonomy.size_std_m - 1.0, 0.0, None)
    return np.asarray(np.exp(-0.5 * (excess**2).sum(axis=2)))


def _likeliest_leaf(measured: Cuboids, taxonomy: Taxonomy) -> Int16:
    """(N, P) int16 the leaf of each parent that fits best, the commoner the better."""
    likely = _leaf_fit(measured, taxonomy) * taxonomy.frequency
    of_parent = taxonomy.parent_of == np.arange(len(taxonomy.parents))[:, None]
    best = np.where(of_parent, likely[:, None], -1.0).argmax(axis=2)
    return np.asarray(best, np.int16)


def _for_shown(
    shown_by: np.ndarray, objects: ImageObjects, taxonomy: Taxonomy, config: FuseConfig
) -> Float64:
    """(N, P) what the object that shows a cluster says for each parent."""
    gain = config.weight * (log_odds(objects.score) - log_odds(config.neutral_score))
    says = np.eye(len(taxonomy.parents))
    person, cyclist = (taxonomy.parents.index(p) for p in ("pedestrian", "cyclist"))
    says[person, cyclist] = config.rider_share
    by_object = gain[:, None] * says[taxonomy.coarse(objects.category)]
    return np.asarray(np.vstack([by_object, np.zeros(len(taxonomy.parents))])[shown_by])


def _against_missed(
    missed_px: Float64, category: Int16, taxonomy: Taxonomy, config: FuseConfig
) -> Float64:
    """(N, P) how seldom a road user in full view would be missed."""
    sharp = (missed_px - config.blind_px) / (config.sharp_px - config.blind_px)
    unknown_to_model = np.isin(category, [taxonomy.code(leaf) for leaf in NOT_IN_COCO])
    recall = config.recall * np.clip(sharp, 0.0, 1.0) * ~unknown_to_model
    road_user = np.array([parent != "object" for parent in taxonomy.parents])
    return np.asarray(np.log(1 - recall)[:, None] * road_user)
