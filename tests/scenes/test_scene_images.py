"""Images by reference into the recording, or embedded in the scene."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import scene_samples as samples

import avlabel
from avlabel.errors import ReadError, SceneCorruptError, SceneNotFoundError
from avlabel.scenes.images import Shrink, decode
from avlabel.scenes.options import StoreConfig

EMBED = StoreConfig(embed_images=True)
RED = np.broadcast_to(np.array([255, 0, 0], np.uint8), (2, 4, 3))


@pytest.mark.parametrize("config", [StoreConfig(), EMBED])
def test_an_image_comes_back_as_rgb(tmp_path: Path, recording: Path, config: StoreConfig) -> None:
    samples.write_sample(tmp_path / "root", source=recording, config=config)
    scene = avlabel.open_scene(tmp_path / "root")
    image = scene.image(7, "front")
    assert image is not None
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, RED)
    assert scene.image(8, "front") is None
    assert scene.cameras == ["front"]


def test_exposures_are_read_without_the_images(tmp_path: Path, recording: Path) -> None:
    path = samples.write_sample(tmp_path / "root", source=recording, config=EMBED)
    file = next(Path(path).rglob("front.parquet"))
    content = file.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    pages = content[:-footer].replace(b"\x89PNG", b"\x89PNX")
    file.write_bytes(pages + content[-footer:])
    scene = avlabel.open_scene(path)
    assert list(scene.exposures_ns("front")) == [7]
    with pytest.raises(SceneCorruptError):
        scene.image(7, "front")
    with pytest.raises(SceneNotFoundError, match="no camera 'side'"):
        scene.exposures_ns("side")


@pytest.mark.parametrize("config", [StoreConfig(), EMBED])
def test_an_image_is_shrunk_and_still_checked(
    tmp_path: Path, recording: Path, config: StoreConfig
) -> None:
    samples.write_sample(tmp_path / "root", source=recording, config=config)
    scene = avlabel.open_scene(tmp_path / "root")
    image = scene.image(7, "front", 2)
    assert image is not None
    np.testing.assert_array_equal(image, RED[:1, :2])
    if config is not EMBED:
        (recording / "camera" / "7.png").write_bytes(samples.png_bytes() + b" ")
        with pytest.raises(ReadError, match="has changed"):
            scene.image(7, "front", 2)


@pytest.mark.parametrize("shrink", [2, 4, 8])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_shrunk_image_is_the_whole_one_made_smaller(suffix: str, shrink: Shrink) -> None:
    across, down = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 32))
    rgb = np.stack([across, down, 255 - across], axis=2).astype(np.uint8)
    encoded = cv2.imencode(suffix, rgb[..., ::-1])[1].tobytes()
    small = decode(encoded, "image", (64, 32), shrink)
    assert small.shape == (32 // shrink, 64 // shrink, 3)
    means = rgb.reshape(32 // shrink, shrink, 64 // shrink, shrink, 3).mean(axis=(1, 3))
    assert np.abs(small - means).max() < 8


def test_embedded_images_need_no_recording(tmp_path: Path) -> None:
    samples.write_sample(tmp_path, source="gone", config=EMBED)
    assert avlabel.open_scene(tmp_path).image(7, "front") is not None


def test_embedded_images_lie_one_a_row_group_unpacked(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path, config=EMBED) as writer:
        samples.write_required(writer)
        for frame_idx in samples.FRAMES:
            samples.write_image(writer, frame_idx)
        writer.commit()
    path = next(tmp_path.glob("*/data/*/images/front.parquet"))
    metadata = pq.read_metadata(path)
    assert metadata.num_row_groups == 3
    assert samples.png_bytes() in path.read_bytes()
    assert avlabel.open_scene(tmp_path).image(9, "front") is not None


def test_a_moved_recording_is_found_again(tmp_path: Path, recording: Path) -> None:
    samples.write_sample(tmp_path / "root", source=recording)
    moved = recording.rename(tmp_path / "elsewhere")
    with pytest.raises(ReadError, match=r"camera/7\.png: cannot be read.*source_root"):
        avlabel.open_scene(tmp_path / "root").image(7, "front")
    scene = avlabel.open_scene(tmp_path / "root", source_root=moved)
    assert scene.image(7, "front") is not None


def test_a_changed_image_is_noticed(scene_path: Path, recording: Path) -> None:
    (recording / "camera" / "7.png").write_bytes(samples.png_bytes() + b" ")
    with pytest.raises(ReadError, match=r"camera/7\.png: has changed since"):
        avlabel.open_scene(scene_path).image(7, "front")


def test_a_uri_must_stay_in_the_recording(tmp_path: Path, recording: Path) -> None:
    (tmp_path / "secret.png").write_bytes(samples.png_bytes())
    for uri in ("../secret.png", str(tmp_path / "secret.png")):
        root = tmp_path / uri.replace("/", "_")
        with samples.open_writer(root, source=recording) as writer:
            samples.write_required(writer)
            samples.write_image(writer, uri=uri)
            writer.commit()
        with pytest.raises(SceneCorruptError, match="leads out of its folder"):
            avlabel.open_scene(root).image(7, "front")


def test_bytes_that_are_no_image(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path, config=EMBED) as writer:
        samples.write_required(writer)
        writer.write_image(
            frame_idx=7,
            camera="front",
            timestamp_ns=samples.T0,
            dt_to_ref_ns=0,
            size_px=(4, 2),
            uri="camera/7.png",
            encoded=b"no image",
        )
        writer.commit()
    with pytest.raises(ReadError, match="not an image that can be decoded"):
        avlabel.open_scene(tmp_path).image(7, "front")


def test_a_scene_that_names_no_recording(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path, source="") as writer:
        samples.write_required(writer)
        samples.write_image(writer)
        writer.commit()
    with pytest.raises(ReadError, match="does not say where its recording lies"):
        avlabel.open_scene(tmp_path).image(7, "front")


def test_a_wrong_camera_suggests_the_nearest(scene_path: Path) -> None:
    with pytest.raises(SceneNotFoundError, match="no camera 'frnt'; did you mean 'front'"):
        avlabel.open_scene(scene_path).image(7, "frnt")


def test_a_camera_without_images(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        samples.write_required(writer)
        writer.commit()
    scene = avlabel.open_scene(tmp_path)
    assert scene.image(7, "front") is None
    assert scene.cameras == []
