"""Which scene a path means, and what to say if it means none."""

from __future__ import annotations

from pathlib import Path

import pytest
import scene_samples as samples

import avlabel
from avlabel.errors import SceneNotFoundError


def test_a_scene_a_root_and_a_uri(scene_path: Path) -> None:
    for uri in (scene_path, str(scene_path), scene_path.parent, scene_path.as_uri()):
        assert avlabel.open_scene(uri).scene_id == "one"
    assert avlabel.open_scene(scene_path).path == str(scene_path)


def test_a_relative_path(scene_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene_path.parent)
    assert avlabel.open_scene("scene_id=one").path == str(scene_path)
    assert avlabel.open_scene(".").scene_id == "one"


def test_a_root_of_several_scenes_lists_them(tmp_path: Path) -> None:
    samples.write_sample(tmp_path, "night")
    samples.write_sample(tmp_path, "day")
    (tmp_path / "scene_id=unfinished" / "_commits").mkdir(parents=True)
    with pytest.raises(SceneNotFoundError, match=r"holds 2 scenes \(day, night\); name one"):
        avlabel.open_scene(tmp_path)


@pytest.mark.parametrize("name", ["scene_id=onee", "one", "scene_id=on"])
def test_a_wrong_name_suggests_the_nearest(scene_path: Path, name: str) -> None:
    with pytest.raises(SceneNotFoundError, match="no such scene; did you mean 'one'"):
        avlabel.open_scene(scene_path.parent / name)


def test_a_name_like_no_other_lists_what_there_is(scene_path: Path) -> None:
    with pytest.raises(SceneNotFoundError, match="no such scene; there are one"):
        avlabel.open_scene(scene_path.parent / "scene_id=zzzzzz")


def test_a_folder_without_scenes(tmp_path: Path) -> None:
    with pytest.raises(SceneNotFoundError, match="no scene in it"):
        avlabel.open_scene(tmp_path)


def test_a_file_is_no_scene(tmp_path: Path) -> None:
    (tmp_path / "log.toml").write_text("")
    with pytest.raises(SceneNotFoundError, match=r"log\.toml: no scene"):
        avlabel.open_scene(tmp_path / "log.toml")


def test_an_unknown_scheme() -> None:
    with pytest.raises(SceneNotFoundError, match="tape://"):
        avlabel.open_scene("tape://drive/1")


def test_a_wrong_table_name_suggests_the_nearest(scene_path: Path) -> None:
    scene = avlabel.open_scene(scene_path)
    with pytest.raises(SceneNotFoundError, match="no table 'cubiods'; did you mean 'cuboids'"):
        scene.table("cubiods")
    with pytest.raises(SceneNotFoundError, match="did you mean 'points/top'"):
        scene.table("points/tap")


def test_a_wrong_frame_says_which_there_are(scene_path: Path) -> None:
    with pytest.raises(SceneNotFoundError, match="no sweep 99 of lidar 'top'; it has 3, 7 to 9"):
        avlabel.open_scene(scene_path).sweep(99)


def test_a_scene_without_sweeps(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        samples.write_required(writer)
        writer.commit()
    with pytest.raises(SceneNotFoundError, match="the scene has no sweeps"):
        avlabel.open_scene(tmp_path).sweep(7)


@pytest.mark.parametrize("scheme", ["mock", "ftp"])
def test_a_place_of_an_unknown_kind(scheme: str) -> None:
    with pytest.raises(SceneNotFoundError, match=f"expected a path, file:// .*got {scheme}://"):
        samples.open_writer(f"{scheme}://x/scenes")


def test_avlabel_has_no_other_lazy_names() -> None:
    with pytest.raises(AttributeError, match="open_seen"):
        avlabel.open_seen  # noqa: B018
