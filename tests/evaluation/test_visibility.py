"""Truth that covers only what a camera sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up_drives import box, boxes, standing_frames

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.log import Truth
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.evaluation.evaluate import evaluate
from avlabel.evaluation.report import summarise
from avlabel.evaluation.visibility import centers_in_image, share_in_regions

# Looks along the ego's x axis from 1 m above the ground, 90 degrees wide.
FORWARD = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
CAMERA = Camera(
    "front",
    SE3(FORWARD, np.array([0.0, 0, 1])),
    Pinhole(1000, 500, np.array([500.0, 500, 499.5, 249.5])),
)


def counts(found: Cuboids, truth: Truth) -> tuple[int, int, int]:
    evaluation = evaluate("log", found, truth, standing_frames(1), camera=CAMERA)
    at = summarise(evaluation)["classes"]["vehicle"]["all"]["detection"]["center_2m"]
    return at["tp"], at["fp"], at["fn"]


def front(cuboids: Cuboids, *regions: list[float]) -> Truth:
    return replace(
        Truth.all_around(cuboids),
        camera="front",
        ignore_frame_idx=np.full(len(regions), 10, np.int32),
        ignore_uv=np.array(regions, float).reshape(-1, 4),
    )


def test_centres_in_the_image() -> None:
    seen = centers_in_image(
        replace(boxes(box(10), box(-10), box(10, 9.9), box(10, 10.2), box(10, z=8)), frame="ego"),
        CAMERA,
    )
    assert seen.tolist() == [True, False, True, False, False]


def test_a_false_box_outside_the_image_is_ignored() -> None:
    truth = front(boxes(box(20)))
    assert counts(boxes(box(20), box(-10), box(10, 15)), truth) == (1, 0, 0)
    assert counts(boxes(box(20), box(10, 5)), truth) == (1, 1, 0)


def test_a_box_that_matches_counts_wherever_it_projects() -> None:
    assert counts(boxes(box(10, 10.2)), front(boxes(box(10, 9.0)))) == (1, 0, 0)


def test_an_all_around_truth_does_not_look_at_the_camera() -> None:
    assert counts(boxes(box(20), box(-10)), Truth.all_around(boxes(box(20)))) == (1, 1, 0)


def test_share_in_regions_by_hand() -> None:
    # The near face, 8 m ahead and 2 m wide, spans 499.5 +- 62.5 px.
    cube = replace(boxes(box(10, size=(4, 2, 2), z=1.0)), frame="ego")
    frame = np.array([10])

    def share(*region: float, region_frame: int = 10) -> float:
        uv = np.array([region], float)
        return share_in_regions(cube, frame, CAMERA, uv, np.array([region_frame]))[0]

    assert share(0, 0, 1000, 500) == pytest.approx(1)
    assert share(499.5, 0, 1000, 500) == pytest.approx(0.5)
    assert share(499.5, 249.5, 1000, 500) == pytest.approx(0.25)
    assert share(0, 0, 400, 500) == 0
    assert share(0, 0, 1000, 500, region_frame=11) == 0


def test_a_box_that_is_not_seen_is_in_no_region() -> None:
    behind = replace(boxes(box(-10)), frame="ego")
    everywhere = np.array([[0.0, 0, 1000, 500]])
    share = share_in_regions(behind, np.array([10]), CAMERA, everywhere, np.array([10]))
    assert share.tolist() == [0]


def test_a_false_box_mostly_in_an_ignored_region_is_ignored() -> None:
    truth = boxes(box(20, 8))
    found = boxes(box(20, 8), box(10))
    assert counts(found, front(truth)) == (1, 1, 0)
    assert counts(found, front(truth, [400, 0, 600, 500])) == (1, 0, 0)
    assert counts(found, front(truth, [530, 0, 600, 500])) == (1, 1, 0)


def test_frames_with_only_ignored_regions_are_labelled() -> None:
    truth = front(Cuboids.empty("world"), [400, 0, 600, 500])
    assert counts(boxes(box(10), box(20, 8)), truth) == (0, 1, 0)
