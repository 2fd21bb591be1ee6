"""Rules that look at points and images, on a made-up street."""

from dataclasses import replace

import numpy as np
import pytest
from label_samples import TAXONOMY, car, edited, frames, moved
from made_street import BOTH, CAR, CAR_AT, CLEAR, FRAMES, PERSON, Street, standing

from avlabel.checks.config import CheckConfig
from avlabel.checks.rules import RULES
from avlabel.checks.run import bare, look, seen
from avlabel.checks.sensors import Said
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3


def hits(labels, street):
    labels = replace(labels, cuboid_id=np.arange(len(labels)))
    subject = bare(labels, frames(), CheckConfig(), TAXONOMY)
    subject = seen(subject, street, {"points", "images", "detector"})
    found = look(subject, [rule for rule in RULES.values() if rule.needs != "labels"])
    return {rule: [hit.row for hit in some] for rule, some in found.items() if some}


def test_true_labels_are_let_be():
    assert hits(BOTH, Street(BOTH)) == {}
    assert hits(Cuboids.empty("world"), Street(BOTH)) == {}


HIDDEN = standing(car(2), 1.8 * CAR_AT)
BEHIND_THE_WALL = standing(car(2), np.array([70.0, 20.0, 0.0]))
SHORT = edited(moved(CAR, slice(None), [0.12, 0, 0]), "size_lwh", slice(None), [4.26, 1.85, 1.6])


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("empty", CLEAR),
        ("floating", moved(CAR, slice(None), [0, 0, 0.5])),
        ("floating", moved(PERSON, slice(None), [0, 0, 0.5])),
        ("sunk", moved(CAR, slice(None), [0, 0, -0.5])),
        ("cut-off", SHORT),
    ],
)
def test_what_is_planted_is_found(rule, wrong):
    assert hits(wrong, Street(BOTH)) == {rule: list(range(FRAMES))}


def test_a_car_in_the_bushes_is_off_the_road():
    street = Street(CAR, bush=np.array([12.0, 4.0, 6.0]))
    assert hits(CAR, street)["off-road"] == list(range(FRAMES))


def test_what_is_hidden_is_not_called_empty():
    street = Street(BOTH)
    assert "empty" not in hits(HIDDEN, street)
    assert "empty" not in hits(BEHIND_THE_WALL, street)


def test_what_no_sensor_ever_shows_is_said_once_a_track():
    behind = standing(car(2), np.array([-70.0, 20.0, 0.0]))
    assert hits(behind, Street(BOTH)) == {"unseen": [0]}
    # Ahead it lies in an image, hidden or not.
    assert hits(BEHIND_THE_WALL, Street(BOTH)) == {}


def test_a_moving_sensor_is_where_it_was_when_it_saw_the_box():
    """Beams that start at the wrong end of the turn would pass beside the box before them."""
    street = Street(BOTH)
    n = len(street.trajectory.timestamp_ns)
    way = SE3.from_yaw(np.zeros(n), np.outer(np.arange(n) - 1.0, [2.0, 0, 0]))
    street.trajectory = replace(street.trajectory, world_from_ego=way)
    at_start = replace(BOTH, center=BOTH.center + BOTH.frame_idx[:, None] * np.array([2.0, 0, 0]))
    assert hits(at_start, street) == {}


@pytest.mark.parametrize(
    ("rule", "says"),
    [("camera-differs", [-2.0, 0.0, 2.0, 0.0]), ("camera-misses", [-2.0, -1.0, -1.0, -1.0])],
)
def test_images_that_deny_a_track_are_heard(rule, says):
    frame = np.arange(FRAMES, dtype=np.int32)
    said = Said(frame, CAR.center + np.array([0.4, 0.2, 0.0]), np.tile(says, (FRAMES, 1)))
    assert hits(BOTH, Street(BOTH, images=said)) == {rule: [0]}
    agrees = replace(said, likelihood=np.tile([2.0, 0.0, 0.0, 0.0], (FRAMES, 1)))
    assert hits(BOTH, Street(BOTH, images=agrees)) == {}
