"""Labels of real recordings: theirs in, ours out, and the same as what they published."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from export_samples import assert_same_boxes, tracks_of

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.log import Log
from avlabel.core.taxonomy import default_taxonomy
from avlabel.exchange.export import export_scene
from avlabel.exchange.importing import import_labels
from avlabel.exchange.options import ExportOptions, ImportOptions
from avlabel.readers.pandaset_labels import LEAVES
from avlabel.readers.registry import open_log
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.scene import Scene, open_scene
from avlabel.scenes.writer import SceneWriter

N_FRAMES = 4
FIRST_OF_PANDASET = 36
SEQUENCE = ImportOptions(sequence="0000")
LABELS_ONLY = ExportOptions(points=False, images=False)


def scene_of(log: Log, root: Path, name: str, cuboids: Cuboids) -> Scene:
    """A scene of the first frames of a recording, without points and images."""
    index = log.sweeps
    numbers, ref_ns = index.frame_idx[:N_FRAMES], index.ref_ns[:N_FRAMES]
    frames = Frames(numbers, ref_ns, log.trajectory.at(ref_ns))
    info = SceneInfo(log.log_id, np.zeros(3), default_taxonomy(), (), "", {})
    with SceneWriter(root, name, info=info, input_hash="a", config_hash="b") as writer:
        writer.write_rig(log.rig)
        writer.write_trajectory(log.trajectory)
        writer.write_frames(frames)
        writer.write_cuboids(cuboids)
        writer.write_tracks(tracks_of(cuboids))
        writer.commit(stage_ms={})
    return open_scene(root / f"scene_id={name}")


def truth_of(log: Log) -> Cuboids:
    truth = log.read_truth()
    assert truth is not None
    return truth.cuboids.select(np.isin(truth.cuboids.frame_idx, log.sweeps.frame_idx[:N_FRAMES]))


@pytest.fixture(scope="module")
def kitti(shared_data: Path) -> Log:
    return open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")


def test_kitti_labels_come_in_as_the_reader_has_them(
    kitti: Log, shared_data: Path, tmp_path: Path
) -> None:
    scene = scene_of(kitti, tmp_path, "blank", Cuboids.empty("world"))
    report = import_labels(scene, shared_data / "kitti-tracking", "kitti-tracking", SEQUENCE)
    assert report.account.left_out.keys() == {"DontCare region", "no such frame in the scene"}
    assert_same_boxes(scene.labels(), truth_of(kitti), m=1e-6, rad=1e-6)


def test_kitti_labels_go_out_as_they_were_published(
    kitti: Log, shared_data: Path, tmp_path: Path
) -> None:
    cuboids = truth_of(kitti)
    scene = scene_of(kitti, tmp_path, "labelled", cuboids)
    report = export_scene(scene, "kitti-tracking", tmp_path / "out", LABELS_ONLY)
    assert report.n_boxes == len(cuboids)
    ours = rows(tmp_path / "out/training/label_02/0000.txt")
    theirs = rows(shared_data / "kitti-tracking/training/label_02/0000.txt")
    for key, row in ours.items():
        # Camera 2 stands for camera 0, 0.06 m beside it.
        expected = theirs[key][7:].copy()
        expected[3] += 0.06
        np.testing.assert_allclose(row[7:13], expected[:6], atol=0.02)
        assert abs((row[13] - expected[6] + np.pi) % (2 * np.pi) - np.pi) < 0.02
    # Their rectangles were drawn by people, around what they saw.
    overlaps = [overlap(row[3:7], theirs[key][3:7]) for key, row in ours.items()]
    assert np.median(overlaps) > 0.8


def rows(file: Path) -> dict[tuple[int, int], np.ndarray]:
    """Numbers of labels by frame and track, regions left out."""
    words = [line.split() for line in file.read_text().splitlines()]
    kept = [row for row in words if row[2] != "DontCare"]
    return {(int(row[0]), int(row[1])): np.array(row[3:], float) for row in kept}


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    both = float(np.prod(np.clip(high - low, 0, None)))
    return both / (float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - both)


def test_pandaset_cuboids_are_scales(shared_data: Path, tmp_path: Path) -> None:
    """PandaSet was labelled by Scale: its cuboids, as a task answers them, must fit its reader."""
    recording = shortened(shared_data / "pandaset" / "002", tmp_path / "002")
    log = open_log(recording, "pandaset")
    folder = recording / "annotations" / "cuboids"
    answer = []
    for number in log.sweeps.frame_idx[:N_FRAMES].tolist():
        table = pd.read_pickle(folder / f"{number:02d}.pkl.gz")  # noqa: S301
        mine = table[table["cuboids.sensor_id"].isin([-1, 0])]
        answer.append({"cuboids": [as_answered(row) for row in mine.to_dict("records")]})
    (tmp_path / "cuboids.json").write_text(json.dumps(answer))
    scene = scene_of(log, tmp_path, "blank", Cuboids.empty("world"))
    names = {one["label"] for frame in answer for one in frame["cuboids"]}
    options = ImportOptions(classes={name: LEAVES.get(name, "unknown") for name in names})
    import_labels(scene, tmp_path / "cuboids.json", "scale", options)
    assert_same_boxes(scene.labels(), truth_of(log), m=1e-5, rad=1e-6)


def shortened(recording: Path, to: Path) -> Path:
    """The recording's first frames, as links: its truth counts points in every sweep."""
    for file in recording.rglob("*"):
        number = file.name.partition(".")[0]
        wanted = not number.isdigit() or int(number) < FIRST_OF_PANDASET + N_FRAMES
        if file.is_file() and wanted:
            link = to / file.relative_to(recording)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    calibration = recording.parent / "static_extrinsic_calibration.yaml"
    (to.parent / calibration.name).symlink_to(calibration)
    return to


def as_answered(row: dict) -> dict:
    return {
        "uuid": row["uuid"],
        "label": row["label"],
        "yaw": row["yaw"],
        "position": {axis: row[f"position.{axis}"] for axis in "xyz"},
        "dimensions": {axis: row[f"dimensions.{axis}"] for axis in "xyz"},
    }
