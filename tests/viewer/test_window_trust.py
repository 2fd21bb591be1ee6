"""What may go wrong around a real window: others, new labels, a bad disk, damaged files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from window_driver import Window
from window_steps import is_recorded, middle, placed, select_something

from avlabel.scenes.scene import open_scene
from avlabel.scenes.writer import SceneWriter

pytestmark = pytest.mark.timeout(240)
Open = Callable[..., Window]


def test_two_people_see_each_others_edits(review: Open, scene_folder: Path, tmp_path: Path) -> None:
    ann, bob = review(folder=tmp_path / "a"), review("--author", "bob", folder=tmp_path / "b")
    scene = open_scene(scene_folder)
    bob.to_front()
    track_id = select_something(bob)
    ann_saw = ann.shown["boxes_px"]["street"][str(track_id)]
    bob.key("shift+w")
    bob.wait(lambda shown: is_recorded(shown, "move"))

    seen = ann.wait(lambda shown: shown["boxes_px"]["street"][str(track_id)] != ann_saw)
    assert "bob" in seen["message"]
    ann.to_front()
    assert select_something(ann) == track_id
    ann.key("shift+a")
    ann.wait(lambda shown: is_recorded(shown, "move"))
    bob.wait(lambda shown: "ann" in shown["message"])

    after, _ = placed(scene, track_id, 0)
    auto = scene.cuboids()
    before = auto.center[(auto.track_id == track_id) & (auto.frame_idx == 0)][0]
    assert np.linalg.norm(after - before) == pytest.approx(0.5 * np.sqrt(2), abs=1e-6)
    assert {edit.author for edit in scene.edits().edits} == {"ann", "bob"}


def test_new_labels_are_told_and_opened_when_asked(review: Open, scene_folder: Path) -> None:
    window, scene = review(), open_scene(scene_folder)
    track_id = select_something(window)
    window.key("shift+w")
    window.wait(lambda shown: is_recorded(shown, "move"))
    edited, _ = placed(scene, track_id, 0)

    commit_again(scene_folder)
    window.wait(lambda shown: "made anew" in shown["message"])
    window.key("ctrl+r")
    shown = window.wait(lambda shown: "commit 2" in shown["message"] and shown["has_data"])

    assert shown["track_id"] == track_id
    np.testing.assert_allclose(placed(scene.newest(), track_id, 0)[0], edited, atol=1e-6)


def commit_again(scene_folder: Path) -> None:
    """The same labels, as another run of the pipeline makes them."""
    scene = open_scene(scene_folder)
    name = scene_folder.name.removeprefix("scene_id=")
    with SceneWriter(
        scene_folder.parent, name, info=scene.info, input_hash="a", config_hash="b"
    ) as writer:
        writer.adopt(scene, [name for name in scene.table_names if name != "scene"])
        writer.commit()


def test_a_read_only_disk_is_said_and_what_it_refused_can_be_tried_again(
    review: Open, scene_folder: Path, tiny_disk: Path
) -> None:
    (scene_folder / "edits").symlink_to(tiny_disk)
    remount(tiny_disk, "ro")
    window, scene = review(), open_scene(scene_folder)
    track_id = select_something(window)
    before, _ = placed(scene, track_id, 0)
    window.key("shift+w")
    window.wait(lambda shown: "not saved" in shown["status"])
    assert window.shown["unrecorded"]
    window.key("a")
    window.wait(lambda shown: shown["changed"] and shown["unrecorded"])

    remount(tiny_disk, "rw")
    window.key("ctrl+s")
    window.wait(lambda shown: "everything is on the disk" in shown["message"])
    after, _ = placed(scene, track_id, 0)
    assert np.linalg.norm(after - before) > 0.49
    assert window.leave() == 0


def remount(disk: Path, how: str) -> None:
    command = [shutil.which("mount") or "mount", "-o", f"remount,{how}", str(disk)]
    subprocess.run(command, check=True)  # noqa: S603


def test_the_desktop_closes_the_window_and_what_was_in_the_hand_is_kept(
    review: Open, scene_folder: Path
) -> None:
    window, scene = review(), open_scene(scene_folder)
    track_id = select_something(window)
    before, _ = placed(scene, track_id, 0)
    window.key("shift+w")
    assert window.close() == 0
    after, _ = placed(scene, track_id, 0)
    assert np.linalg.norm(after - before) == pytest.approx(0.5, abs=1e-6)


def test_damaged_files_are_words_and_no_crash(
    review: Open, scene_folder: Path, damaged_image: str
) -> None:
    (points,) = scene_folder.glob("data/*/points/top.parquet")
    spoil(points, 0.45, 0.6)
    window = review()
    window.wait(lambda shown: damaged_image in shown["message"])
    select_something(window)
    window.key("Right", "Right", "Right", "Right")
    window.wait(lambda shown: "frame 4: lidar 'top'" in shown["message"] and shown["has_data"])
    window.key("v")
    window.wait(lambda shown: shown["film"])
    window.key("v", "f")
    window.wait(lambda shown: shown["mode"] == "new box" and shown["film"] is None)
    window.click(*middle(window.shown["boxes_px"]["top"]))
    window.wait(lambda shown: "nothing there" in shown["message"])

    window.key("shift+w")
    window.wait(lambda shown: is_recorded(shown, "move"))
    assert window.leave() == 0


@pytest.fixture
def damaged_image(scene_folder: Path) -> Iterator[str]:
    """Name of an image of the first frame that is damaged for the time of a test."""
    scene = open_scene(scene_folder)
    (recording,) = scene.info.source_uris
    uri = scene.table("images/front").column("uri")[0].as_py()
    path = Path(recording.removeprefix("file://")) / uri
    content = path.read_bytes()
    spoil(path, 0.3, 0.6)
    yield path.name
    path.write_bytes(content)


def spoil(path: Path, start: float, end: float) -> None:
    """Overwrite a part of a file."""
    content = bytearray(path.read_bytes())
    first, last = int(start * len(content)), int(end * len(content))
    content[first:last] = bytes(last - first)
    path.write_bytes(bytes(content))
