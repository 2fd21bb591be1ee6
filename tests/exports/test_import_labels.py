"""Labels that come in: whose they are, what they replace, and what stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from export_samples import STREET, boxes, street_scene, write_scene

from avlabel.core.cuboids import Source
from avlabel.edits import compose
from avlabel.edits.model import Box, Draft, PutBoxes
from avlabel.errors import FormatError, ReadError
from avlabel.exchange.export import export_scene
from avlabel.exchange.importing import import_labels
from avlabel.exchange.options import ExportOptions, ImportOptions
from avlabel.exchange.registry import import_formats
from avlabel.scenes.scene import Scene

FORMAT = "kitti-tracking"
ALL = ExportOptions(keep_unseen=True, images=False, points=False)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return street_scene(tmp_path / "scenes")


def label_file(scene: Scene, out: Path) -> Path:
    export_scene(scene, FORMAT, out, ALL)
    return out / "training" / "label_02" / "0000.txt"


def edit_lines(file: Path, change) -> None:
    rows = [line.split() for line in file.read_text().splitlines()]
    kept = [row for row in map(change, rows) if row]
    file.write_text("".join(" ".join(row) + "\n" for row in kept))


def wider(row: list[str]) -> list[str]:
    if row[1] == "10":
        row[11] = "2.1"
    return row


def test_origin_and_class_of_every_object_stay_known(
    scene: Scene, blank: Scene, tmp_path: Path
) -> None:
    label_file(scene, tmp_path / "out")
    report = import_labels(blank, tmp_path / "out", FORMAT)
    assert (report.merged.n_objects, report.merged.n_matched, report.merged.n_set) == (4, 0, 12)
    seen = blank.resolved()
    assert {edit.author for edit in blank.edits().edits} == {"import:kitti-tracking"}
    assert (seen.cuboids.source == Source.HUMAN).all()
    told = {note.values["import_id"]: note.values["import_class"] for note in seen.attributes}
    assert told == {"10": "Car", "11": "Pedestrian", "12": "Truck", "13": "Cyclist"}
    assert not seen.conflicts


def test_only_what_differs_is_edited(scene: Scene, tmp_path: Path) -> None:
    edit_lines(label_file(scene, tmp_path / "out"), wider)
    report = import_labels(scene, tmp_path / "out", FORMAT)
    assert (report.merged.n_matched, report.merged.n_set, report.merged.n_same) == (4, 3, 9)
    labels = scene.labels()
    assert len(labels) == 12
    car = labels.select(labels.track_id == 10)
    np.testing.assert_allclose(car.size_lwh[:, 1], 2.1)
    assert (car.source == Source.HUMAN).all()
    assert (labels.source[labels.track_id != 10] == Source.AUTO).all()
    # The time that the automatic box had is kept.
    assert (car.timestamp_ns == scene.cuboids().timestamp_ns[scene.cuboids().track_id == 10]).all()


def test_a_persons_box_stays_and_an_earlier_imports_does_not(scene: Scene, tmp_path: Path) -> None:
    file = label_file(scene, tmp_path / "out")
    seen = scene.resolved()
    row = int(compose.rows_of(seen, 10)[1])
    with scene.edit_log("ann") as log:
        log.append(compose.set_box(seen, row, size_lwh=[5.0, 1.9, 1.6], scope="frame"))
    edit_lines(file, wider)
    report = import_labels(scene, tmp_path / "out", FORMAT)
    (why,) = report.account.left_out
    assert why == "a person set this box in the scene"
    (left,) = report.account.left_out[why]
    assert (left["frame_idx"], left["object"]) == (37, "10")
    edit_lines(file, lambda row: [*row[:11], "2.2", *row[12:]] if row[1] == "10" else row)
    import_labels(scene, tmp_path / "out", FORMAT)
    labels = scene.labels()
    car = labels.select(labels.track_id == 10)
    np.testing.assert_allclose(car.size_lwh[:, :2], [[4.4, 2.2], [5.0, 1.9], [4.4, 2.2]], atol=1e-6)
    assert not scene.resolved().conflicts


def test_replace_deletes_what_the_file_lacks(scene: Scene, tmp_path: Path) -> None:
    export_scene(scene, "csv", tmp_path / "out", ALL)
    file = tmp_path / "out" / "cuboids.csv"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if ',12,"truck"' not in line))
    assert import_labels(scene, file, "csv").merged.n_deleted == 0
    report = import_labels(scene, file, "csv", ImportOptions(replace=True))
    assert report.merged.n_deleted == 3
    assert sorted(set(scene.labels().track_id.tolist())) == [10, 11, 13]
    assert len(scene.labels("auto")) == 12


@pytest.mark.parametrize("format_name", ["kitti-tracking", "kitti-object"])
def test_labels_of_one_cameras_view_replace_nothing_beyond_it(
    scene: Scene, tmp_path: Path, format_name: str
) -> None:
    export_scene(scene, format_name, tmp_path / "out", ExportOptions(images=False))
    for file in (tmp_path / "out").glob("training/label_*/*.txt"):
        edit_lines(file, lambda row: [] if "Pedestrian" in row else row)
    report = import_labels(scene, tmp_path / "out", format_name, ImportOptions(replace=True))
    # The pedestrian ahead is gone; what is beside the car and behind it is not KITTI's to say.
    assert report.merged.n_deleted == 3
    assert sorted(set(scene.labels().track_id.tolist())) == [10, 12, 13]


def test_doubles_of_a_broken_track_make_way(tmp_path: Path) -> None:
    """The file has one object where the scene has two tracks one after the other."""
    whole = boxes(STREET[:1])
    broken = boxes(STREET[:1])
    broken.track_id[:] = [10, 11, 11]
    file = label_file(write_scene(tmp_path, whole), tmp_path / "out")
    edit_lines(file, lambda row: [*row[:11], "2.1", *row[12:]])
    scene = write_scene(tmp_path, broken)
    report = import_labels(scene, tmp_path / "out", FORMAT)
    assert (report.merged.n_set, report.merged.n_deleted) == (3, 1)
    labels = scene.labels()
    assert labels.track_id.tolist() == [11, 11, 11]
    np.testing.assert_allclose(labels.size_lwh[:, 1], 2.1)


def test_between_fills_what_a_sparse_file_leaves_open(scene: Scene, blank: Scene, tmp_path) -> None:
    file = label_file(scene, tmp_path / "out")
    edit_lines(file, lambda row: row if row[0] != "37" else [])
    import_labels(blank, tmp_path / "out", FORMAT, ImportOptions(scope="between"))
    labels = blank.labels()
    assert len(labels) == 12
    assert labels.source[labels.frame_idx == 37].tolist() == [Source.INTERPOLATED] * 4


def test_a_dry_run_and_a_repetition_write_nothing(
    scene: Scene, blank: Scene, tmp_path: Path
) -> None:
    label_file(scene, tmp_path / "out")
    assert import_labels(blank, tmp_path / "out", FORMAT, dry_run=True).merged.n_set == 12
    assert not blank.edits().edits
    import_labels(blank, tmp_path / "out", FORMAT)
    count = len(blank.edits().edits)
    again = import_labels(blank, tmp_path / "out", FORMAT)
    assert (again.merged.n_set, again.merged.n_same) == (0, 12)
    assert len(blank.edits().edits) == count


def test_unknown_classes_are_named_and_can_be_mapped(
    scene: Scene, blank: Scene, tmp_path: Path
) -> None:
    def renamed(row: list[str]) -> list[str]:
        return [*row[:2], {"Car": "Auto", "Truck": "LKW"}.get(row[2], row[2]), *row[3:]]

    edit_lines(label_file(scene, tmp_path / "out"), renamed)
    with pytest.raises(ReadError, match=r"frame 36, object 10: class 'Auto'.*--class 'Auto=car'"):
        import_labels(blank, tmp_path / "out", FORMAT)
    wrong = ImportOptions(classes={"Auto": "car", "LKW": "lorry"})
    with pytest.raises(ReadError, match="class 'LKW=lorry': expected a class out of car"):
        import_labels(blank, tmp_path / "out", FORMAT, wrong)
    options = ImportOptions(classes={"Auto": "car", "LKW": ""})
    report = import_labels(blank, tmp_path / "out", FORMAT, options)
    assert len(report.account.left_out["class left out"]) == 3
    assert len(blank.labels()) == 9


def test_what_is_not_there_is_named(blank: Scene, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file or folder"):
        import_labels(blank, tmp_path / "nothing", FORMAT)
    with pytest.raises(FormatError, match="expected one of"):
        import_labels(blank, tmp_path, "fbx")
    with pytest.raises(ReadError, match="expected a folder 'label_02'"):
        import_labels(blank, tmp_path, FORMAT)


def test_frames_that_the_scene_lacks_are_listed(scene: Scene, blank: Scene, tmp_path: Path) -> None:
    file = label_file(scene, tmp_path / "out")
    edit_lines(file, lambda row: [str(int(row[0]) + 1), *row[1:]])
    report = import_labels(blank, tmp_path / "out", FORMAT)
    rows = report.account.left_out["no such frame in the scene"]
    assert all("frame 39" in row["where"] for row in rows)
    assert [row["object"] for row in rows] == ["10", "11", "12", "13"]
    assert len(blank.labels()) == 8


def test_a_coarser_name_leaves_the_scenes_class_alone(tmp_path: Path) -> None:
    """KITTI calls both cyclists; a person who says which is right is obeyed."""
    size = (2.0, 0.8, 1.6)
    scene = write_scene(tmp_path, boxes([("motorcycle", (12.0, 0.0, 0.8), 0.0, size)]))
    edit_lines(label_file(scene, tmp_path / "out"), lambda row: [*row[:11], "0.9", *row[12:]])
    options = ImportOptions(classes={"Cyclist": "bicycle"})
    told = import_labels(scene, tmp_path / "out", FORMAT, options, dry_run=True)
    assert {box.category for d in told.merged.drafts for box in boxes_set(d)} == {"bicycle"}
    import_labels(scene, tmp_path / "out", FORMAT)
    labels = scene.labels()
    assert [scene.taxonomy.leaves[code] for code in labels.category] == ["motorcycle"] * 3
    np.testing.assert_allclose(labels.size_lwh[:, 1], 0.9)


def boxes_set(draft: Draft) -> tuple[Box, ...]:
    return draft.change.after if isinstance(draft.change, PutBoxes) else ()


def test_results_bring_their_scores(scene: Scene, blank: Scene, tmp_path: Path) -> None:
    file = label_file(scene, tmp_path / "out")
    edit_lines(file, lambda row: [*row, "0.25" if row[1] == "10" else "1.0"])
    import_labels(blank, tmp_path / "out", FORMAT)
    told = [note.values.get("import_score") for note in blank.resolved().attributes]
    assert [score for score in told if score is not None] == [0.25] * 3


def test_reviewed_labels_can_be_confirmed(scene: Scene, tmp_path: Path) -> None:
    label_file(scene, tmp_path / "out")
    assert not import_labels(scene, tmp_path / "out", FORMAT).merged.drafts
    options = ImportOptions(confirm=True)
    report = import_labels(scene, tmp_path / "out", FORMAT, options)
    assert (report.merged.n_set, report.merged.n_same) == (12, 0)
    assert (scene.labels().source == Source.HUMAN).all()
    assert not import_labels(scene, tmp_path / "out", FORMAT, options).merged.drafts


@pytest.mark.parametrize("format_name", import_formats())
def test_boxes_without_a_track_stay_beside_what_comes_in(tmp_path: Path, format_name: str) -> None:
    """Edits go by tracks, so that such boxes can neither be taken over nor deleted."""
    cuboids = boxes(STREET)
    lonely = replace(cuboids, track_id=np.where(cuboids.track_id == 11, -1, cuboids.track_id))
    scene = write_scene(tmp_path, lonely)
    export_scene(scene, format_name, tmp_path / "out", ALL)
    options = ImportOptions(replace=True)
    report = import_labels(scene, tmp_path / "out", format_name, options)
    assert (report.merged.n_same, report.merged.n_set, report.merged.n_deleted) == (12, 0, 0)
    assert any("3 boxes of the scene have no track" in note for note in report.account.notes)
    moved = replace(lonely, center=lonely.center + np.array([0.3, 0.0, 0.0]))
    export_scene(write_scene(tmp_path, moved), format_name, tmp_path / "moved", ALL)
    report = import_labels(scene, tmp_path / "moved", format_name, options)
    assert (report.merged.n_set, report.merged.n_deleted) == (12, 0)
    assert len(scene.labels()) == 15
