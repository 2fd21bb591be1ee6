"""Looking around in a real window: what a click, a drag, the wheel and some keys show."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from window_driver import Window
from window_steps import in_corner, in_middle, is_outlined, middle, select_something

FRESH = (0, -1, None)
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def opened(
    screen: str, labelled_drive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Window]:
    folder = tmp_path_factory.mktemp("looking")
    window = Window(shutil.copytree(labelled_drive, folder / labelled_drive.name), screen, folder)
    yield window
    window.kill()


@pytest.fixture
def window(opened: Window) -> Window:
    """Open all through this module; each test begins in the first frame with nothing selected."""
    if opened.shown["film"] is not None:
        opened.key("v")
    opened.key("Home", "1")
    if opened.shown["track_id"] >= 0:
        opened.key("Escape")
    opened.wait(lambda shown: (shown["frame_idx"], shown["track_id"], shown["film"]) == FRESH)
    return opened


def test_a_click_in_an_image_selects_what_it_shows(window: Window) -> None:
    images = window.shown["boxes_px"]["images"]
    camera, track, corners = max(
        (
            (camera, track, np.array(at))
            for camera in images
            for track, at in images[camera].items()
        ),
        key=lambda one: float(np.prod(np.ptp(one[2], axis=0))),
    )
    assert not is_outlined(window.picture(), corners[:4])

    window.click(*middle(corners))
    shown = window.wait(lambda shown: shown["track_id"] >= 0)

    assert shown["track_id"] == int(track), camera
    wait_until_white(window, camera, track)
    window.key("i")
    window.wait(lambda shown: "cut-outs: on" in shown["message"])
    wait_until_white(window, "cut-out", track)
    window.key("i")
    window.wait(lambda shown: "cut-outs: off" in shown["message"])


def wait_until_white(window: Window, image: str, track: str) -> None:
    """Until the floor of a box has white lines where an image shows it."""
    corners = np.array(window.shown["boxes_px"]["images"][image][track])[:4]
    window.wait_for_picture(lambda picture: is_outlined(picture, corners))


@pytest.mark.parametrize("name", ["top", "side", "rear"])
def test_a_click_in_a_view_of_an_object_selects_it_and_beside_it_nothing(
    window: Window, name: str
) -> None:
    track_id = select_something(window)

    window.click(*middle(window.shown["boxes_px"][name]))
    window.wait(lambda shown: shown["hot"] == name)
    assert window.shown["track_id"] == track_id

    window.click(*in_corner(window, name))
    window.wait(lambda shown: shown["track_id"] < 0)


def test_the_mouse_is_told_what_it_would_do(window: Window) -> None:
    window.point(*in_corner(window, "street"))
    window.wait(lambda shown: "click: select" in shown["status"])
    select_something(window)
    corners = np.array(window.shown["boxes_px"]["top"])

    window.point(*middle(corners))
    window.wait(lambda shown: "drag: move the box" in shown["status"])
    window.point(*middle(corners[[0, 1, 4, 5]]))
    window.wait(lambda shown: "drag: move this face" in shown["status"])
    window.point(*corners[0])
    window.wait(lambda shown: "drag: move this corner" in shown["status"])
    window.key("f")
    window.wait(lambda shown: "a new box" in shown["status"])
    window.key("Escape")
    window.wait(lambda shown: "a new box" not in shown["status"])


def test_the_wheel_zooms_around_the_mouse(window: Window) -> None:
    select_something(window)
    for name in ("top", "street"):
        before = size_of_selected(window, name)
        window.wheel(*in_middle(window, name), 3)
        window.wait(lambda _shown, name=name, before=before: grew(window, name, before))
        window.wheel(*in_middle(window, name), -3)
        window.wait(lambda _shown, name=name, before=before: not grew(window, name, before))


def grew(window: Window, name: str, before: float) -> bool:
    return size_of_selected(window, name) > 1.3 * before


def size_of_selected(window: Window, name: str) -> float:
    shown = window.shown
    corners = shown["boxes_px"][name]
    if name == "street":
        corners = corners[str(shown["track_id"])]
    return float(np.ptp(np.array(corners), axis=0).max())


@pytest.mark.parametrize(("name", "button"), [("top", 3), ("top", 1), ("street", 3)])
def test_a_drag_moves_what_is_seen(window: Window, name: str, button: int) -> None:
    track_id = select_something(window)
    before = middle_of_selected(window, name, track_id)
    u, v = in_corner(window, name)
    u -= 40

    window.drag((u, v), (u + 10, v + 15), (u + 20, v + 30), button=button)
    window.wait(
        lambda _shown: np.allclose(
            middle_of_selected(window, name, track_id) - before, (20, 30), atol=6
        )
    )
    assert window.shown["track_id"] == track_id


def middle_of_selected(window: Window, name: str, track_id: int) -> np.ndarray:
    corners = window.shown["boxes_px"][name]
    return np.array(middle(corners[str(track_id)] if name == "street" else corners))


def test_the_timeline_goes_where_it_is_clicked_and_follows_a_drag(window: Window) -> None:
    left, top, width, height = window.shown["rects"]["timeline"]
    v = top + height / 2

    window.click(left + 0.97 * width, v)
    window.wait(lambda shown: shown["frame_idx"] == 7)
    window.drag((left + 0.97 * width, v), (left + 0.6 * width, v), (left + 0.5 * width, v))
    halfway = window.wait(lambda shown: shown["frame_idx"] < 7)["frame_idx"]
    window.drag((left + 0.5 * width, v), (left + 0.3 * width, v), (left + 2, v))
    window.wait(lambda shown: shown["frame_idx"] == 0)
    assert halfway > 1


def test_space_plays_to_the_end_and_stops(window: Window) -> None:
    window.key("space")
    window.wait(lambda shown: shown["frame_idx"] == 7 and shown["has_data"])
    window.key("Left")
    window.wait(lambda shown: shown["frame_idx"] == 6)


def test_a_click_in_the_film_goes_to_its_frame(window: Window) -> None:
    track_id = select_something(window)
    window.key("v")
    film = window.wait(lambda shown: shown["film"])["film"]

    window.click(*film["5"])
    shown = window.wait(lambda shown: shown["frame_idx"] == 5)
    assert (shown["track_id"], len(shown["film"])) == (track_id, 8)
    window.key("v")
    window.wait(lambda shown: shown["film"] is None and shown["frame_idx"] == 5)
