"""What a user's broken recording or mistyped command looks like: one line, never a traceback."""

from __future__ import annotations

import json
import re

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def rewrite(path, change):
    path.write_text(change(path.read_text()))


def replace_column(path, **columns):
    table = pq.read_table(path)
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, pa.array(values, table.schema.field(at).type))
    pq.write_table(table, path)


def with_nan(drive):
    path = drive / "lidar/top/000001.parquet"
    x = pq.read_table(path)["x_m"].to_numpy().copy()
    x[:5], x[5] = np.nan, np.inf
    replace_column(path, x_m=x)


def empty_sweep(drive):
    path = drive / "lidar/top/000001.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)


def wrong_times(drive):
    path = drive / "lidar/top/000001.parquet"
    n = pq.read_table(path).num_rows
    replace_column(path, t_offset_ns=np.linspace(0, 2_000_000_000, n).astype(np.int32))


def truncate(name, keep=0.5):
    def damage(drive):
        content = (drive / name).read_bytes()
        (drive / name).write_bytes(content[: int(len(content) * keep)])

    return damage


def pose_gap(drive):
    def change(text):
        lines = text.splitlines()
        return "\n".join([lines[0], *lines[1:8], *lines[-3:]]) + "\n"

    rewrite(drive / "poses.csv", change)


def short_pose_gap(drive):
    """Poses of 100 Hz with a hole of 0.2 s in the middle of the second sweep."""

    def change(text):
        lines = text.splitlines()
        return "\n".join([*lines[:32], *lines[52:]]) + "\n"

    rewrite(drive / "poses.csv", change)


def drop_times(path):
    pq.write_table(pq.read_table(path).drop_columns(["t_offset_ns"]), path)


SKIPPED = {
    "a truncated sweep": (truncate("lidar/top/000001.parquet"), "sweep-unreadable", [0, 2, 3]),
    "a zero-byte sweep": (truncate("lidar/top/000001.parquet", 0), "sweep-unreadable", [0, 2, 3]),
    "a missing sweep": (
        lambda drive: (drive / "lidar/top/000001.parquet").unlink(),
        "sweep-unreadable",
        [0, 2, 3],
    ),
    "NaN and infinite points": (with_nan, "points-not-finite", [0, 1, 2, 3]),
    "an empty sweep": (empty_sweep, "sweep-empty", [0, 2, 3]),
    "impossible point times": (wrong_times, "sweep-unreadable", [0, 2, 3]),
    "a missing image": (
        lambda drive: (drive / "camera/front/000001.jpg").unlink(),
        "image-unreadable",
        [0, 1, 2, 3],
    ),
    "a truncated image": (truncate("camera/front/000001.jpg"), "image-unreadable", [0, 1, 2, 3]),
    "an image of another size": (
        lambda drive: cv2.imwrite(
            str(drive / "camera/front/000001.jpg"), np.zeros((300, 480, 3), np.uint8)
        ),
        "image-unreadable",
        [0, 1, 2, 3],
    ),
    "a short pose gap": (short_pose_gap, "pose-gap", [0, 1, 2, 3]),
    "points without times": (
        lambda drive: drop_times(drive / "lidar/top/000001.parquet"),
        "points-without-times",
        [0, 1, 2, 3],
    ),
    "an image that is none": (
        lambda drive: (drive / "camera/front/000001.jpg").write_text("not an image"),
        "image-unreadable",
        [0, 1, 2, 3],
    ),
}


