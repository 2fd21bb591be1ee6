"""What lies beneath a scene's labels: detections, and what cameras say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float32, Float64, Int16, Int32
from avlabel.edits.labels import AutoLabels
from avlabel.scenes.scene import Scene
from avlabel_viewer.session.cameras import evidence_by_box

CONFIDENT = 0.7
"""Less confident detections of no track are mostly walls and bushes."""


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """What doubts are raised on; read once for a commit.

    Attributes:
        evidence: (N, P) of cameras, for each automatic box; see ``evidence_by_box``.
        frame_idx: (D,) int32 frame of each confident detection of a road user.
        center: (D, 3) float64 metres, world.
        score: (D,) float32.
        category: (D,) int16.
    """

    evidence: Float64
    frame_idx: Int32
    center: Float64
    score: Float32
    category: Int16

    @classmethod
    def of(cls, scene: Scene, labels: AutoLabels) -> Grounds:
        """Read a scene's detections.

        Raises:
            SceneCorruptError: if they cannot be read.
        """
        detected = scene.detections().cuboids
        parents = labels.taxonomy.parents
        road_user = np.array([parent != "object" for parent in parents])
        keep = (detected.score >= CONFIDENT) & road_user[labels.taxonomy.coarse(detected.category)]
        found = detected.select(keep)
        frames = labels.frames
        pose = frames.world_from_ego[frames.positions(found.frame_idx)]
        return cls(
            evidence=evidence_by_box(scene.evidence(), detected, labels),
            frame_idx=found.frame_idx,
            center=np.asarray(pose.apply(found.center), np.float64),
            score=found.score,
            category=found.category,
        )
