"""Training samples: the clusters that the detector itself finds in simulated sweeps."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from simulated_sweeps import LabelledSweep

from avlabel.core.taxonomy import default_taxonomy
from avlabel.stages.detection.boxfit import fit_rectangles
from avlabel.stages.detection.cluster import cluster
from avlabel.stages.detection.cluster_net import SIZE_SCALE_M
from avlabel.stages.detection.detect import DetectConfig
from avlabel.stages.detection.ground import estimate_ground
from avlabel.stages.detection.members import members
from avlabel.stages.detection.patches import extract_patches

PURE_SHARE = 0.75
"""A cluster belongs to an object that owns at least this share of its points."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """S clusters with their targets.

    Attributes:
        points: (S, 96, 4) float32, as ``Patches``.
        cluster: (S, 8) float32, as ``Patches``.
        category: (S,) int64 leaf code; unknown for clusters of no object or of several.
        box: (S, 8) float32 centre x, y, log length, width and height against a typical size,
            cosine and sine of twice the yaw, and 1 if the front points along x; patch frame.
    """

    points: np.ndarray
    cluster: np.ndarray
    category: np.ndarray
    box: np.ndarray

    @classmethod
    def concatenate(cls, parts: list[Samples]) -> Samples:
        """All samples of ``parts``."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def samples_of_sweep(sweep: LabelledSweep, config: DetectConfig) -> Samples:
    """Clusters at both levels of the detector, with what they are."""
    points, sensor_xy = sweep.points_ego, sweep.sensor[:2]
    ground = estimate_ground(points, config.ground)
    above = points[:, 2] - ground.at(points)
    parts = []
    for level in (config.segment.loose, config.segment.tight):
        labels = cluster(points, above, level)
        order, offsets = members(labels)
        rect = fit_rectangles(points, order, offsets)
        patches = extract_patches(points, above, labels, order, offsets, rect, sensor_xy)
        owner = _owners(sweep.object_id, order, offsets)
        category, box = _targets(sweep, owner, rect, patches.yaw)
        parts.append(Samples(patches.points, patches.cluster, category, box))
    return Samples.concatenate(parts)


def _owners(object_id: np.ndarray, order: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """(C,) object that owns most of each cluster, -1 for none."""
    owners = np.full(len(offsets) - 1, -1)
    for c in range(len(owners)):
        ids, counts = np.unique(object_id[order[offsets[c] : offsets[c + 1]]], return_counts=True)
        best = counts.argmax()
        if counts[best] >= PURE_SHARE * counts.sum():
            owners[c] = ids[best]
    return owners


def _targets(
    sweep: LabelledSweep, owner: np.ndarray, rect: np.ndarray, yaw: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    taxonomy = default_taxonomy()
    row = {int(track): k for k, track in enumerate(sweep.box_id)}
    which = np.array([row.get(int(o), -1) for o in owner], int)
    found = which >= 0
    category = np.full(len(owner), taxonomy.code("unknown"), np.int64)
    category[found] = sweep.category[which[found]]
    box = np.zeros((len(owner), 8), np.float32)
    truth = sweep.boxes[which[found]]
    c, s = np.cos(yaw[found]), np.sin(yaw[found])
    x, y = (truth[:, :2] - rect[found, :2]).T
    turn = truth[:, 6] - yaw[found]
    box[found] = np.column_stack(
        [
            x * c + y * s,
            y * c - x * s,
            np.log(truth[:, 3:6] / SIZE_SCALE_M),
            np.cos(2 * turn),
            np.sin(2 * turn),
            np.cos(turn) > 0,
        ]
    )
    return category, box
