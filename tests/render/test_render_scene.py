from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from drawing_samples import MODEL, TAXONOMY, camera, cuboids, points, rig, street_image

from avlabel.core.cameras import Pinhole
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.errors import InputError, SceneWriteError
from avlabel.render.frame import RenderStyle
from avlabel.render.ledger import LEDGER, Ledger
from avlabel.render.mosaic import CameraGrid, camera_order, compose, looks_ahead
from avlabel.render.scene import render_scene
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.scene import open_scene
from avlabel.scenes.writer import SceneWriter

N_FRAMES = 3
STEP_NS = 100_000_000


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Three frames, two cameras; the left one has no image in frame 1."""
    root = tmp_path_factory.mktemp("scenes")
    t_ns = np.arange(N_FRAMES) * STEP_NS
    poses = SE3.from_yaw(np.zeros(N_FRAMES), np.arange(N_FRAMES)[:, None] * [0.8, 0.0, 0.0])
    info = SceneInfo("log", np.zeros(3), TAXONOMY)
    encoded = cv2.imencode(".png", street_image())[1].tobytes()
    with SceneWriter(
        root,
        "small",
        info=info,
        input_hash="i",
        config_hash="c",
        config=StoreConfig(embed_images=True),
    ) as writer:
        writer.write_rig(rig(camera(), camera("left", np.pi / 2)))
        writer.write_trajectory(Trajectory(t_ns, poses))
        writer.write_frames(Frames(np.arange(N_FRAMES, dtype=np.int32), t_ns, poses))
        for f in range(N_FRAMES):
            writer.write_sweep(_sweep(f))
            for name in ("front", "left") if f != 1 else ("front",):
                writer.write_image(
                    frame_idx=f,
                    camera=name,
                    timestamp_ns=int(t_ns[f]),
                    dt_to_ref_ns=0,
                    size_px=(MODEL.width_px, MODEL.height_px),
                    uri=f"{name}/{f}.png",
                    encoded=encoded,
                )
        writer.write_cuboids(cuboids("world", N_FRAMES))
        writer.write_tracks(Tracks.empty())
        writer.commit()
    return open_scene(root / "scene_id=small")


def _sweep(f):
    cloud = points(seed=f)
    zeros = np.zeros(len(cloud), np.int16)
    return Sweep(f, "top", f * STEP_NS, cloud, zeros, zeros, zeros.astype(np.int32), True)


def test_writes_every_picture_and_moving_ones(scene, tmp_path):
    written = render_scene(scene, tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in written}
    assert names == {
        *(f"cameras/front/{f:06d}.jpg" for f in range(3)),
        *(f"cameras/left/{f:06d}.jpg" for f in (0, 2)),
        *(f"bev/{f:06d}.png" for f in range(3)),
        *(f"mosaic/{f:06d}.jpg" for f in range(3)),
        "drive.mp4",
        "drive.webp",
    }
    for path in written:
        if path.stem != "drive":
            assert cv2.imread(str(path)).std() > 5


def test_movies_have_every_frame_and_run_at_the_drive_s_pace(scene, tmp_path):
    render_scene(scene, tmp_path)
    movie = cv2.VideoCapture(str(tmp_path / "drive.mp4"))
    assert movie.get(cv2.CAP_PROP_FPS) == pytest.approx(10.0)
    n_frames = 0
    while movie.read()[0]:
        n_frames += 1
    assert n_frames == N_FRAMES
    found, animation = cv2.imreadanimation(str(tmp_path / "drive.webp"))
    assert found
    assert len(animation.frames) == N_FRAMES
    assert set(np.ravel(animation.durations).tolist()) == {100}


def test_only_the_frames_asked_for(scene, tmp_path):
    written = render_scene(scene, tmp_path, first=0, last=3, every=2, video=False)
    assert {path.stem for path in written} == {"000000", "000002"}
    with pytest.raises(InputError, match="no frame in 7:9; the scene has 0 to 2"):
        render_scene(scene, tmp_path, first=7, last=9)
    with pytest.raises(InputError, match="every"):
        render_scene(scene, tmp_path, every=0)


def test_boxes_below_the_score_are_left_out(scene, tmp_path):
    pictures = []
    for min_score in (0.0, 1.1):
        style = RenderStyle(min_score=min_score)
        render_scene(scene, tmp_path, last=1, video=False, style=style)
        pictures.append(cv2.imread(str(tmp_path / "bev" / "000000.png")))
    assert (pictures[0] != pictures[1]).any()


def test_only_the_views_asked_for(scene, tmp_path):
    style = RenderStyle(views=("perspective",))
    written = render_scene(scene, tmp_path, style=style)
    names = {str(path.relative_to(tmp_path)) for path in written}
    stills = {f"perspective/{f:06d}.jpg" for f in range(3)}
    assert names == stills | {"perspective.mp4", "perspective.webp"}
    assert cv2.imread(str(tmp_path / "perspective" / "000001.jpg")).std() > 5


def test_what_an_earlier_rendering_wrote_is_gone_and_all_else_stays(scene, tmp_path):
    render_scene(scene, tmp_path)
    kept = tmp_path / "bev" / "mine.png"
    kept.write_bytes(b"of a person")
    written = render_scene(scene, tmp_path, first=1, last=2, video=False)
    found = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {*written, kept, tmp_path / LEDGER}
    assert not (tmp_path / "cameras" / "left").exists()


def test_pictures_of_a_rendering_that_was_killed_are_removed_too(tmp_path):
    killed = Ledger(tmp_path)
    killed.add("bev/000001.png").write_bytes(b"half a pict")
    with Ledger(tmp_path) as ledger:
        ledger.add("bev/000007.png").write_bytes(b"")
    assert [path.name for path in (tmp_path / "bev").iterdir()] == ["000007.png"]
    killed.__exit__(None, None, None)


def test_a_ledger_removes_nothing_elsewhere_and_nothing_but_pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    outside, notes = tmp_path / "mine.png", folder / "notes.md"
    outside.write_bytes(b"1")
    notes.write_text("2")
    named = f"../mine.png\n{outside}\nnotes.md\nmissing.png\n\n"
    (folder / LEDGER).write_bytes(named.encode() + b"\xff.png\n")
    with Ledger(folder):
        pass
    assert outside.exists()
    assert notes.exists()


def test_folder_that_cannot_be_written(scene, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(SceneWriteError, match="cannot write pictures"):
        render_scene(scene, blocked, video=False)
    (tmp_path / "drive.mp4").mkdir()
    with pytest.raises(SceneWriteError, match=r"drive\.mp4"):
        render_scene(scene, tmp_path)


def test_command(scene, tmp_path):
    from avlabel.cli.render import command

    result = CliRunner().invoke(
        command, [scene.path, "--out", str(tmp_path), "--frames", "1:2", "--no-video"]
    )
    assert result.exit_code == 0, result.output
    assert Path(tmp_path / "mosaic" / "000001.jpg").is_file()


def test_command_says_which_views_there_are(scene, tmp_path):
    from avlabel.cli.render import command

    arguments = [scene.path, "--out", str(tmp_path), "--frames", "1:2", "--no-video", "--views"]
    result = CliRunner().invoke(command, [*arguments, "perspective, bev"])
    assert result.exit_code == 0, result.output
    pictures = {path.parent.name for path in tmp_path.rglob("*.*g")}
    assert pictures == {"perspective", "bev"}
    result = CliRunner().invoke(command, [*arguments, "bev,front"])
    assert result.exit_code == 2
    assert "expected some of cameras, bev, mosaic, perspective; got 'front'" in result.output


def test_cameras_in_the_order_of_reading():
    turns = {"rear": np.pi, "right": -1.6, "front": 0.05, "left": 1.6, "fl": 0.9, "fr": -0.9}
    cameras = [camera(name, yaw) for name, yaw in turns.items()]
    assert camera_order(rig(*cameras)) == ["fl", "front", "fr", "left", "rear", "right"]
    assert looks_ahead(rig(*cameras)) == "front"
    assert looks_ahead(rig()) is None


@pytest.mark.parametrize(("n", "columns", "rows"), [(1, 1, 1), (3, 3, 1), (6, 3, 2), (9, 5, 2)])
def test_grid_of_cameras(n, columns, rows):
    grid = CameraGrid.of([MODEL] * n, 1280)
    tiles = [grid.tile(str(i), grid.fit(street_image())) for i in range(n)]
    made = grid.rows(tiles)
    assert grid.n_columns == columns
    assert len(made) == rows
    assert {row.shape for row in made} == {(grid.tile_h_px, 1280, 3)}
    assert grid.tile_h_px * rows <= 0.46 * 1280


def test_mosaic_has_an_even_size_whatever_its_parts():
    grid = CameraGrid.of([Pinhole(1242, 375, np.array([700.0, 700, 600, 170]))], 1001)
    bev = np.zeros((91, 1001, 3), np.uint8)
    picture = compose("a", "b", [*grid.rows([grid.tile("x", None)]), bev])
    assert picture.shape[0] % 2 == picture.shape[1] % 2 == 0
