"""Editing in a real window with a real mouse: what is dragged and clicked is on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from window_driver import Window
from window_steps import is_recorded, middle, placed, select, select_something

from avlabel.core.se3 import yaw_from_quat
from avlabel.edits.model import Change, Link, PutBoxes, SetValues
from avlabel.scenes.scene import Scene, open_scene

pytestmark = pytest.mark.timeout(240)


class Review:
    """A window and the scene on the disk under it."""

    def __init__(self, window: Window, scene: Scene) -> None:
        self.window, self.scene = window, scene
        self._before = 0

    def begin(self) -> None:
        """Let go of everything, in the first frame, looking along the street."""
        self.window.key("Escape", "Escape", "Home", "1")
        self.window.wait(
            lambda shown: (shown["frame_idx"], shown["track_id"], shown["mode"]) == (0, -1, "")
        )
        self._before = len(self.scene.edits().edits)

    @property
    def done(self) -> list[Change]:
        """What has been recorded since."""
        return [edit.change for edit in self.scene.edits().edits[self._before :]]


@pytest.fixture(scope="module")
def opened(
    screen: str, labelled_drive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Review]:
    folder = tmp_path_factory.mktemp("editing")
    scene = shutil.copytree(labelled_drive, folder / labelled_drive.name)
    window = Window(scene, screen, folder)
    yield Review(window, open_scene(scene))
    window.kill()


@pytest.fixture
def review(opened: Review) -> Review:
    """One window for all tests of this module; each takes hold of an object of its own."""
    opened.begin()
    return opened


def test_a_body_is_dragged_over_the_ground_in_the_street(review: Review) -> None:
    window, scene = review.window, review.scene
    track_id = select_something(window)
    before, _ = placed(scene, track_id, 0)
    u, v = middle(window.shown["boxes_px"]["street"][str(track_id)])

    window.drag((u, v), (u + 15, v), (u + 30, v))
    window.wait(lambda shown: is_recorded(shown, "move"))

    after, _ = placed(scene, track_id, 0)
    assert np.linalg.norm(after[:2] - before[:2]) > 0.3
    assert after[2] == pytest.approx(before[2], abs=0.01)
    assert np.allclose(
        middle(window.shown["boxes_px"]["street"][str(track_id)]), (u + 30, v), atol=4
    )
    assert len(review.done) == 1


def test_moves_of_the_mouse_that_come_fast_are_drawn_together(review: Review) -> None:
    window = review.window
    select_something(window)
    u, v = middle(window.shown["boxes_px"]["top"])
    window.press(u, v)
    drawn_before = window.shown["n"]
    heard = window.rush(*((u + 0.2 * k, v + 0.1 * k) for k in range(1, 201)))
    window.release()
    shown = window.wait(lambda shown: is_recorded(shown, "move"))

    assert shown["n"] - drawn_before < heard / 2
    assert middle(shown["boxes_px"]["top"]) == pytest.approx((u + 40, v + 20), abs=3)
    assert len(review.done) == 1


def test_the_knob_turns_a_box(review: Review) -> None:
    window, scene = review.window, review.scene
    track_id = select_something(window)
    corners = np.array(window.shown["boxes_px"]["top"])
    front, back = corners[[0, 1, 4, 5]].mean(axis=0), corners[[2, 3, 6, 7]].mean(axis=0)
    center = (front + back) / 2
    knob = front + 26.0 * (front - back) / np.linalg.norm(front - back)
    window.point(*knob)
    window.wait(lambda shown: "drag: turn the box" in shown["status"])
    before = yaw(scene, track_id)

    way = [knob, center + turned(10.0) @ (knob - center), center + turned(20.0) @ (knob - center)]
    window.drag(*way)
    window.wait(lambda shown: is_recorded(shown, "turn"))

    assert np.degrees(yaw(scene, track_id) - before) == pytest.approx(20.0, abs=2.0)
    assert len(review.done) == 1


def turned(angle_deg: float) -> np.ndarray:
    """Counter-clockwise on the screen, whose rows go downwards."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[c, s], [-s, c]])


