from dataclasses import replace

import numpy as np
import pytest
from track_scenarios import TAXONOMY

from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.tracks import Tracks
from avlabel.stages.check import RULES, CheckConfig, check

N = 10


def car(track_id=0, y=0.0, speed_mps=10.0):
    """A well-behaved car along +x, 10 Hz."""
    t = np.arange(N) * 0.1
    return Cuboids.build(
        "world",
        frame_idx=np.arange(N),
        timestamp_ns=np.rint(t * 1e9).astype(np.int64),
        category=np.full(N, TAXONOMY.code("car")),
        center=np.column_stack([speed_mps * t, np.full(N, y), np.full(N, 0.8)]),
        quat_wxyz=quat_from_yaw(np.zeros(N)),
        size_lwh=np.tile([4.5, 1.85, 1.6], (N, 1)),
        track_id=np.full(N, track_id),
    )


def rules_hit(cuboids, config=None):
    found = check(cuboids, Tracks.empty(), config or CheckConfig(), TAXONOMY)
    return [finding.rule for finding in found]


def edited(cuboids, name, row, value):
    column = getattr(cuboids, name).copy()
    column[row] = value
    return replace(cuboids, **{name: column})


def test_good_labels_give_no_findings():
    both = Cuboids.concatenate([car(0), car(1, y=4.0, speed_mps=0.0)])
    assert rules_hit(both) == []
    assert rules_hit(Cuboids.empty("world")) == []


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("duplicate-id", Cuboids.concatenate([car(0), car(0, y=9.0).select(slice(4, 5))])),
        ("size-out-of-class", replace(car(), size_lwh=np.full((N, 3), 1.7, np.float32))),
        ("size-changes", edited(car(), "size_lwh", slice(5, None), [4.7, 1.85, 1.6])),
        ("heading-flip", edited(car(), "quat_wxyz", 5, quat_from_yaw(np.array(3.0)))),
        ("heading-against-motion", replace(car(), quat_wxyz=quat_from_yaw(np.full(N, 1.0)))),
        ("overlap", Cuboids.concatenate([car(0), car(1, y=1.0)])),
        ("acceleration-jump", edited(car(), "center", slice(6, None), [5.3, 0.0, 0.8])),
        ("speed-jump", edited(car(), "center", slice(6, None), [90.0, 0.0, 0.8])),
    ],
)
def test_each_rule_sees_its_fault(rule, bad):
    assert rule in rules_hit(bad)
    assert rule not in rules_hit(bad, CheckConfig(disabled=(rule,)))


def test_finding_names_frame_track_and_values():
    bad = edited(car(track_id=7), "quat_wxyz", 5, quat_from_yaw(np.array(np.pi)))
    flips = check(bad, Tracks.empty(), CheckConfig(), TAXONOMY)
    flip = next(finding for finding in flips if finding.rule == "heading-flip")
    assert (flip.severity, flip.frame_idx, flip.track_id) == ("error", 5, 7)
    assert flip.message == "heading turns by 180 degrees at once (and in 1 more)"


def test_boxes_above_each_other_do_not_collide():
    bridge = replace(car(1), center=car(1).center + np.array([0.0, 0.0, 5.0]))
    assert "overlap" not in rules_hit(Cuboids.concatenate([car(0), bridge]))


def test_boxes_without_a_track_are_not_compared():
    loose = replace(car(), track_id=np.full(N, -1, np.int64))
    assert rules_hit(edited(loose, "center", 5, [500.0, 0.0, 0.8])) == []


def test_pedestrians_may_turn_on_the_spot():
    size = np.tile(np.float32([0.7, 0.7, 1.7]), (N, 1))
    person = replace(car(speed_mps=1.0), category=np.full(N, TAXONOMY.code("pedestrian"), np.int16))
    person = edited(replace(person, size_lwh=size), "quat_wxyz", 5, quat_from_yaw(np.array(3.0)))
    assert rules_hit(person) == []


def test_rule_ids_are_stable():
    # People disable rules and query findings by these.
    assert list(RULES) == [
        "duplicate-id",
        "size-out-of-class",
        "size-changes",
        "speed-jump",
        "acceleration-jump",
        "heading-flip",
        "heading-against-motion",
        "overlap",
    ]
    assert all(rule.id == key and rule.description for key, rule in RULES.items())
