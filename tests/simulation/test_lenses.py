"""Pictures through every lens show objects where their boxes project, and nothing beyond."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avlabel.core.rig import Camera
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ConfigError
from avlabel.geometry.exposure import expose
from avlabel.geometry.projection import project_boxes
from avlabel.readers.rig_toml import dump_rig, load_rig
from avlabel.render.camera import draw_cuboids
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import SimulatedDrive
from avlabel.simulation.imaging import pixel_rays
from avlabel.simulation.lenses import LENSES, lens
from avlabel.stages.project import exposure_poses

WIDTH, HEIGHT = 320, 200


def through(drive: SimulatedDrive, name: str) -> SimulatedDrive:
    """The same drive, its front left camera with another lens."""
    camera = replace(drive.rig.cameras["front_left"], model=lens(name, WIDTH, HEIGHT))
    return replace(drive, rig=replace(drive.rig, cameras={"front_left": camera}))


@pytest.mark.parametrize("name", LENSES)
def test_objects_are_inside_their_projected_boxes(drive: SimulatedDrive, name: str) -> None:
    seen = through(drive, name)
    camera = seen.rig.cameras["front_left"]
    picture, t_ns = seen.image("front_left", 3), seen.image_time_ns("front_left", 3)
    truth = seen.frame(3).labels.cuboids
    poses = exposure_poses(seen.trajectory, camera, np.array([t_ns]))[0]
    assert poses is not None
    corners = expose(truth, camera, t_ns, poses).corners_cam
    boxes = project_boxes(corners, camera.model)
    checked = 0
    for row, track in enumerate(truth.track_id):
        v, u = np.nonzero(picture.object_id == track)
        on_seam = camera.model.panoramic and u.size and np.ptp(u) > WIDTH - 5
        if u.size < 20 or on_seam:
            continue
        checked += 1
        low, high = boxes.uv_box[row, :2] - 4, boxes.uv_box[row, 2:] + 4  # mirrors stand out
        assert low[0] <= u.min() <= u.max() <= high[0], truth.category[row]
        assert low[1] <= v.min() <= v.max() <= high[1], truth.category[row]
    assert checked >= 3
    drawn = draw_cuboids(picture.rgb, truth, corners, camera.model, default_taxonomy())
    assert 0.005 < (drawn != picture.rgb).any(axis=2).mean() < 0.5


@pytest.mark.parametrize("name", LENSES)
def test_pixels_without_a_ray_are_black(drive: SimulatedDrive, name: str) -> None:
    seen = through(drive, name)
    blind = np.isnan(pixel_rays(seen.rig.cameras["front_left"])[..., 0])
    picture = seen.image("front_left", 2)
    assert blind.any() == (name in ("fisheye", "mei"))
    assert (picture.rgb[blind] == 0).all()
    assert (picture.object_id[blind] == -1).all()
    assert (picture.rgb[~blind].max(axis=1) > 20).mean() > 0.98


@pytest.mark.parametrize("name", LENSES)
def test_lenses_can_be_written_and_read(drive: SimulatedDrive, name: str, tmp_path: Path) -> None:
    rig = through(drive, name).rig
    (tmp_path / "rig.toml").write_text(dump_rig(rig, "simulated"))
    camera: Camera = load_rig(tmp_path / "rig.toml").cameras["front_left"]
    pixels = np.array([[100.0, 80.0], [160, 100], [200, 130]])
    expected = rig.cameras["front_left"].model.unproject(pixels)
    np.testing.assert_array_equal(camera.model.unproject(pixels), expected)


def test_a_lens_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="lens: expected one of pinhole, fisheye"):
        SimulationConfig(lens="telescope")
