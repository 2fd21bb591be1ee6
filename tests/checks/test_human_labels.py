"""Rules on the human labels of a real recording: as they are, and spoiled."""

from dataclasses import replace

import numpy as np
import pytest
from label_samples import moved, turned

from avlabel.checks.config import CheckConfig
from avlabel.checks.rules import RULES
from avlabel.checks.run import bare, look, seen
from avlabel.core.frames import Frames
from avlabel.core.taxonomy import default_taxonomy
from avlabel.readers.registry import open_log
from avlabel.stages.compensate import CompensateConfig, compensate
from avlabel.stages.project import NO_IMAGE


class LogSensors:
    """A log's sweeps; nothing asks for its images."""

    def __init__(self, log):
        self.rig, self.trajectory, self.log = log.rig, log.trajectory, log
        self.exposures_ns = {name: np.full(len(log.sweeps), NO_IMAGE) for name in log.images}

    def sweep(self, frame_idx):
        (k,) = np.flatnonzero(self.log.sweeps.frame_idx == frame_idx)
        return compensate(self.log.read_sweep(int(k)), self.trajectory, CompensateConfig())

    def said(self):
        return None


@pytest.fixture(scope="module")
def street(shared_data):
    """Labels of the first six frames of PandaSet 002, and everything they are checked against."""
    log = open_log(shared_data / "pandaset" / "002", "pandaset")
    truth = log.read_truth()
    first = log.sweeps.frame_idx[:6]
    labels = truth.cuboids.select(~truth.ignored & np.isin(truth.cuboids.frame_idx, first))
    poses = log.trajectory.at(log.sweeps.ref_ns[:6])
    frames = Frames(first, log.sweeps.ref_ns[:6], poses)
    return replace(labels, cuboid_id=np.arange(len(labels))), frames, LogSensors(log)


def examine(street, labels):
    subject = bare(labels, street[1], CheckConfig(), default_taxonomy())
    subject = seen(subject, street[2], {"points"})
    rules = [rule for rule in RULES.values() if rule.needs != "images"]
    hits = look(subject, rules)
    return subject, {rule: {hit.row for hit in found} for rule, found in hits.items()}


def test_human_labels_are_mostly_let_be(street):
    """What is left, looked at in pictures: a construction vehicle, a car that its box lags."""
    labels, _, _ = street
    _, hits = examine(street, labels)
    assert not any(hits[rule] for rule, one in RULES.items() if one.severity == "error")
    rows = set().union(*hits.values())
    assert len(rows) < 0.05 * len(labels)
    lagging = {int(track) for track in labels.track_id[list(hits["cut-off"])]}
    assert len(lagging) == 1


def test_what_is_planted_in_human_labels_is_found(street):
    labels, _, _ = street
    subject, before = examine(street, labels)
    near = (subject.range_m < 20.0) & (subject.around.solid > 100)
    near &= subject.is_a(np.arange(len(labels)), "vehicle") & (
        labels.frame_idx == labels.frame_idx[0] + 2
    )
    rows = np.flatnonzero(near)
    assert len(rows) > 5
    for rule, spoiled in (
        ("floating", moved(labels, rows, [0.0, 0.0, 0.7])),
        ("heading-flip", turned(labels, rows, np.pi)),
        ("acceleration-jump", moved(labels, rows, [0.5, 0.0, 0.0])),
    ):
        found = examine(street, spoiled)[1][rule] - before[rule]
        assert len(found & set(rows.tolist())) >= 0.9 * len(rows), rule
