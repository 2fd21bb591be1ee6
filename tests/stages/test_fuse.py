"""Camera evidence: who is shown, who is missed, and what follows for class and score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.geometry.boxes import UNIT_CORNERS
from avlabel.stages.camera.agree import AgreeConfig, agree, pool
from avlabel.stages.camera.fuse import FuseConfig, Fused, fuse
from avlabel.stages.camera.objects import ImageObjects, iou_px, join_riders
from avlabel.stages.camera.sightings import View, assign, measured_boxes

TAXONOMY = default_taxonomy()
CONFIG = FuseConfig()
HERE = SE3(np.eye(3), np.zeros(3))
# Camera at 1.5 m height that looks along ego x: 1000 px of focal length, 2000 x 1000 px.
FORWARD = SE3(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([0.0, 0, 1.5]))
CAMERA = Camera("front", FORWARD, Pinhole(2000, 1000, np.array([1000.0, 1000, 1000, 500])))
CAR, TRUCK, BICYCLE, MOTORCYCLE, PERSON = (
    TAXONOMY.code(leaf) for leaf in ("car", "truck", "bicycle", "motorcycle", "pedestrian")
)
SIZES = {CAR: (4.5, 1.85, 1.6), TRUCK: (8.0, 2.4, 3.1), PERSON: (0.7, 0.7, 1.7)}
SECOND_NS = 1_000_000_000


def clusters(*rows: tuple[int, float, float, float], t_ns: int = 0) -> Detections:
    """Boxes (class, x, y, score) on the ground, each with its eight corners as points."""
    sizes = np.array([SIZES.get(row[0], (1.8, 0.65, 1.65)) for row in rows])
    cuboids = Cuboids.build(
        "ego",
        frame_idx=np.zeros(len(rows)),
        timestamp_ns=np.full(len(rows), t_ns),
        category=[row[0] for row in rows],
        center=np.column_stack([[row[1:3] for row in rows], sizes[:, 2] / 2]),
        quat_wxyz=quat_from_yaw(np.zeros(len(rows))),
        size_lwh=sizes,
        score=np.array([row[3] for row in rows]),
    )
    points = (UNIT_CORNERS * sizes[:, None]).reshape(-1, 3).astype(np.float32)
    return Detections(cuboids, points, 8 * np.arange(len(rows) + 1))


def box_px(x: float, y: float, size_lwh: tuple[float, float, float]) -> list[float]:
    """By hand: the outline of a box that faces the camera, given by its near face."""
    near = x - size_lwh[0] / 2
    u = [1000 - 1000 * (y + side * size_lwh[1] / 2) / near for side in (1, -1)]
    v = [500 - 1000 * (z - 1.5) / near for z in (size_lwh[2], 0.0)]
    return [u[0], v[0], u[1], v[1]]


def view(*found: tuple[int, float, list[float]], world_from_ego: SE3 = HERE) -> View:
    """An image at time 0 with objects (class, score, box)."""
    objects = ImageObjects(
        np.array([row[2] for row in found]).reshape(-1, 4),
        np.array([row[0] for row in found], np.int16),
        np.array([row[1] for row in found], np.float64),
        416 / 2000,
    )
    return View(CAMERA, 0, (world_from_ego, world_from_ego), objects)


ELSEWHERE = (CAR, 0.9, [1900.0, 480, 1990, 520])
"""An object far from every cluster: this camera is not blind."""


def looked(detections: Detections, *views: View) -> Fused:
    return fuse(detections, HERE, views, TAXONOMY, CONFIG)


def test_a_shown_car_gains_and_one_out_of_view_does_not():
    found = view((CAR, 0.8, box_px(15, 0, SIZES[CAR])))
    score = looked(clusters((CAR, 15, 0, 0.5), (CAR, -15, 0, 0.5)), found).detections.cuboids.score
    # weight 0.75 x (log odds of 0.8 less those of 0.1) = 2.69, on even odds.
    gain = 0.75 * (np.log(4) + np.log(9))
    doubtless = 0.5 * np.exp(gain)
    assert doubtless / (doubtless + 0.5) == pytest.approx(score[0], abs=0.01)
    assert score[1] == 0.5


def test_a_car_in_full_view_that_nothing_shows_loses():
    fused = looked(clusters((CAR, 10, 2, 0.5)), view(ELSEWHERE))
    # 1.6 m high and 1.85 m wide at 7.75 m: over 40 px of the detector's input, so recall is 0.8.
    odds = fused.detections.cuboids.score[0] / (1 - fused.detections.cuboids.score[0])
    assert odds == pytest.approx(0.2, rel=0.01)
    assert fused.evidence[0, TAXONOMY.parents.index("vehicle")] == pytest.approx(np.log(0.2))


@pytest.mark.parametrize(
    ("what", "row", "seen"),
    [
        ("too small", (CAR, 90, 0, 0.5), view(ELSEWHERE)),
        ("half out of the image", (CAR, 8, 6.5, 0.5), view(ELSEWHERE)),
        ("behind the camera", (CAR, -15, 0, 0.5), view(ELSEWHERE)),
        ("in a blind image", (CAR, 15, 0, 0.5), view()),
        ("inside a larger object", (CAR, 15, 0, 0.5), view((TRUCK, 0.9, [400.0, 0, 1600, 999]))),
        ("grown together", (TRUCK, 15, 0, 0.5), view((CAR, 0.9, [920.0, 480, 1080, 620]))),
    ],
)
def test_nothing_follows_where_the_model_could_not_have_seen_it(what, row, seen):
    fused = looked(clusters(row), seen)
    assert fused.detections.cuboids.score[0] == pytest.approx(0.5), what
    assert not fused.evidence.any()


def test_a_hidden_car_does_not_inherit_the_car_in_front():
    pair = clusters((CAR, 20, 0, 0.5), (CAR, 14, 0, 0.5))
    fused = looked(pair, view((CAR, 0.9, box_px(14, 0, SIZES[CAR]))))
    assert fused.detections.cuboids.score[1] > 0.9
    assert fused.detections.cuboids.score[0] == pytest.approx(0.5)


def test_the_hidden_one_does_not_inherit_even_if_the_front_one_is_shown_by_another_box():
    outline = box_px(14, 0, SIZES[CAR])
    loose = [outline[0] - 12, outline[1] - 12, outline[2] + 12, outline[3] + 12]
    pair = clusters((CAR, 20, 0, 0.5), (CAR, 14, 0, 0.5))
    fused = looked(pair, view((CAR, 0.9, outline), (TRUCK, 0.6, loose)))
    assert fused.detections.cuboids.score[0] == pytest.approx(0.5)


def test_clusters_are_moved_to_the_exposure_by_the_ego_motion():
    """The ego has driven 5 m by the exposure: the car 20 m ahead is seen 15 m ahead."""
    ahead = SE3(np.eye(3), np.array([5.0, 0, 0]))
    cluster = clusters((CAR, 20, 4, 0.5), t_ns=-SECOND_NS)
    moved = looked(cluster, view((CAR, 0.9, box_px(15, 4, SIZES[CAR])), world_from_ego=ahead))
    stale = looked(cluster, view((CAR, 0.9, box_px(15, 4, SIZES[CAR]))))
    assert moved.detections.cuboids.score[0] > 0.9
    assert stale.detections.cuboids.score[0] < 0.5


def test_an_image_of_a_person_renames_a_doubtful_narrow_cluster():
    fused = looked(
        clusters((BICYCLE, 12, 0, 0.2)), view((PERSON, 0.9, box_px(12, 0, (1.8, 0.65, 1.65))))
    )
    # Its points are as long as a bicycle, which no person is: the class stays.
    assert fused.detections.cuboids.category[0] == BICYCLE
    narrow = clusters((PERSON, 12, 0, 0.2))
    narrow = Detections(
        Cuboids.build(
            "ego",
            frame_idx=[0],
            timestamp_ns=[0],
            category=[BICYCLE],
            center=narrow.cuboids.center,
            quat_wxyz=narrow.cuboids.quat_wxyz,
            size_lwh=narrow.cuboids.size_lwh,
            score=[0.2],
        ),
        narrow.points,
        narrow.offsets,
    )
    fused = looked(narrow, view((PERSON, 0.9, box_px(12, 0, SIZES[PERSON]))))
    assert fused.detections.cuboids.category[0] == PERSON
    assert fused.detections.cuboids.score[0] > 0.4


def test_the_image_tells_motorcycles_from_bicycles():
    fused = looked(
        clusters((BICYCLE, 12, 0, 0.6)), view((MOTORCYCLE, 0.9, box_px(12, 0, (1.8, 0.65, 1.65))))
    )
    assert fused.detections.cuboids.category[0] == MOTORCYCLE


def test_no_detection_is_dropped_before_its_track_is_known():
    weak = clusters((CAR, 10, 2, 0.06), (CAR, -15, 3, 0.04))
    kept = looked(weak, view(ELSEWHERE))
    assert kept.detections.cuboids.center[:, 0].tolist() == [10, -15]
    assert kept.detections.cuboids.score[0] < 0.02
    assert len(kept.evidence) == 2


def test_boxes_that_come_without_points_are_shown_by_their_outlines():
    pair = clusters((CAR, 15, 0, 0.5), (CAR, 10, 4, 0.5))
    bare = Detections(pair.cuboids, np.zeros((0, 3), np.float32), np.zeros(3, np.int64))
    score = looked(bare, view((CAR, 0.8, box_px(15, 0, SIZES[CAR])))).detections.cuboids.score
    assert score[0] > 0.9
    assert score[1] < 0.3


def test_two_cameras_say_more_than_one():
    found = view((CAR, 0.5, box_px(15, 0, SIZES[CAR])))
    once = looked(clusters((CAR, 15, 0, 0.5)), found)
    twice = looked(clusters((CAR, 15, 0, 0.5)), found, found)
    assert twice.detections.cuboids.score[0] > once.detections.cuboids.score[0]
    np.testing.assert_allclose(twice.evidence, 2 * once.evidence)


def test_without_images_or_clusters_nothing_changes():
    before = clusters((CAR, 15, 0, 0.5), (PERSON, 8, 2, 0.3))
    after = looked(before).detections
    np.testing.assert_array_equal(after.cuboids.score, before.cuboids.score)
    np.testing.assert_array_equal(after.cuboids.category, before.cuboids.category)
    assert len(looked(Detections.empty("ego"), view(ELSEWHERE)).detections) == 0


@given(st.floats(0.1, 0.99), st.floats(0.05, 0.99))
def test_an_object_of_the_same_class_never_lowers_a_score(image_score, score):
    found = view((CAR, image_score, box_px(15, 0, SIZES[CAR])))
    after = looked(clusters((CAR, 15, 0, score)), found).detections.cuboids.score[0]
    assert score - 1e-6 <= after <= 1


def test_measured_boxes_hold_their_points_and_keep_boxes_without_any():
    one = clusters((CAR, 10, 0, 0.5), (CAR, 20, 0, 0.5))
    points = np.array([[-2.0, -0.9, 0.1], [-1.0, 0.9, 0.5]], np.float32)
    shrunk = measured_boxes(Detections(one.cuboids, points, np.array([0, 2, 2])))
    np.testing.assert_allclose(shrunk.center[0], [8.5, 0, 0.8 + 0.3], atol=1e-6)
    np.testing.assert_allclose(shrunk.size_lwh[0], [1.0, 1.8, 0.4], atol=1e-6)
    np.testing.assert_allclose(shrunk.size_lwh[1], SIZES[CAR])


def test_pairs_are_taken_from_the_best_on_and_nearer_first():
    fit = np.array([[0.8, 0.5], [0.9, 0.0], [0.5, 0.5]])
    assert assign(fit, np.array([30.0, 20.0, 10.0]), 0.3).tolist() == [-1, 0, 1]
    assert assign(fit[:0], np.zeros(0), 0.3).tolist() == []


def test_a_rider_and_a_bicycle_are_one_cyclist():
    rows = [[100.0, 100, 160, 260], [90.0, 180, 190, 290], [400.0, 100, 460, 290]]
    found = ImageObjects(
        np.array(rows), np.array([PERSON, BICYCLE, PERSON], np.int16), np.array([0.9, 0.4, 0.7]), 1
    )
    joined = join_riders(found, TAXONOMY)
    assert joined.category.tolist() == [BICYCLE, PERSON]
    assert joined.uv_box[0].tolist() == [90, 100, 190, 290]
    assert joined.score.tolist() == [0.9, 0.7]


def test_iou_of_boxes_out_of_view_is_zero():
    boxes = np.array([[0.0, 0, 2, 2], [np.nan] * 4])
    np.testing.assert_allclose(iou_px(boxes, np.array([[1.0, 0, 3, 2]])), [[1 / 3], [0]])


def tracks_of(*scores: float) -> tuple[Cuboids, Tracks]:
    n = len(scores)
    ids = np.arange(n, dtype=np.int64) * 10
    boxes = clusters(*[(CAR, 10.0 * k, 0, score) for k, score in enumerate(scores)]).cuboids
    cuboids = Cuboids.build(
        "world",
        frame_idx=np.zeros(n),
        timestamp_ns=np.zeros(n),
        category=boxes.category,
        center=boxes.center,
        quat_wxyz=boxes.quat_wxyz,
        size_lwh=boxes.size_lwh,
        track_id=ids,
        score=0.5 * boxes.score,
    )
    zero = np.zeros(n, np.int32)
    return cuboids, Tracks(
        ids, boxes.category, boxes.score, zero, zero, zero + 1, boxes.size_lwh, zero == 0
    )


def test_frames_that_agree_confirm_or_reject_a_track():
    cuboids, tracks = tracks_of(0.5, 0.5, 0.5)
    vehicle = TAXONOMY.parents.index("vehicle")
    evidence = np.zeros((9, len(TAXONOMY.parents)))
    evidence[:4, vehicle], evidence[4:8, vehicle] = 1.0, -1.6
    # The last detection belongs to a track that refinement dropped.
    track_id = np.array([0] * 4 + [10] * 4 + [15])
    boxes, kept = agree(cuboids, tracks, track_id, evidence, TAXONOMY, AgreeConfig())
    assert kept.track_id.tolist() == [0, 20]
    # Mean 1.0 of four frames, three of them with a fifth of news each: 1.6.
    np.testing.assert_allclose(kept.score, [1 / (1 + np.exp(-1.6)), 0.5], rtol=1e-6)
    np.testing.assert_allclose(boxes.score, 0.5 * kept.score, rtol=1e-6)
    assert boxes.cuboid_id.tolist() == [0, 1]


def test_pooled_evidence_is_bounded_and_of_silence_zero():
    said = np.array([3.0, 3.0, 0.0, -9.0])
    pooled = pool(np.array([0, 0, 1, 2]), said, 4, AgreeConfig())
    assert pooled.tolist() == [3.0, 0.0, -3.0, 0.0]
