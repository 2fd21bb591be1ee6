"""The images of a frame as they hang in the window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import avlabel
from avlabel_viewer.actions.photos import Photos, Wall
from avlabel_viewer.drawing.points_on_photo import CloudOnPhoto
from avlabel_viewer.frames.cache import FrameCache

SIZE = 1000, 260


@pytest.fixture(scope="module")
def hung(labelled_drive: Path) -> tuple[Photos, Wall, CloudOnPhoto]:
    """The first frame, its best seen object cut out."""
    scene = avlabel.open_scene(labelled_drive)
    frame = int(scene.frames.frame_idx[0])
    with FrameCache(scene) as frames:
        data = frames.get(frame)
    labels, photos = scene.labels(), Photos(scene)
    here = labels.select(labels.frame_idx == frame)
    walls = (
        photos.wall(data, frame, labels, here, row, SIZE, zoom=True)
        for row in np.argsort(-here.num_points)
    )
    wall = next(wall for wall in walls if wall.zoomed is not None)
    red = np.tile(np.array([255, 0, 0], np.uint8), (len(data), 1))
    return photos, wall, CloudOnPhoto(data.points, red)


def test_points_show_on_the_cut_out_and_nowhere_else(
    hung: tuple[Photos, Wall, CloudOnPhoto],
) -> None:
    photos, wall, cloud = hung
    changed = (photos.draw(wall, SIZE, cloud) != photos.draw(wall, SIZE)).any(axis=2)
    assert changed[:, : wall.left_px].mean() > 0.02
    assert not changed[:, wall.left_px :].any()


def test_the_middle_of_the_cut_out_is_the_selected_box_and_can_be_dragged(
    hung: tuple[Photos, Wall, CloudOnPhoto],
) -> None:
    _, wall, _ = hung
    row = wall.boxes.selected
    assert wall.zoomed is not None
    assert row is not None
    u, v = wall.zoomed.view.width_px / 2, SIZE[1] / 2
    view = wall.view(u, v)
    assert view is not None
    center = wall.boxes.cuboids.center[row]
    ray = view.ray(*view.project(center[None])[0])
    along = center - ray.origin
    assert np.linalg.norm(np.cross(along, ray.direction)) < 0.01
    assert wall.box_under(*view.project(center[None])[0]) is not None
