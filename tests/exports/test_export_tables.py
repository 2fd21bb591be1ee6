"""COCO, CSV and Parquet."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from export_samples import (
    FEW,
    SIZE_PX,
    assert_same_boxes,
    assert_same_tracks,
    boxes,
    round_trip,
    streets,
    write_scene,
)
from hypothesis import given

from avlabel.errors import ReadError
from avlabel.exchange.export import export_scene
from avlabel.exchange.importing import import_labels
from avlabel.exchange.options import ExportOptions, ImportOptions
from avlabel.scenes.scene import Scene

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exports.md"
LABELS_ONLY = ExportOptions(points=False, images=False)


@FEW
@given(objects=streets())
@pytest.mark.parametrize("format_name", ["csv", "parquet"])
def test_any_street_comes_back(
    tmp_path_factory: pytest.TempPathFactory, format_name: str, objects
) -> None:
    root = tmp_path_factory.mktemp("any")
    scene = write_scene(root, boxes(objects), media=False)
    blank = write_scene(root, boxes([]), media=False)
    went, came, labels = round_trip(scene, blank, format_name, root / "out")
    assert went.account.n_left_out == came.account.n_left_out == 0
    assert_same_boxes(labels, scene.labels(), m=1e-8, rad=1e-6)
    assert_same_tracks(labels, scene.labels())
    assert labels.timestamp_ns.tolist() == scene.labels().timestamp_ns.tolist()
    notes = blank.resolved().attributes
    told = {note.values["import_score"] for note in notes if "import_score" in note.values}
    assert told == {round(float(score), 6) for score in scene.labels().score}


@pytest.mark.parametrize("format_name", ["csv", "parquet"])
def test_an_export_into_its_own_scene_changes_nothing(
    street: Scene, tmp_path: Path, format_name: str
) -> None:
    export_scene(street, format_name, tmp_path / "out", LABELS_ONLY)
    report = import_labels(street, tmp_path / "out", format_name, dry_run=True)
    assert (report.merged.n_same, report.merged.drafts) == (12, ())


def test_csv_holds_the_recordings_own_world_and_the_ego_frame(
    street: Scene, tmp_path: Path
) -> None:
    export_scene(street, "csv", tmp_path / "out", LABELS_ONLY)
    rows = list(csv.DictReader((tmp_path / "out/cuboids.csv").read_text().splitlines()))
    car = next(row for row in rows if row["track_id"] == "10")
    world = street.labels().center[street.labels().track_id == 10][0] + [500_000, 4_000_000, 12]
    assert [float(car[name]) for name in ("x_m", "y_m", "z_m")] == world.tolist()
    ego = [float(car[name]) for name in ("ego_x_m", "ego_y_m", "ego_z_m", "ego_yaw_rad")]
    np.testing.assert_allclose(ego, [12.0, 1.0, 0.8, 0.1], atol=1e-6)
    assert float(car["num_points"]) >= 3


def test_a_table_of_ones_own_needs_few_columns(blank: Scene, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        "timestamp_ns,track_id,category,ego_x_m,ego_y_m,ego_z_m,ego_yaw_rad,"
        "length_m,width_m,height_m,colour\n"
        f"{blank.frames.ref_ns[1] + 20_000_000},A7,car,10,0,1,0.5,4,2,1.5,red\n"
        f"{blank.frames.ref_ns[1] + 900_000_000},A7,car,10,0,1,0.5,4,2,1.5,red\n"
    )
    report = import_labels(blank, file, "csv")
    assert len(report.account.left_out["no such frame in the scene"]) == 1
    labels = blank.labels()
    assert labels.frame_idx.tolist() == [37]
    ego = labels.moved(blank.frames.world_from_ego[1].inverse(), "ego")
    np.testing.assert_allclose(ego.boxes, [[10, 0, 1, 4, 2, 1.5, 0.5]], atol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("track_id", "object"), "expected a column 'track_id', got frame_idx"),
        (("car", "tank"), r"line 2: class 'tank'"),
        (("\n36,", "\n36.5,"), r"line 2: frame_idx: expected a whole number, got '36.5'"),
        (("\n36,", "\n36,1,"), r"line 2: expected 27 values, got 28"),
        ((",4.4,", ",-4.4,"), r"line 2: expected a size of more than 0"),
        ((",4.4,", ",wide,"), r"line 2: length_m: expected a number, got 'wide'"),
        (("11,pedestrian", "10,pedestrian"), r"line 3: object '10' has a second box"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(
    street: Scene, blank: Scene, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    export_scene(street, "csv", tmp_path / "out", LABELS_ONLY)
    file = tmp_path / "out" / "cuboids.csv"
    text = file.read_text().replace('"', "").replace(",4.400000095367432,", ",4.4,")
    text = re.sub(r",\{\}", ",", text)
    assert change[0] in text
    file.write_text(text.replace(*change, 1))
    with pytest.raises(ReadError, match=message):
        import_labels(blank, file, "csv")


def test_coco_rectangles_are_the_projections(street: Scene, tmp_path: Path) -> None:
    report = export_scene(street, "coco", tmp_path / "out")
    told = json.loads((tmp_path / "out/annotations/instances.json").read_text())
    assert len(told["images"]) == 6
    for image in told["images"]:
        assert (tmp_path / "out" / "images" / image["file_name"]).is_file()
    images = {image["id"]: image for image in told["images"]}
    names = {category["id"]: category["name"] for category in told["categories"]}
    by_camera = {
        (images[a["image_id"]]["camera"], a["track_id"]): names[a["category_id"]]
        for a in told["annotations"]
    }
    assert by_camera == {("front", 10): "car", ("front", 11): "pedestrian", ("left", 12): "truck"}
    for a in told["annotations"]:
        x, y, width, height = a["bbox"]
        assert 0.5 <= x < x + width <= SIZE_PX[0] - 0.5 + 1e-6
        assert 0.5 <= y < y + height <= SIZE_PX[1] - 0.5 + 1e-6
        assert abs(a["area"] - width * height) < 0.01
    # The bicycle is behind both cameras.
    assert {row["track_id"] for row in report.account.left_out["in no image"]} == {13}


def test_coco_of_one_camera_without_images(street: Scene, tmp_path: Path) -> None:
    options = ExportOptions(camera="left", images=False)
    report = export_scene(street, "coco", tmp_path / "out", options)
    told = json.loads((tmp_path / "out/annotations/instances.json").read_text())
    assert {image["file_name"].split("/")[0] for image in told["images"]} == {"left"}
    assert not (tmp_path / "out" / "images").exists()
    assert report.n_boxes == 3


def test_pycocotools_reads_it(street: Scene, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    export_scene(street, "coco", tmp_path / "out", ExportOptions(images=False))
    read = coco.COCO(str(tmp_path / "out/annotations/instances.json"))
    (truck,) = read.getCatIds(catNms=["truck"])
    assert len(read.getAnnIds(catIds=[truck])) == 3


def one_liners(language: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8").split("## parquet", 1)[1].split("\n## ", 1)[0]
    return [
        code for kind, code in re.findall(r"```(\w+)\n(.*?)```", text, re.S) if kind == language
    ]


def test_the_pages_sql_runs(street: Scene, tmp_path: Path, monkeypatch) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    export_scene(street, "parquet", tmp_path / "labels")
    monkeypatch.chdir(tmp_path)
    (script,) = one_liners("sql")
    results = [duckdb.sql(query).fetchall() for query in script.split(";") if query.strip()]
    assert results[0] == [("bicycle", 3), ("car", 3), ("pedestrian", 3), ("truck", 3)]
    assert all(results)


def test_the_pages_polars_runs(street: Scene, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("polars", reason="Polars is not installed")
    export_scene(street, "parquet", tmp_path / "labels")
    monkeypatch.chdir(tmp_path)
    (script,) = one_liners("python")
    names: dict[str, object] = {}
    exec(script, names)  # noqa: S102
    assert len(names["speeds"]) == 4  # type: ignore[arg-type]


def test_parquet_tables_join(street: Scene, tmp_path: Path) -> None:
    export_scene(street, "parquet", tmp_path / "out", LABELS_ONLY)
    tables = {file.stem: pq.read_table(file) for file in (tmp_path / "out").glob("*.parquet")}
    assert set(tables) == {"cuboids", "tracks", "projections", "frames", "sensors"}
    joined = tables["projections"].drop("corners_px").join(tables["cuboids"], "cuboid_id")
    assert len(joined) == len(tables["projections"]) == 9
    assert set(joined.column("sensor_id").to_pylist()) == {"front", "left"}
    assert tables["tracks"].column("category").to_pylist() == [
        "car",
        "pedestrian",
        "truck",
        "bicycle",
    ]


def test_a_parquet_file_that_is_none_is_refused(blank: Scene, tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    file.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ReadError, match=r"x\.parquet: not a Parquet file"):
        import_labels(blank, file, "parquet", ImportOptions())
