"""The application in a real window, with a real mouse and real keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from window_driver import Window
from window_steps import is_outlined, middle, placed, select_something

from avlabel.edits.model import Comment, Decide, PutBoxes
from avlabel.scenes.scene import open_scene

pytestmark = pytest.mark.timeout(240)


def test_a_click_selects_and_the_box_is_drawn_where_it_is(review: Callable[..., Window]) -> None:
    window = review()
    track_id = select_something(window)
    corners = np.array(window.shown["boxes_px"]["street"][str(track_id)])
    window.key("Escape")
    window.wait(lambda shown: shown["track_id"] < 0)

    window.click(*middle(corners))
    shown = window.wait(lambda shown: shown["track_id"] >= 0)

    assert shown["track_id"] == track_id
    edge = np.array(shown["boxes_px"]["top"])[:4]
    window.wait_for_picture(lambda picture: is_outlined(picture, edge))


def test_keys_move_a_box_and_undo_brings_it_back(
    review: Callable[..., Window], scene_folder: Path
) -> None:
    window, scene = review(), open_scene(scene_folder)
    track_id = select_something(window)
    frame_idx = window.shown["frame_idx"]
    before, _ = placed(scene, track_id, frame_idx)

    window.key("w", "w", "shift+w")
    window.wait(lambda shown: shown["message"] == "move" and not shown["unrecorded"])
    moved, _ = placed(scene, track_id, frame_idx)
    window.key("ctrl+z")
    window.wait(lambda shown: shown["message"].startswith("undone: move"))
    back, _ = placed(scene, track_id, frame_idx)
    window.key("ctrl+shift+z")
    window.wait(lambda shown: shown["message"].startswith("done again: move"))
    again, _ = placed(scene, track_id, frame_idx)

    assert np.linalg.norm(moved - before) == pytest.approx(0.6, abs=1e-6)
    np.testing.assert_allclose(back, before, atol=1e-9)
    np.testing.assert_allclose(again, moved, atol=1e-9)
    assert len(scene.edits().edits) == 3


def test_a_face_is_dragged_in_the_top_view(
    review: Callable[..., Window], scene_folder: Path
) -> None:
    window, scene = review(), open_scene(scene_folder)
    track_id = select_something(window)
    frame_idx = window.shown["frame_idx"]
    _, before = placed(scene, track_id, frame_idx)
    corners = np.array(window.shown["boxes_px"]["top"])
    u, v = corners[[0, 1, 4, 5]].mean(axis=0)
    px_per_m = np.linalg.norm(corners[0] - corners[3]) / before[0]

    window.drag((u, v), (u + 0.5 * px_per_m, v), (u + px_per_m, v))
    window.wait(lambda shown: "resize" in shown["message"] and not shown["unrecorded"])

    _, after = placed(scene, track_id, frame_idx)
    assert after[0] - before[0] == pytest.approx(1.0, abs=0.35)  # a surface near by may catch it
    np.testing.assert_allclose(after[1:], before[1:], atol=1e-3)


def test_a_rectangle_in_the_top_view_becomes_a_box(
    review: Callable[..., Window], scene_folder: Path
) -> None:
    window, scene = review(), open_scene(scene_folder)
    left, top, width, height = window.shown["rects"]["top"]
    u, v = left + width / 2, top + height / 2
    window.key("f")
    window.wait(lambda shown: shown["mode"] == "new box")

    window.drag((u - 60, v - 25), (u, v), (u + 60, v + 25))
    shown = window.wait(lambda shown: shown["message"] == "new box" and shown["mode"] == "")

    made = [edit.change for edit in scene.edits().edits]
    assert len(made) == 1
    assert isinstance(made[0], PutBoxes)
    assert not made[0].before
    assert shown["track_id"] == scene.resolved().track_of(made[0].after[0].track)


def test_the_queue_leads_from_one_verdict_to_the_next(
    review: Callable[..., Window], scene_folder: Path
) -> None:
    window, scene = review(), open_scene(scene_folder)
    window.key("Tab")
    first = window.wait(lambda shown: shown["track_id"] >= 0)["track_id"]
    window.key("Return")
    second = window.wait(lambda shown: shown["track_id"] not in (-1, first))["track_id"]
    window.key("BackSpace")
    window.wait(lambda shown: shown["track_id"] not in (-1, second))

    decided = [edit.change for edit in scene.edits().edits]
    assert [d.verdict for d in decided if isinstance(d, Decide)] == ["accept", "reject"]


def test_a_remark_is_typed_and_escape_closes_only_what_is_open(
    review: Callable[..., Window], scene_folder: Path
) -> None:
    window, scene = review(), open_scene(scene_folder)
    track_id = select_something(window)
    window.key("shift+slash")
    window.wait(lambda shown: shown["dialog"] == "help")
    window.key("Escape")
    assert window.wait(lambda shown: shown["dialog"] is None)["track_id"] == track_id

    window.key("alt+c")
    window.wait(lambda shown: shown["dialog"] is not None)
    window.type("Too long, 2 m")
    window.key("Return")
    window.wait(lambda shown: shown["dialog"] is None)

    changes = [edit.change for edit in scene.edits().edits]
    assert [c.text for c in changes if isinstance(c, Comment)] == ["Too long, 2 m"]
    assert window.process.poll() is None


def test_after_a_kill_everything_is_there_again(
    review: Callable[..., Window], scene_folder: Path
) -> None:
    window, scene = review(), open_scene(scene_folder)
    window.key("Right", "Right")
    window.wait(lambda shown: shown["frame_idx"] == int(scene.frames.frame_idx[2]))
    track_id = select_something(window)
    window.key("a")
    window.wait(lambda shown: shown["message"] == "move" and not shown["unrecorded"])
    window.wait_until_kept()
    window.kill()

    again = review()
    shown = again.wait(lambda shown: shown["track_id"] == track_id)
    assert shown["frame_idx"] == int(scene.frames.frame_idx[2])
    again.key("ctrl+z")
    again.wait(lambda shown: shown["message"].startswith("undone: move"))


def test_leaving_is_clean(review: Callable[..., Window]) -> None:
    assert review().leave() == 0


@pytest.mark.parametrize(
    ("display", "said"), [(None, "DISPLAY is not set"), (":4711", "nothing is there")]
)
def test_without_a_screen_it_says_what_to_do(
    scene_folder: Path, display: str | None, said: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    environment |= {} if display is None else {"DISPLAY": display}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "avlabel", "review", str(scene_folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "Xvfb" in done.stderr


def test_the_first_start_explains_itself(screen: str, scene_folder: Path, tmp_path: Path) -> None:
    window = Window(scene_folder, screen, tmp_path, guide=True)
    try:
        window.wait(lambda shown: shown["dialog"] == "guide")
        window.key("Escape")
        window.wait(lambda shown: shown["dialog"] is None)
    finally:
        window.kill()


def test_a_folder_of_scenes_is_gone_through(
    screen: str, scene_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(scene_folder, scene_folder.with_name("scene_id=zzz"))
    window = Window(scene_folder.parent, screen, tmp_path)
    try:
        assert window.shown["scene"] == scene_folder.name
        window.key("ctrl+Next")
        shown = window.wait(lambda shown: shown["scene"] == "scene_id=zzz" and shown["has_data"])
        select_something(window)
        window.key("ctrl+Next")
        window.wait(lambda shown: "no further scene" in shown["message"])
        assert shown["frame_idx"] == 0
        assert window.leave() == 0
    finally:
        window.kill()
