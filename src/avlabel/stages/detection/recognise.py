"""Class, heading and size of clusters by the network, held to what was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.detection.classify import Classes
from avlabel.stages.detection.cluster_net import ClusterNet, look
from avlabel.stages.detection.patches import Patches
from avlabel.stages.detection.shapes import Shapes


@dataclass(frozen=True, slots=True)
class RecogniseConfig:
    """Settings of the recognition of clusters by the network."""

    few_points: int = option(25, "with fewer points the network's heading beats the rectangle's")
    height_share: float = option(0.8, "share of the network's height that a box has at least")


def recognise(
    shapes: Shapes,
    patches: Patches,
    net: ClusterNet,
    taxonomy: Taxonomy,
    config: RecogniseConfig,
) -> Classes:
    """What each of C clusters is.

    The edges of many points give a better heading than the network; the network knows which of
    the four edges is the front, and how much of the object is hidden.

    Args:
        shapes: measured clusters.
        patches: the same clusters as the network sees them.
        net: weights.
        taxonomy: leaves.
        config: when to trust which.
    """
    views = look(net, patches, shapes.rect)
    unknown = taxonomy.code("unknown")
    score = 1.0 - views.probability[:, unknown]
    known = views.probability.copy()
    known[:, unknown] = 0.0
    quarter_turns = np.round((views.yaw - shapes.rect[:, 4]) / (np.pi / 2))
    snapped = shapes.rect[:, 4] + quarter_turns * np.pi / 2
    height = np.maximum(shapes.top_m, config.height_share * views.size_lwh[:, 2])
    return Classes(
        category=known.argmax(axis=1).astype(np.int16),
        score=score.astype(np.float32),
        yaw=np.where(shapes.num_points < config.few_points, views.yaw, snapped),
        size_lwh=np.column_stack([views.size_lwh[:, :2], height]),
    )
