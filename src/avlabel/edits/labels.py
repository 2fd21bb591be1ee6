"""The automatic labels that edits are laid onto."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.edits.model import Vector


@dataclass(frozen=True, slots=True, eq=False)
class AutoLabels:
    """What a commit of a scene holds.

    Attributes:
        cuboids: N boxes in the scene's world; a track has one box a frame at most.
        tracks: their tracks.
        frames: every frame of the scene.
        taxonomy: that categories index.
        commit: number of the commit; edits made on it match by id.
        origin_m: recording's world = scene's world + this.
    """

    cuboids: Cuboids
    tracks: Tracks
    frames: Frames
    taxonomy: Taxonomy
    commit: int = 0
    origin_m: Vector = (0.0, 0.0, 0.0)

    @property
    def period_ns(self) -> float:
        """Median time between frames; 0.1 s where there is one frame only."""
        steps = np.diff(self.frames.ref_ns)
        return float(np.median(steps)) if len(steps) else 1e8
