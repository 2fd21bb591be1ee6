"""Camera images with boxes: where they are drawn, found by a click, and dragged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from avlabel.core.cameras import CameraModel, camera_model
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.geometry.boxes import corners
from avlabel.render.palette import PANEL
from avlabel.render.shots import Shot
from avlabel_viewer.drawing.cut_out import cut_out
from avlabel_viewer.drawing.image_picking import boxes_under
from avlabel_viewer.drawing.images import (
    FrameBoxes,
    Photo,
    best_photo,
    draw_photo,
    view_of_selected,
    zoomed_view,
)
from avlabel_viewer.drawing.mosaic import Mosaic, draw_mosaic
from avlabel_viewer.drawing.points_on_photo import CloudOnPhoto

TAXONOMY = default_taxonomy()
LOOKING_AHEAD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
PINHOLE = camera_model("pinhole", 640, 360, np.array([400.0, 400.0, 319.5, 179.5]), np.zeros(0))
FISHEYE = camera_model("fisheye", 640, 480, np.array([200.0, 200.0, 319.5, 239.5]), np.zeros(4))


def photo(
    name: str = "front",
    yaw: float = 0.0,
    model: CameraModel = PINHOLE,
    exposure_ns: int = 0,
    readout_ns: int = 0,
) -> Photo:
    """From 1.5 m above the origin, looking along ``yaw``."""
    pose = SE3(SE3.from_yaw(yaw, np.zeros(3)).rotation @ LOOKING_AHEAD, np.array([0, 0, 1.5]))
    shutter = "rolling" if readout_ns else "global"
    camera = Camera(name, pose, model, shutter, readout_ns)  # type: ignore[arg-type]
    still = SE3.identity()
    shot = Shot(camera, exposure_ns, (still, still), pose.inverse())
    image = np.full((model.height_px, model.width_px, 3), 90, np.uint8)
    return Photo(name, model, image, shot)


def cars(*centers: tuple[float, float, float], speed: float = 0.0) -> Cuboids:
    n = len(centers)
    return Cuboids.build(
        "world",
        frame_idx=np.zeros(n, np.int32),
        timestamp_ns=np.zeros(n, np.int64),
        category=np.zeros(n, np.int16),
        center=np.array(centers, np.float64),
        quat_wxyz=quat_from_yaw(np.full(n, 0.3)),
        size_lwh=np.tile([4.0, 1.8, 1.6], (n, 1)),
        velocity=np.tile([0.0, speed, 0.0], (n, 1)),
    )


# -- cut-outs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shrink", [1, 2])
@pytest.mark.parametrize("zoom", [0.3, 1.0, 4.0])
def test_a_cut_out_shows_each_pixel_where_the_view_says(shrink: int, zoom: float) -> None:
    # Columns and rows are their own brightness, whatever the size of the array.
    v, u = np.mgrid[0:360:shrink, 0:640:shrink] + (shrink - 1) / 2
    image = np.stack([u * 0.375, v * 0.6, np.zeros_like(u)], axis=-1).round().astype(np.uint8)
    view = photo().view(640, 360).zoomed(zoom, 200.0, 100.0)
    shown = cut_out(image, view)
    for uv in ((200.0, 100.0), (230.0, 130.0), (180.0, 90.0)):
        at = view.to_image(np.array(uv))
        expected = at * [0.375, 0.6]
        assert_allclose(shown[int(uv[1]), int(uv[0]), :2], expected, atol=1.6)


def test_a_view_beyond_the_image_is_plain_there() -> None:
    view = photo().view(640, 360).panned(300, 0)
    assert tuple(cut_out(np.full((360, 640, 3), 200, np.uint8), view)[180, 100]) == PANEL


# -- boxes on photos --------------------------------------------------------------------------


def test_boxes_are_drawn_where_the_view_projects_them() -> None:
    boxes = FrameBoxes(cars((15, 2, 0.8)))
    for view in (photo().view(640, 360), photo().view(640, 360).zoomed(3.0, 260.0, 190.0)):
        drawn = draw_photo(photo(), view, boxes, TAXONOMY, tags=False)
        plain = draw_photo(photo(), view, FrameBoxes(cars()), TAXONOMY, tags=False)
        changed_v, changed_u = np.nonzero((drawn != plain).any(axis=2))
        uv = view.project(corners(boxes.cuboids)[0])
        low, high = np.maximum(uv.min(axis=0), 0), np.minimum(uv.max(axis=0), [639, 359])
        assert_allclose([changed_u.min(), changed_v.min()], low, atol=3)
        assert_allclose([changed_u.max(), changed_v.max()], high, atol=3)


def test_a_photo_without_image_or_pose_says_so_or_shows_no_boxes() -> None:
    boxes = FrameBoxes(cars((15, 2, 0.8)), selected=0)
    missing = replace(photo(), image=None)
    drawn = draw_photo(missing, missing.view(300, 200), boxes, TAXONOMY)
    assert drawn.shape == (200, 300, 3)
    unplaced = replace(photo(), shot=None)
    view = unplaced.view(300, 200)
    assert_array_equal(
        draw_photo(unplaced, view, boxes, TAXONOMY),
        draw_photo(unplaced, view, FrameBoxes(cars()), TAXONOMY),
    )
    assert len(boxes_under(unplaced, view, boxes, 150, 100)) == 0
    assert zoomed_view(unplaced, boxes, 300, 200) is None


def test_the_best_photo_shows_most_of_the_object() -> None:
    front, left = photo("front"), photo("left", np.pi / 2)
    assert best_photo([front, left], FrameBoxes(cars((15, 2, 0.8)), selected=0)) is front
    assert best_photo([front, left], FrameBoxes(cars((2, 15, 0.8)), selected=0)) is left
    assert best_photo([front, left], FrameBoxes(cars((-15, 0, 0.8)), selected=0)) is None
    assert best_photo([front, left], FrameBoxes(cars((15, 2, 0.8)))) is None
    blind = replace(front, image=None)
    assert best_photo([blind, left], FrameBoxes(cars((15, 2, 0.8)), selected=0)) is None


def test_a_zoomed_view_shows_the_whole_object_large() -> None:
    boxes = FrameBoxes(cars((25, 4, 0.8)), selected=0)
    view = zoomed_view(photo(), boxes, 400, 300)
    assert view is not None
    uv = view.project(corners(boxes.cuboids)[0])
    assert (uv > 20).all()
    assert (uv < [379, 279]).all()
    # In one direction it fills what the margins leave: 1 of 2.2.
    assert (np.ptp(uv, axis=0) / [400, 300]).max() == pytest.approx(1 / 2.2, rel=0.02)


# -- clicks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [PINHOLE, FISHEYE], ids=lambda model: model.name)
def test_a_click_finds_the_nearest_box_under_it(model: CameraModel) -> None:
    near, far, aside, behind = (10, 0, 0.8), (20, 0, 0.8), (10, 6, 0.8), (-10, 0, 0.8)
    boxes = FrameBoxes(cars(far, aside, near, behind))
    view = photo(model=model).view(500, 300)
    u, v = view.project(np.array([[10.0, 0.0, 0.9]]))[0]
    found = boxes_under(photo(model=model), view, boxes, u, v)
    assert found.tolist() == [2, 0]
    u, v = view.project(np.array([[10.0, 6.0, 0.9]]))[0]
    assert boxes_under(photo(model=model), view, boxes, u, v).tolist() == [1]
    assert len(boxes_under(photo(model=model), view, boxes, 1, 1)) == 0


def test_a_click_just_beside_a_tiny_box_means_it() -> None:
    boxes = FrameBoxes(cars((140, 0, 0.8)))
    view = photo().view(640, 360)
    u, v = view.project(boxes.cuboids.center)[0]
    assert boxes_under(photo(), view, boxes, u + 8, v).tolist() == [0]
    assert boxes_under(photo(), view, boxes, u + 20, v).tolist() == []


@pytest.mark.parametrize("readout_ns", [0, 30_000_000])
def test_rays_for_dragging_meet_a_moving_box_where_the_image_shows_it(readout_ns: int) -> None:
    # 10 m/s to the left, seen 50 ms later: half a metre further.
    boxes = FrameBoxes(cars((15, 0, 0.8), speed=10.0), selected=0)
    late = photo(exposure_ns=50_000_000, readout_ns=readout_ns)
    view = late.view(640, 360)
    dragged = view_of_selected(view, late, boxes)
    shown = boxes.seen(late).corners_cam[0]  # type: ignore[union-attr]
    uv = view.to_view(late.model.project(shown)[0])
    assert_allclose(dragged.project(corners(boxes.cuboids)[0]), uv, atol=0.5)
    assert np.abs(view.project(corners(boxes.cuboids)[0]) - uv).max() > 8


# -- all cameras ------------------------------------------------------------------------------


def test_six_cameras_make_a_strip_or_a_block() -> None:
    photos = [photo(str(i), i * 1.0) for i in range(6)]
    strip = Mosaic.of(photos, 1600, 160)
    assert len({tile.top_px for tile in strip.tiles}) == 1
    block = Mosaic.of(photos, 800, 330)
    assert len({tile.top_px for tile in block.tiles}) == 2
    for mosaic in (strip, block, Mosaic.of([], 100, 50)):
        picture = draw_mosaic(mosaic, FrameBoxes(cars((15, 2, 0.8))), TAXONOMY, current="2")
        assert picture.shape == (mosaic.height_px, mosaic.width_px, 3)


def test_a_large_image_takes_the_height_and_leaves_the_others_their_size() -> None:
    photos = [photo(str(i), i * 1.0) for i in range(6)]
    equal, large = Mosaic.of(photos, 1000, 225), Mosaic.of(photos, 1000, 225, large="3")
    first, *others = large.tiles
    assert first.photo.camera == "3"
    assert [tile.photo.camera for tile in others] == ["0", "1", "2", "4", "5"]
    assert first.view.height_px >= 224
    assert others[0].view.width_px >= equal.tiles[0].view.width_px - 4
    spans = [(tile.left_px, tile.top_px, tile.view) for tile in large.tiles]
    assert all(left >= 0 and left + view.width_px <= 1000 for left, _, view in spans)
    assert all(top >= 0 and top + view.height_px <= 225 for _, top, view in spans)
    assert min(tile.left_px for tile in others) >= first.view.width_px
    alone = Mosaic.of(photos[:1], 300, 200, large="0")
    assert len(alone.tiles) == len(Mosaic.of(photos, 300, 200, large="unknown").tiles) - 5 == 1


def test_a_pixel_of_the_mosaic_leads_to_its_camera_and_back() -> None:
    mosaic = Mosaic.of([photo(str(i), i * 1.0) for i in range(6)], 1000, 300)
    for tile in mosaic.tiles:
        found = mosaic.at(tile.left_px + 5.0, tile.top_px + 7.0)
        assert found is not None
        assert found == (tile, 5.0, 7.0)
    assert mosaic.at(-20, 5) is None


def test_a_click_in_the_mosaic_finds_the_box() -> None:
    mosaic = Mosaic.of([photo("front"), photo("left", np.pi / 2)], 900, 250)
    boxes = FrameBoxes(cars((2, 15, 0.8), (15, 2, 0.8)))
    for tile, row in zip(mosaic.tiles, (1, 0), strict=True):
        u, v = tile.view.project(boxes.cuboids.center[[row]])[0]
        found = mosaic.at(tile.left_px + u, tile.top_px + v)
        assert found is not None
        assert boxes_under(found[0].photo, found[0].view, boxes, *found[1:]).tolist() == [row]


# -- points -----------------------------------------------------------------------------------


def test_points_lie_where_the_view_projects_them_the_nearer_in_front() -> None:
    points = np.array([[20, 0, 1.5], [10, 0, 1.5], [10, 2, 1], [-10, 0, 1], [np.nan, 0, 0]])
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 0], [255, 0, 0]], np.uint8)
    cloud = CloudOnPhoto(points.astype(np.float32), colors)
    view = photo().view(640, 360).zoomed(2.0, 300.0, 180.0)
    drawn = draw_photo(photo(), view, FrameBoxes(cars()), TAXONOMY, cloud=cloud, caption=False)
    assert not (drawn == [255, 0, 0]).all(axis=2).any()
    for i, color in ((1, [0, 255, 0]), (2, [0, 0, 255])):
        v, u = np.nonzero((drawn == color).all(axis=2))
        assert_allclose([u.mean(), v.mean()], view.project(points[[i]])[0], atol=0.6)