def yaw(scene: Scene, track_id: int) -> float:
    cuboids = scene.resolved().cuboids
    row = (cuboids.track_id == track_id) & (cuboids.frame_idx == 0)
    return float(yaw_from_quat(cuboids.quat_wxyz[row])[0])


def test_a_box_is_dragged_in_an_image(review: Review) -> None:
    window, scene = review.window, review.scene
    images = window.shown["boxes_px"]["images"]
    camera, track = max(
        ((camera, track) for camera in images for track in images[camera]),
        key=lambda one: float(np.prod(np.ptp(np.array(images[one[0]][one[1]]), axis=0))),
    )
    select(window, int(track))
    before, _ = placed(scene, int(track), 0)
    u, v = middle(window.shown["boxes_px"]["images"][camera][track])

    window.drag((u, v), (u + 5, v), (u + 10, v))
    window.wait(lambda shown: is_recorded(shown, "move"))

    now = middle(window.shown["boxes_px"]["images"][camera][track])
    assert now == pytest.approx((u + 10, v), abs=3)
    after, _ = placed(scene, int(track), 0)
    assert np.linalg.norm(after - before) > 0.1


def test_one_click_makes_a_box_where_there_was_none(review: Review) -> None:
    window, scene = review.window, review.scene
    cuboids = scene.resolved().cuboids
    here = np.flatnonzero(cuboids.frame_idx == 0)
    shown = window.shown["boxes_px"]["street"]
    inside = [row for row in here if shown[str(cuboids.track_id[row])] is not None]
    row = max(inside, key=lambda row: cuboids.num_points[row])
    track_id, was = int(cuboids.track_id[row]), cuboids.center[row]
    select(window, track_id)
    window.key("3")
    window.wait(lambda shown: "EYE" in shown["changed"])
    at = middle(window.shown["boxes_px"]["street"][str(track_id)])
    window.key("shift+Delete")
    window.wait(lambda shown: str(track_id) not in shown["boxes_px"]["street"])

    window.key("f")
    window.wait(lambda shown: shown["mode"] == "new box")
    window.click(*at)
    made = window.wait(lambda shown: is_recorded(shown, "new box"))["track_id"]

    center, _ = placed(scene, made, 0)
    assert np.linalg.norm((center - was)[:2]) < 1.0
    deleted, put = review.done
    assert isinstance(deleted, PutBoxes)
    assert not deleted.after
    assert isinstance(put, PutBoxes)
    assert not put.before


def test_a_class_is_chosen_by_its_digit(review: Review) -> None:
    window, scene = review.window, review.scene
    track_id = select_something(window)
    window.key("k")
    window.wait(lambda shown: shown["dialog"] is not None)
    window.key("3")
    window.wait(lambda shown: shown["dialog"] is None)

    (change,) = review.done
    assert isinstance(change, SetValues)
    tracks = scene.resolved().tracks
    category = int(tracks.category[tracks.track_id == track_id][0])
    assert scene.taxonomy.leaves[category] == scene.taxonomy.leaves[2]


def test_a_click_merges_two_objects(review: Review) -> None:
    window, scene = review.window, review.scene
    track_id = select_something(window)
    window.key("m")
    shown = window.wait(lambda shown: shown["dialog"] or shown["mode"] == "merge")
    if shown["dialog"]:
        window.key(str(len(shown["choices"])))
        shown = window.wait(lambda shown: shown["mode"] == "merge")
    other, at = in_plain_sight(shown["boxes_px"]["images"], track_id)

    window.click(*at)
    window.wait(lambda shown: shown["mode"] == "")

    assert track_id not in scene.resolved().tracks.track_id
    assert window.shown["track_id"] == other
    (change,) = review.done
    assert isinstance(change, Link)


def in_plain_sight(
    images: dict[str, dict[str, object]], but: int
) -> tuple[int, tuple[float, float]]:
    """The largest object in the images, and its middle."""
    found = [(int(track), at) for seen in images.values() for track, at in seen.items()]
    others = [(track, at) for track, at in found if track != but]
    track, at = max(others, key=lambda one: float(np.prod(np.ptp(np.array(one[1]), axis=0))))
    return track, middle(at)
