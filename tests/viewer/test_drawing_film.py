"""One object over many frames: where its tiles are, and what they show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from avlabel.core.cameras import camera_model
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.geometry.boxes import corners
from avlabel.render.palette import SELECTED
from avlabel.render.shots import Shot
from avlabel_viewer.drawing.film import draw_film
from avlabel_viewer.drawing.film_layout import Film, FilmFrame
from avlabel_viewer.drawing.images import Photo
from avlabel_viewer.viewpoints.image import ImageView

TAXONOMY = default_taxonomy()


def car(frame_idx: int, source: Source = Source.AUTO) -> Cuboids:
    """Drives on a circle: it turns and moves in every frame."""
    yaw = 0.2 * frame_idx
    return Cuboids.build(
        "world",
        frame_idx=np.array([frame_idx]),
        timestamp_ns=np.array([0]),
        category=np.array([0]),
        center=np.array([[20 * np.cos(yaw), 20 * np.sin(yaw), 1.0]]),
        quat_wxyz=quat_from_yaw(np.array([yaw])),
        size_lwh=np.array([[4.4, 1.8, 1.5]]),
        source=np.array([source]),
    )


def frames(n: int) -> list[FilmFrame]:
    """Points at the corners of each box."""
    found = []
    for i in range(n):
        points = corners(car(i))[0].astype(np.float32)
        found.append(FilmFrame(i, car(i), True, points, np.full((8, 3), 200, np.uint8)))
    return found


@pytest.mark.parametrize("three_views", [False, True])
@pytest.mark.parametrize(("n", "size"), [(1, (400, 300)), (20, (1600, 130)), (20, (900, 800))])
def test_every_tile_shows_its_whole_box_at_one_scale(
    n: int, size: tuple[int, int], three_views: bool
) -> None:
    film = Film.of(frames(n), *size, three_views=three_views)
    scales = set()
    for tile in film.tiles:
        assert tile.left_px + tile.width_px <= size[0]
        assert tile.top_px + tile.height_px <= size[1]
        assert len(tile.sections) == (3 if three_views else 1)
        for section in tile.sections:
            uv = section.view.project(corners(tile.frame.box)[0])
            assert (uv >= 0).all()
            assert (uv <= [section.view.width_px, section.view.height_px]).all()
            scales.add(section.view.px_per_m)  # type: ignore[union-attr]
    assert len(scales) == 1


def test_a_strip_has_one_row_and_cars_that_drive_upwards_if_tiles_are_narrow() -> None:
    film = Film.of(frames(20), 1600, 160)
    assert {tile.top_px for tile in film.tiles} == {0}
    view = film.tiles[7].sections[0].view
    uv = view.project(np.stack([car(7).center[0], corners(car(7))[0, :2].mean(axis=0)]))
    assert uv[1, 1] < uv[0, 1] - 10
    assert uv[1, 0] == pytest.approx(uv[0, 0])


def test_a_pixel_leads_to_its_frame() -> None:
    film = Film.of(frames(12), 900, 500, three_views=True)
    for tile in film.tiles:
        assert film.at(tile.left_px + 4.0, tile.top_px + 2.0) is tile
        section = tile.sections[1]
        assert film.at(section.left_px + 4.0, section.top_px + 6.0) is tile
    assert film.at(-30, 10) is None


def test_aligned_to_its_box_an_object_looks_the_same_in_every_frame() -> None:
    film = Film.of(frames(4), 800, 300)
    drawn = draw_film(film, TAXONOMY)
    looks = []
    for tile in film.tiles:
        section = tile.sections[0]
        high, wide = section.view.height_px, section.view.width_px
        looks.append(
            drawn[section.top_px : section.top_px + high, section.left_px : section.left_px + wide]
        )
    for look in looks[1:]:
        assert (look != looks[0]).any(axis=2).mean() < 0.01


def test_the_current_frame_is_framed_and_what_is_not_there_has_no_box() -> None:
    there = frames(3)
    gone = [there[0], replace(there[1], is_there=False), there[2]]
    film = Film.of(gone, 900, 250)
    drawn = draw_film(film, TAXONOMY, current=2, chosen={0}, accepted={1})

    def white(i: int) -> int:
        tile = film.tiles[i]
        part = drawn[
            tile.top_px + 20 : tile.top_px + tile.height_px,
            tile.left_px : tile.left_px + tile.width_px,
        ]
        return int((part == SELECTED).all(axis=2).sum())

    assert white(1) == 0
    assert white(0) > 50
    assert white(2) > white(0) + 200


def test_sources_are_told_apart_in_the_heads() -> None:
    heads = []
    for source in Source:
        one = replace(frames(1)[0], box=car(0, source))
        heads.append(draw_film(Film.of([one], 60, 80), TAXONOMY)[:16])
    assert (heads[0] != heads[1]).any()
    assert (heads[1] != heads[2]).any()
    assert (heads[2] == SELECTED).all(axis=2).any()


def test_a_photo_below_shows_the_object_large() -> None:
    ahead = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    pose = SE3(ahead, np.array([0.0, 0.0, 1.5]))
    model = camera_model("pinhole", 640, 360, np.array([400.0, 400, 319.5, 179.5]), np.zeros(0))
    still = SE3.identity()
    shot = Shot(Camera("front", pose, model), 0, (still, still), pose.inverse())
    photo = Photo("front", model, np.full((360, 640, 3), 90, np.uint8), shot)
    film = Film.of([replace(frame, photo=photo) for frame in frames(2)], 500, 400)
    for tile in film.tiles:
        view = tile.sections[1].view
        assert isinstance(view, ImageView)
        middle = view.project(tile.frame.box.center)[0]
        assert_allclose(middle, [view.width_px / 2, view.height_px / 2], atol=0.1 * view.width_px)
    assert draw_film(film, TAXONOMY).shape == (400, 500, 3)


def test_no_frames_make_an_empty_picture() -> None:
    assert draw_film(Film.of([], 30, 20), TAXONOMY).shape == (20, 30, 3)
