"""Rules that need labels only: what is planted is found, what is not is let be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_samples import (
    PERIOD_NS,
    TAXONOMY,
    N,
    car,
    edited,
    found,
    moved,
    person,
    rules_hit,
    turned,
)

from avlabel.checks.config import CheckConfig
from avlabel.checks.registry import chosen
from avlabel.checks.rules import RULES
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.errors import ConfigError
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.work import resolved

join = Cuboids.concatenate


def test_good_labels_give_no_findings():
    everybody = [car(0), car(1, y=4.0, speed_mps=0.0), person(2, y=8.0), person(3, y=12.0)]
    assert rules_hit(join(everybody)) == []
    assert rules_hit(Cuboids.empty("world")) == []


ROLLED = SE3.from_quat([np.cos(0.3), np.sin(0.3), 0.0, 0.0], np.zeros(3)).quat_wxyz
PARKED = car(speed_mps=0.0)
DRIFT = np.outer(np.linspace(0, 0.7, N), [0, 1, 0])


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("duplicate-id", join([car(0), car(0, y=9.0).select(slice(4, 5))])),
        ("class-changes", edited(car(), "category", slice(20, None), TAXONOMY.code("van"))),
        ("gap", car().select(np.delete(np.arange(N), [11, 12]))),
        ("fragmented-track", edited(car(), "track_id", slice(15, None), 9)),
        ("size-out-of-class", replace(car(), size_lwh=np.full((N, 3), 1.7, np.float32))),
        ("size-changes", edited(car(), "size_lwh", slice(20, None), [4.7, 1.85, 1.6])),
        ("overlap", join([car(0), car(1, y=1.0)])),
        ("overlap", join([car(0), person(1, speed_mps=10.0)])),
        ("duplicate-box", join([car(0), car(1, y=0.3)])),
        ("tilted", edited(car(), "quat_wxyz", 5, ROLLED)),
        ("heading-flip", turned(car(), 5, 3.0)),
        ("heading-against-motion", replace(car(), quat_wxyz=quat_from_yaw(np.full(N, 1.0)))),
        ("heading-against-motion", replace(car(), quat_wxyz=quat_from_yaw(np.full(N, np.pi)))),
        ("turn-jump", turned(car(), 5, 0.4)),
        ("turn-jump", turned(PARKED, slice(5, None), 0.4)),
        ("speed-jump", car(speed_mps=80.0)),
        ("acceleration-jump", moved(car(), 6, [0.0, 0.5, 0.0])),
        ("acceleration-jump", moved(car(), slice(6, None), [-0.7, 0.0, 0.0])),
        ("parked-drifts", replace(PARKED, center=PARKED.center + DRIFT)),
    ],
)
def test_each_rule_sees_its_fault_and_no_other_does(rule, bad):
    assert set(rules_hit(bad)) == {rule}
    assert rules_hit(bad, CheckConfig(disabled=(rule,))) == []


def test_every_rule_of_labels_is_planted_above():
    (plants,) = [
        mark.args[1]
        for mark in test_each_rule_sees_its_fault_and_no_other_does.pytestmark
        if mark.name == "parametrize"
    ]
    assert {rule for rule, _ in plants} == {r.id for r in RULES.values() if r.needs == "labels"}


@given(
    speed=st.floats(0.5, 30),
    turn_rad=st.floats(-1.2, 1.2),
    east=st.floats(-1e5, 1e5),
    heading=st.floats(-3, 3),
)
def test_cars_in_bends_are_let_be(speed, turn_rad, east, heading):
    """No tighter and no faster than grip (7 m/s2) and a turning circle of 5 m allow."""
    most = min(speed / 5.0, 7.0 / speed)
    rate = np.clip(turn_rad, -most, most)
    t = np.arange(N) * 0.1
    yaw = heading + rate * t
    steps = 0.1 * speed * np.column_stack([np.cos(yaw + 0.05 * rate), np.sin(yaw + 0.05 * rate)])
    center = car().center
    center[0, :2] = [east, -east]
    center[1:, :2] = center[0, :2] + np.cumsum(steps[:-1], axis=0)
    assert rules_hit(replace(car(), center=center, quat_wxyz=quat_from_yaw(yaw))) == []


@given(st.integers(0, 2**32 - 1))
def test_a_person_s_hand_is_not_taken_for_a_fault(seed):
    """Boxes placed to 3 cm and a degree, one size a track."""
    random = np.random.default_rng(seed)
    hand = random.normal(0, 0.03, (N, 3)).clip(-0.09, 0.09)
    yaw = random.normal(0, 0.017, N).clip(-0.05, 0.05)
    for one in (car(), car(speed_mps=0.0), person()):
        shaken = replace(one, center=one.center + hand, quat_wxyz=quat_from_yaw(yaw))
        assert rules_hit(shaken) == []


def test_finding_names_frame_track_and_values():
    (flip,) = found(turned(car(track_id=7), 5, np.pi))
    assert (flip.severity, flip.frame_idx, flip.track_id) == ("error", 5, 7)
    assert flip.message == "heading turns by 180 degrees at once (and in 1 more)"


def test_a_finding_is_about_the_worst_box():
    bad = edited(edited(car(), "size_lwh", 4, [4.6, 1.85, 1.6]), "size_lwh", 8, [5.5, 1.85, 1.6])
    (finding,) = found(bad)
    assert finding.frame_idx == 8
    assert finding.message == "length is 5.50 m; its track has 4.50 m (and in 1 more)"


def test_boxes_above_each_other_do_not_collide():
    assert rules_hit(join([car(0), moved(car(1), slice(None), [0.0, 0.0, 5.0])])) == []


def test_a_rider_may_sit_on_a_bicycle():
    bicycle = car(0, 0.0, 3.0, "bicycle", (1.8, 0.65, 1.65))
    assert rules_hit(join([bicycle, person(1, speed_mps=3.0)])) == []


def test_boxes_without_a_track_are_not_compared_over_time():
    loose = replace(car(), track_id=np.full(N, -1, np.int64))
    assert rules_hit(moved(turned(loose, 5, 3.0), 5, [500.0, 0.0, 0.8])) == []


def test_pedestrians_may_turn_on_the_spot_and_breathe():
    breathing = edited(turned(person(), 5, 3.0), "size_lwh", slice(8, None, 2), [0.9, 0.7, 1.7])
    assert rules_hit(breathing) == []


def test_a_fast_car_s_short_piece_goes_on_where_it_would_be():
    fast = car(speed_mps=25.0)
    assert rules_hit(edited(fast, "track_id", slice(3, None), 9)) == ["fragmented-track"]


def test_boxes_in_frames_that_the_scene_has_lost_are_checked_as_well():
    lost = edited(car(), "frame_idx", slice(20, None), np.arange(N + 20, 2 * N))
    lost = edited(lost, "timestamp_ns", slice(20, None), PERIOD_NS * np.arange(20, N))
    assert rules_hit(moved(lost, 25, [0.0, 0.5, 0.0])) == ["gap", "acceleration-jump"]


def test_a_track_that_turns_off_is_not_continued_by_one_that_comes_from_elsewhere():
    first, second = car(0).select(slice(0, 15)), car(1, y=6.0).select(slice(16, None))
    assert rules_hit(join([first, second])) == []


def test_rule_ids_are_stable():
    # People disable rules and query findings by these.
    assert list(RULES) == [
        "duplicate-id",
        "class-changes",
        "gap",
        "fragmented-track",
        "size-out-of-class",
        "size-changes",
        "overlap",
        "duplicate-box",
        "tilted",
        "heading-flip",
        "heading-against-motion",
        "turn-jump",
        "speed-jump",
        "acceleration-jump",
        "parked-drifts",
        "empty",
        "floating",
        "sunk",
        "cut-off",
        "off-road",
        "unseen",
        "camera-differs",
        "camera-misses",
    ]
    assert all(rule.id == key and rule.reason for key, rule in RULES.items())


def test_an_unknown_id_is_refused_by_name():
    with pytest.raises(ConfigError, match="rule 'heading-flop': expected some of duplicate-id"):
        chosen(["heading-flop"])
    with pytest.raises(ConfigError, match="rule 'x'"):
        rules_hit(car(), CheckConfig(disabled=("x",)))


def test_an_unknown_id_is_refused_before_anything_is_labelled():
    with pytest.raises(ConfigError, match="rule 'heading-flop'"):
        resolved(PipelineConfig(check=CheckConfig(disabled=("heading-flop",))))


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 40))
def test_whatever_the_boxes_are_findings_say_where(seed, n):
    random = np.random.default_rng(seed)
    boxes = Cuboids.build(
        "world",
        frame_idx=random.integers(0, N, n),
        timestamp_ns=random.integers(0, N * PERIOD_NS, n),
        category=random.integers(0, len(TAXONOMY.leaves), n),
        center=random.normal(0, 5, (n, 3)),
        quat_wxyz=SE3.from_quat(*_unit(random, n)).quat_wxyz,
        size_lwh=random.uniform(0, 6, (n, 3)) * (random.random((n, 1)) < 0.9),
        track_id=random.integers(-1, 5, n),
    )
    slots = set(zip(boxes.track_id.tolist(), boxes.frame_idx.tolist(), strict=True))
    for finding in found(boxes):
        assert (finding.track_id, finding.frame_idx) in slots
        assert finding.message
        assert "nan" not in finding.message


def _unit(random, n):
    quat = random.normal(0, 1, (n, 4))
    return quat / np.linalg.norm(quat, axis=1, keepdims=True), np.zeros((n, 3))
