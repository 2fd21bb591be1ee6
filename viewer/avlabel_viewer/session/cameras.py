"""What cameras say against the labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3
from avlabel.edits.labels import AutoLabels
from avlabel.stages.camera.agree import AgreeConfig, pool
from avlabel_viewer.session.items import Item, spread
from avlabel_viewer.session.near import nearest_boxes
from avlabel_viewer.session.needs import counted, item, name
from avlabel_viewer.session.track_facts import TrackFacts

AGAINST, FOR_ANOTHER = -0.7, 1.0
"""Log odds: half as likely as without the images; nearly three times as likely another class."""
MARGIN_M = 0.5


def evidence_by_box(said: Float64, detected: Cuboids, labels: AutoLabels) -> Float64:
    """(N, P) log likelihood of what images show of each automatic box, by coarse class.

    Images were asked about detections, before tracking; what they said is given to the box of
    the frame in which the detection's centre lies. 0 where they said nothing.

    Args:
        said: (D, P) of the detections; see ``Scene.evidence``.
        detected: D detections, ego frame.
        labels: N automatic boxes.
    """
    cuboids = labels.cuboids
    out = np.zeros((len(cuboids), len(labels.taxonomy.parents)))
    speaking = np.flatnonzero(np.any(said != 0, axis=1))
    if not len(speaking):
        return out
    heard = detected.select(speaking)
    pose = labels.frames.world_from_ego[labels.frames.positions(heard.frame_idx)]
    center = np.asarray(pose.apply(heard.center), np.float64)
    for rows, hit in [*nearest_boxes(cuboids, center, heard.frame_idx)][::-1]:
        box = SE3.from_quat(cuboids.quat_wxyz[rows], cuboids.center[rows])
        local = np.abs(box.inverse().apply(center[hit])[:, :2])
        fits = (local <= cuboids.size_lwh[rows, :2] / 2 + MARGIN_M).all(axis=1)
        out[rows[fits]] = said[speaking[hit[fits]]]
    return out


def camera_doubts(facts: TrackFacts, evidence: Float64) -> Iterator[Item]:
    """Tracks that the images deny, or call something else.

    Args:
        facts: of the resolved labels.
        evidence: of the automatic boxes, see ``evidence_by_box``.
    """
    said = _of_rows(facts, evidence)
    speaks = np.any(said != 0, axis=1)
    if not speaks.any():
        return
    # Classes are compared: no bound at which all are equally sure.
    config = AgreeConfig(most=np.inf)
    columns = [pool(facts.track_of, column, len(facts), config) for column in said.T]
    pooled = np.stack(columns, axis=1)
    n_frames = np.bincount(facts.track_of[speaks], minlength=len(facts))
    parents = facts.labels.labels.taxonomy.parents
    tracks, own = np.arange(len(facts)), facts.parent
    for_own = pooled[tracks, own]
    others = pooled.copy()
    others[tracks, own] = -np.inf
    best = np.argmax(others, axis=1)
    more = others[tracks, best] - for_own
    for t in np.flatnonzero((n_frames > 0) & ~facts.by_person).tolist():
        seen = counted(int(n_frames[t]), "frame")
        row = _loudest(facts, said, t)
        if more[t] > FOR_ANOTHER and pooled[t, best[t]] > 0:
            reason = f"cameras see a {parents[best[t]]}, not a {name(facts, t)} ({seen})"
            priority = spread(more[t] / 4, 0.65, 0.9)
            yield item(facts, t, "camera-differs", reason, priority, row)
        elif for_own[t] < AGAINST:
            reason = f"no camera sees a {name(facts, t)} here, though in full view ({seen})"
            yield item(facts, t, "camera-misses", reason, spread(-for_own[t] / 3, 0.55, 0.75), row)


def _of_rows(facts: TrackFacts, evidence: Float64) -> Float64:
    """(N, P) evidence of the boxes of ``facts.rows``; none for those that people made."""
    auto = facts.labels.auto_row[facts.rows]
    said = np.where((auto >= 0)[:, None], evidence[np.maximum(auto, 0)], 0.0)
    return np.asarray(said)


def _loudest(facts: TrackFacts, said: Float64, t: int) -> int:
    mine = slice(facts.starts[t], facts.starts[t] + facts.n_boxes[t])
    return int(facts.rows[mine][np.argmax(np.abs(said[mine]).max(axis=1))])
