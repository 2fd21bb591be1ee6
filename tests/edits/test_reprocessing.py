"""Label, edit, change the configuration, label again: what people did is still there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import avlabel
from avlabel.core.configs import to_toml
from avlabel.core.cuboids import Source
from avlabel.core.se3 import quat_from_yaw
from avlabel.edits import compose
from avlabel.edits.model import PutBoxes
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log

FRAMES = (0, 10)


def other_config():
    """The rules instead of the network, short memory and a stricter choice: other tracks."""
    config = PipelineConfig()
    return replace(
        config,
        detect=replace(config.detect, network=False),
        track=replace(config.track, filter=replace(config.track.filter, coast_s=0.3)),
        refine=replace(config.refine, score=replace(config.refine.score, min_score=0.35)),
    )


@pytest.fixture(scope="module")
def labelled(sample_drive, tmp_path_factory):
    """The drive labelled with the one configuration, and with the other."""
    roots = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    log = open_log(sample_drive, "native")
    for root, config in zip(roots, (PipelineConfig(), other_config()), strict=True):
        label_log(log, root, config, first=FRAMES[0], last=FRAMES[1])
    return roots


@pytest.fixture
def reviewed(labelled, tmp_path):
    """The first labels, reviewed by two people."""
    root = tmp_path / "scenes"
    shutil.copytree(labelled[0], root)
    review(avlabel.open_scene(root))
    return root


def review(scene):
    auto = scene.cuboids()
    near = auto.select(auto.frame_idx == 5)
    order = np.argsort(np.linalg.norm(near.center[:, :2], axis=1))
    tracks = near.track_id[order].tolist()
    weak = scene.tracks().track_id[np.argsort(scene.tracks().score)[:3]].tolist()
    strong = [track for track in tracks if track not in weak][:8]
    with scene.edit_log("ann") as ann, scene.edit_log("bob") as bob:

        def do(log, compose_one, *arguments, **options):
            return log.append(compose_one(scene.resolved(), *arguments, **options))[0]

        def row(track, frame=None):
            rows = compose.rows_of(scene.resolved(), track)
            frames = scene.resolved().cuboids.frame_idx[rows]
            return int(rows[len(rows) // 2] if frame is None else rows[frames == frame][0])

        moved = auto.center[row(strong[0], 5)] + [0.3, -0.2, 0.0]
        do(ann, compose.set_box, row(strong[0], 5), center=moved)
        size = auto.size_lwh[row(strong[1])] * 1.2
        do(ann, compose.set_box, row(strong[1]), size_lwh=size, name="resize", scope="track")
        turned = quat_from_yaw(auto.yaw[row(strong[2])] + np.pi)
        do(bob, compose.set_box, row(strong[2]), quat_wxyz=turned, name="flip", scope="onward")
        for frame in (2, 7):
            box = {"center": [5.0 + frame, 25, 0.8], "quat_wxyz": [1, 0, 0, 0]}
            key = scene.edits().edits[-1].change.after[0].track if frame == 7 else None
            do(bob, compose.add_box, frame_idx=frame, category="car", size_lwh=[4.5, 1.9, 1.6],
               track=key, **box)  # fmt: skip
        do(ann, compose.delete_track, strong[3])
        do(ann, compose.set_category, strong[4], "truck")
        do(ann, compose.split, strong[5], 5)
        do(bob, compose.merge, strong[6], strong[7])
        do(ann, compose.decide, "accept", strong[0], text="checked")
        do(bob, compose.comment, "is this one?", strong[1])
        for track in weak:
            do(ann, compose.set_box, row(track), name="confirm")
        mistake = do(bob, compose.delete_track, strong[0])
        do(bob, lambda _seen: compose.undo(mistake))


def set_by_people(scene):
    return [
        (box.frame_idx, *box.center, *box.quat_wxyz, *np.float32(box.size_lwh).tolist())
        for edit in scene.edits().active
        if isinstance(edit.change, PutBoxes)
        for box in edit.change.after
    ]


def human_boxes(resolved):
    human = resolved.cuboids.select(resolved.cuboids.source == Source.HUMAN)
    columns = [human.frame_idx[:, None], human.center, human.quat_wxyz, human.size_lwh]
    return [tuple(row) for row in np.concatenate(columns, axis=1).tolist()]


def test_every_box_set_by_a_person_survives_new_tracks(reviewed, sample_drive):
    scene = avlabel.open_scene(reviewed)
    before, wanted = scene.resolved(), set_by_people(scene)
    assert before.conflicts == ()
    assert len(wanted) == 8
    assert sorted(human_boxes(before)) == sorted(wanted)
    log = open_log(sample_drive, "native")
    result = label_log(log, reviewed, other_config(), first=FRAMES[0], last=FRAMES[1])
    assert result.committed
    again = avlabel.open_scene(reviewed)
    after = again.resolved()
    assert again.number == 2
    # The labels are others indeed.
    assert len(again.tracks()) < len(scene.tracks())
    assert not np.array_equal(again.tracks().track_id, scene.tracks().track_id)
    assert sorted(human_boxes(after)) == sorted(wanted)
    # What nothing fits to is listed, with where it was.
    lost = [conflict for conflict in after.conflicts if conflict.rule == "no-match"]
    assert lost
    assert all(c.track_id >= 0 and c.center is not None for c in lost)
    slots = np.column_stack([after.cuboids.frame_idx, after.cuboids.track_id])
    assert len(np.unique(slots, axis=0)) == len(slots)
    # Moved boxes replaced those that the new labels have there.
    matched = after.auto_row[after.cuboids.source == Source.HUMAN] >= 0
    assert np.count_nonzero(matched) >= 3


def test_labels_made_again_the_same_way_show_what_the_editors_saw(reviewed, sample_drive):
    before = avlabel.open_scene(reviewed).resolved()
    log = open_log(sample_drive, "native")
    label_log(log, reviewed, PipelineConfig(), first=FRAMES[0], last=FRAMES[1], force=True)
    again = avlabel.open_scene(reviewed)
    after = again.resolved()
    assert again.number == 2
    assert after.conflicts == ()
    for name in ("frame_idx", "timestamp_ns", "category", "center", "size_lwh", "source"):
        got, expected = getattr(after.cuboids, name), getattr(before.cuboids, name)
        np.testing.assert_array_equal(got, expected, err_msg=name)
    np.testing.assert_allclose(after.cuboids.quat_wxyz, before.cuboids.quat_wxyz, atol=1e-12)


def run(*arguments):
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "avlabel", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_commands_tell_of_edits_and_take_them(reviewed, labelled, sample_drive, tmp_path):
    first, second = json.loads(run("edits", reviewed, "--json").stdout), run("edits", reviewed)
    assert [edit["holds"] for edit in first["edits"]].count(False) == 2
    assert first["cuboids"]["human"] == 8
    assert "checked" in second.stdout
    assert "(undone)" in second.stdout
    facts = json.loads(run("info", reviewed, "--json").stdout)["edits"]
    assert facts == {
        "count": 16, "hold": 14, "authors": ["ann", "bob"], "human_boxes": 8, "conflicts": 0,
        "torn": 0,
    }  # fmt: skip
    truth = ("--truth", sample_drive, "--format", "native", "--json")
    plain = run("evaluate", labelled[0], *truth).stdout
    assert run("evaluate", reviewed, *truth, "--labels", "auto").stdout == plain
    assert run("evaluate", reviewed, *truth).stdout != plain
    assert run("edits", labelled[0]).stdout == "no edits\n"


def test_labelling_again_says_what_became_of_edits(reviewed, sample_drive, tmp_path):
    (tmp_path / "other.toml").write_text(to_toml(other_config()))
    done = run(
        "label", sample_drive, "--format", "native", "--out", reviewed, "--frames", "0:10",
        "--config", tmp_path / "other.toml",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"14 edits laid onto the new labels: \d+ conflicts", done.stderr)


def test_what_others_wrote_does_not_steer_the_terminal(reviewed):
    scene = avlabel.open_scene(reviewed)
    with scene.edit_log("eve\x1b[2J") as log:
        log.append(compose.comment(scene.resolved(), "\x1b]0;title\x07[bold]look[/bold]"))
    done = run("edits", reviewed)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "[bold]look[/bold]" in done.stdout


def test_a_damaged_log_is_said_in_one_line(reviewed):
    scene = next(Path(reviewed).iterdir())
    log = min((scene / "edits").iterdir())
    log.write_bytes(log.read_bytes() + b'{"version":"1.0"}\n')
    done = run("edits", reviewed)
    assert done.returncode == 1
    assert done.stderr.startswith(f"avlabel: error: {log}: line ")
    assert done.stderr.count("\n") == 1
