from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawing_samples import MODEL, TAXONOMY, camera, cuboids, street_image

from avlabel.core.cuboids import Source
from avlabel.core.se3 import SE3
from avlabel.geometry.exposure import expose
from avlabel.geometry.projection import project_boxes
from avlabel.render.camera import CameraStyle, draw_cuboids
from avlabel.render.ink import dashes
from avlabel.render.palette import class_colors
from avlabel.render.segments import dashed_lines
from avlabel.render.wireframes import wireframes


def exposed(boxes):
    still = SE3.identity()
    placed = replace(boxes, timestamp_ns=np.zeros(len(boxes), np.int64))
    return expose(placed, camera(), 0, (still, still)).corners_cam


def test_draws_where_the_boxes_are_and_nowhere_else():
    image, boxes = street_image(), cuboids().select([0])
    before = image.copy()
    corners = exposed(boxes)
    drawn = draw_cuboids(image, boxes, corners, MODEL, TAXONOMY)
    np.testing.assert_array_equal(image, before)
    changed = (drawn != image).any(axis=2)
    v, u = np.nonzero(changed)
    u0, v0, u1, v1 = project_boxes(corners, MODEL).uv_box[0]
    assert changed.sum() > 300
    assert u.min() >= u0 - 3
    assert u.max() <= u1 + 3
    assert v.max() <= v1 + 3
    assert v.min() >= v0 - 25  # room for the tag


def ink_of(boxes):
    """Pixels in the colour of the first box's class, on black."""
    black = np.zeros((MODEL.height_px, MODEL.width_px, 3), np.uint8)
    drawn = draw_cuboids(black, boxes, exposed(boxes), MODEL, TAXONOMY)
    color = np.array(class_colors(TAXONOMY)[boxes.category[0]])
    return (np.abs(drawn - color).max(axis=2) < 0.25 * color.max()).sum()


def test_edges_have_the_class_colour():
    assert ink_of(cuboids().select([0])) > 100


def test_box_behind_the_camera_changes_nothing():
    image, boxes = street_image(), cuboids().select([2])
    np.testing.assert_array_equal(
        draw_cuboids(image, boxes, exposed(boxes), MODEL, TAXONOMY), image
    )


def test_no_boxes_change_nothing():
    image, none = street_image(), cuboids().select(np.zeros(0, int))
    drawn = draw_cuboids(image, none, np.zeros((0, 8, 3)), MODEL, TAXONOMY)
    np.testing.assert_array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


def test_interpolated_boxes_are_dashed():
    solid = cuboids().select([0])
    dashed = replace(solid, source=np.array([Source.INTERPOLATED]))
    assert 0.4 * ink_of(solid) < ink_of(dashed) < 0.85 * ink_of(solid)


def test_smaller_copy_of_the_image_gets_the_same_boxes():
    boxes = cuboids().select([0])
    corners = exposed(boxes)
    black = np.zeros_like(street_image())
    full = draw_cuboids(black, boxes, corners, MODEL, TAXONOMY)
    half = draw_cuboids(black[::2, ::2].copy(), boxes, corners, MODEL, TAXONOMY)
    # Below the tag, whose letters have their own size.
    rows_of_full = np.nonzero(full.any(axis=2))[0].max()
    rows_of_half = np.nonzero(half.any(axis=2))[0].max()
    assert rows_of_half == pytest.approx(rows_of_full / 2, abs=2)


def test_dashes_cover_their_share_of_the_line():
    line = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 30.0]])
    cut = dashes(line, 6.0, 4.0)
    lengths = [np.linalg.norm(np.diff(piece, axis=0), axis=1).sum() for piece in cut]
    assert len(cut) == 6
    np.testing.assert_allclose(lengths, 6.0)
    assert dashes(line[:1], 6.0, 4.0) == []


def test_kitti_truth_is_drawn(shared_data):
    from avlabel.readers.registry import open_log
    from avlabel.stages.project import exposure_poses

    log = open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")
    name, images = next(iter(log.images.items()))
    cam, t_ns = log.rig.cameras[name], int(images.timestamp_ns[5])
    truth = log.read_truth().cuboids
    boxes = truth.select(truth.frame_idx == log.sweeps.frame_idx[5])
    image = cv2.imread(str(log.root / images.uris[5]))[..., ::-1].copy()
    poses = exposure_poses(log.trajectory, cam, np.array([t_ns]), 50.0)[0]
    seen = expose(boxes, cam, t_ns, poses)
    drawn = draw_cuboids(image, boxes, seen.corners_cam, cam.model, TAXONOMY)
    share = (drawn != image).any(axis=2).mean()
    assert 0.01 < share < 0.5


def ink_with(style, boxes=None):
    """Pixels that are drawn on, weighed by how much."""
    boxes = cuboids().select([0]) if boxes is None else boxes
    black = np.zeros((MODEL.height_px, MODEL.width_px, 3), np.uint8)
    drawn = draw_cuboids(black, boxes, exposed(boxes), MODEL, TAXONOMY, style)
    return int(drawn.sum())


def test_hidden_boxes_are_fainter_and_bear_no_tag():
    plain = ink_with(CameraStyle(tags=False))
    hidden = ink_with(CameraStyle(hidden=np.array([True])))
    assert 0 < hidden < 0.5 * plain


def test_the_selected_box_is_white_even_when_hidden():
    black = np.zeros((MODEL.height_px, MODEL.width_px, 3), np.uint8)
    boxes = cuboids().select([0, 1])
    style = CameraStyle(selected=1, hidden=np.array([False, True]), tags=False)
    drawn = draw_cuboids(black, boxes, exposed(boxes), MODEL, TAXONOMY, style)
    assert (drawn.min(axis=2) > 240).sum() > 50


def test_boxes_of_people_are_thicker():
    by_hand = replace(cuboids().select([0]), source=np.array([Source.HUMAN]))
    assert ink_with(CameraStyle(tags=False), by_hand) > 1.2 * ink_with(CameraStyle(tags=False))


def test_a_crop_shows_the_same_lines_larger():
    boxes = cuboids().select([0])
    corners = exposed(boxes)
    crop = (319.5, 159.5, 479.5, 249.5)
    frames = wireframes(corners, MODEL)
    larger = frames.cropped(crop, 640)
    np.testing.assert_allclose(larger.edges.uv, (frames.edges.uv - crop[:2]) * 4 - 0.5)
    black = np.zeros((360, 640, 3), np.uint8)
    drawn = draw_cuboids(black, boxes, corners, MODEL, TAXONOMY, CameraStyle(crop=crop, tags=False))
    v, u = np.nonzero(drawn.any(axis=2))
    assert u.min() == pytest.approx(larger.edges.uv[:, 0].min(), abs=3)
    assert v.min() == pytest.approx(larger.edges.uv[:, 1].min(), abs=3)


def test_dashes_follow_a_bent_line():
    bent = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 30.0]])
    cut = dashed_lines([bent, bent[:2]], 6.0, 4.0)
    assert ((cut[..., 1] == 0) | (cut[..., 0] == 30)).all()
    # Six dashes and gaps of 10 px, and three on the straight one: one more dash than gaps.
    assert len(cut) == 7 + 4
    assert dashed_lines([], 6.0, 4.0).shape == (0, 2, 2)
