"""How far a scene is reviewed, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.cuboids import Source
from avlabel.edits.resolved import Resolved
from avlabel_viewer.session.verdicts import Said, Verdicts


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts over a scene.

    Attributes:
        tracks: of the scene.
        accepted, rejected, flagged: tracks of that verdict; one all of whose boxes have it counts.
        frames: of the scene.
        frames_reviewed: see ``Verdicts.reviewed``.
        boxes: of the scene.
        boxes_reviewed: accepted or rejected.
        boxes_by_people: set by somebody.
    """

    tracks: int
    accepted: int
    rejected: int
    flagged: int
    frames: int
    frames_reviewed: int
    boxes: int
    boxes_reviewed: int
    boxes_by_people: int

    @classmethod
    def of(cls, labels: Resolved, verdicts: Verdicts) -> Progress:
        """Count."""
        accepted, rejected, flagged = (
            _tracks_of(labels, verdicts, said) for said in (Said.ACCEPT, Said.REJECT, Said.FLAG)
        )
        settled = np.isin(verdicts.row, (Said.ACCEPT, Said.REJECT))
        return cls(
            tracks=len(labels.tracks),
            accepted=accepted,
            rejected=rejected,
            flagged=flagged,
            frames=len(verdicts.reviewed),
            frames_reviewed=int(verdicts.reviewed.sum()),
            boxes=len(labels.cuboids),
            boxes_reviewed=int(settled.sum()),
            boxes_by_people=int((labels.cuboids.source == Source.HUMAN).sum()),
        )


def _tracks_of(labels: Resolved, verdicts: Verdicts, said: Said) -> int:
    ids = labels.tracks.track_id
    others = np.unique(labels.cuboids.track_id[verdicts.row != said])
    return int(((verdicts.track == said) | ~np.isin(ids, others)).sum())
