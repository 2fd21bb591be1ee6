"""Do LiDAR edges lie on image edges?

``sweep_edges`` finds edges in sweeps, ``collect`` lays them out with the edge maps of one camera's
images, ``score`` and ``curve`` say how well they meet at extrinsics a little off the given ones.
"""

from __future__ import annotations

from avlabel_calibration.alignment.features import Features, SweepEdges, collect, sweep_edges
from avlabel_calibration.alignment.score import AXES, curve, moved_camera, point_scores, score

__all__ = [
    "AXES",
    "Features",
    "SweepEdges",
    "collect",
    "curve",
    "moved_camera",
    "point_scores",
    "score",
    "sweep_edges",
]