@pytest.mark.parametrize("case", SKIPPED)
def test_damaged_part_is_skipped_with_a_finding(case, avlabel, drive, tmp_path):
    damage, rule, frames = SKIPPED[case]
    damage(drive)
    done = avlabel("label", drive, "--format", "native", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    facts = json.loads(avlabel("info", tmp_path / "out", "--json").stdout)
    assert rule in facts["findings"]
    assert facts["frames"]["count"] == len(frames)


REFUSED = {
    "a pose gap over the whole drive": (pose_gap, r"none of its frames|no ego pose|gap"),
    "a rotation that is none": (
        lambda d: rewrite(
            d / "rig.toml", lambda t: t.replace("[1.0, 0.0, 0.0, 0.0]", "[0, 0, 0, 0]")
        ),
        r"rig\.toml.*top.*rotation_wxyz",
    ),
    "a calibration for another camera": (
        lambda d: rewrite(d / "rig.toml", lambda t: t.replace("cameras.front]", "cameras.rear]")),
        r"front.*rig\.toml|rig\.toml.*front|images\.csv.*front",
    ),
    "duplicated sweeps": (
        lambda d: rewrite(d / "sweeps.csv", lambda t: t + t.splitlines()[-1] + "\n"),
        r"sweeps\.csv.*line",
    ),
    "a malformed CSV": (
        lambda d: rewrite(d / "sweeps.csv", lambda t: t + "top,x,y\n"),
        r"sweeps\.csv.*line",
    ),
    "a malformed TOML": (lambda d: rewrite(d / "rig.toml", lambda t: t + "= ="), r"rig\.toml"),
    "bytes that are no UTF-8": (
        lambda d: (d / "log.toml").write_bytes(b"\xff\xfe\x00"),
        r"log\.toml",
    ),
    "a path out of the drive": (
        lambda d: rewrite(d / "sweeps.csv", lambda t: t.replace("lidar/top/000001", "../../x")),
        r"sweeps\.csv: line 3: file: expected a path within the drive",
    ),
    "every sweep unreadable": (
        lambda d: [p.write_bytes(b"") for p in (d / "lidar/top").iterdir()],
        r"none of its frames can be labelled.*000000\.parquet",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_unusable_drive_is_refused_in_one_line(case, avlabel, drive, tmp_path):
    damage, message = REFUSED[case]
    damage(drive)
    done = avlabel("label", drive, "--format", "native", "--out", tmp_path / "out")
    assert done.returncode == 2, done.stdout + done.stderr
    refused_in_one_line(done, message)
    assert not list((tmp_path / "out").rglob("*.json"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["label", "{drive}", "--format", "natve", "--out", "{out}"], 2, "mean 'native'"),
        (["label", "{drive}/none", "--format", "native", "--out", "{out}"], 2, "none"),
        (["label", "{drive}", "--format", "native", "--out", "{out}", "--frames", "9"], 2, "A:B"),
        (["label", "{drive}", "--format", "native", "--out", "{out}", "--frames", "90:95"], 2,
         "none of its frames"),
        (["label", "{drive}", "--format", "native", "--out", "{out}", "--lidar", "x"], 2, "top"),
        (["label", "{drive}", "--format", "native", "--out", "{drive}/log.toml"], 1,
         "cannot write"),
        (["label", "{drive}", "--format", "native", "--out", "/proc/avlabel"], 1, "cannot write"),
        (["label", "{drive}", "--format", "native", "--out", "{out}", "--config", "{out}.toml"], 2,
         "cannot be read"),
        (["label", "{drive}", "--format", "native", "--out", "{out}", "--scene-id", "../x"], 2,
         "scene id '../x'"),
        (["lable"], 2, "mean 'label'"),
        (["info", "{out}"], 2, "out"),
    ],
)  # fmt: skip
def test_mistyped_command_says_what_is_wrong(arguments, code, message, avlabel, drive, tmp_path):
    places = {"drive": drive, "out": tmp_path / "out"}
    done = avlabel(*(argument.format(**places) for argument in arguments))
    assert done.returncode == code, done.stderr
    refused_in_one_line(done, re.escape(message))


def test_debug_shows_the_traceback(avlabel, tmp_path):
    done = avlabel("--debug", "info", tmp_path)
    assert "Traceback" in done.stderr


def refused_in_one_line(done, message):
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith(("avlabel: ", "Error"))]
    assert len(lines) == 1, done.stderr
    assert re.search(message, lines[0]), lines[0]
