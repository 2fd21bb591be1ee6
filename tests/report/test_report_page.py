"""What a report says."""

from __future__ import annotations

import builtins
import re

import numpy as np
import pytest
from click.testing import CliRunner
from short_drives import shorten

from avlabel.cli.report import command
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ConfigError, EvaluationError
from avlabel.evaluation.report import summarise
from avlabel.evaluation.scene import evaluate_scene
from avlabel.readers.registry import open_log
from avlabel.report.compare import changes
from avlabel.report.cutouts import HEIGHT_PX, Cutouts
from avlabel.report.html import Html, html, table, tag
from avlabel.report.page import write_report
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.scene import open_scene
from avlabel.scenes.writer import SceneWriter

SECTIONS = (
    "What was labelled",
    "Quality against truth",
    "Findings",
    "Calibration, synchronization and recording",
    "Run time",
    "Review",
)
LIMIT_BYTES = 5_000_000


def test_sections_stand_in_order(report):
    assert tuple(re.findall("<h2>(.*?)</h2>", report.read_text())) == SECTIONS


def test_page_is_small_and_asks_for_nothing(report):
    text = report.read_text()
    assert len(text) < LIMIT_BYTES
    assert all(source.startswith("data:") for source in re.findall('src="(.*?)"', text))
    assert "<script" not in text


def test_counts_are_those_of_the_scene(report, labelled):
    cuboids = labelled.labels()
    (row,) = re.findall(r"<tr><td[^>]*><b>all</b></td>(.*?)</tr>", report.read_text())
    cells = [int(n) for n in re.findall(r"<td[^>]*>(\d+)</td>", row)[:4]]
    assert cells[0] == len(cuboids) == cells[2] + cells[3]
    assert cells[1] == len(np.unique(cuboids.track_id))


def test_missed_and_false_are_as_evaluated(report, labelled, hostile_drive):
    log = open_log(hostile_drive, "native")
    classes = summarise(evaluate_scene(labelled, log))["classes"].values()
    scores = [one["all"]["detection"]["center_2m"] for one in classes]
    text = report.read_text()
    assert f"<h3>Missed: {sum(score['fn'] for score in scores)}</h3>" in text
    assert f"<h3>False boxes: {sum(score['fp'] for score in scores)}</h3>" in text


def test_equal_scenes_give_equal_pages(report, labelled, hostile_drive, tmp_path):
    write_report([labelled], tmp_path / "again.html", open_log(hostile_drive, "native"))
    assert (tmp_path / "again.html").read_bytes() == report.read_bytes()


def test_two_scenes_are_compared(labelled, reviewed, hostile_drive, tmp_path):
    page = tmp_path / "both.html"
    write_report([labelled, reviewed], page, open_log(hostile_drive, "native"))
    text = page.read_text()
    assert text.index("What changed") < text.index("<h1>Labels of")
    assert len(re.findall(' id="(.*?)"', text)) == len(set(re.findall(' id="(.*?)"', text)))
    gone = len(labelled.labels()) - len(reviewed.labels())
    assert gone > 0
    head = re.search("<th[^>]*>kept in place.*?</table>", text)
    assert head is not None
    rows = re.findall(r"<tr>(.*?)</tr>", head[0])
    cells = [[int(n) for n in re.findall(r"<td[^>]*>(\d+)</td>", row)] for row in rows]
    assert sum(row[-2] for row in cells if row) == gone
    assert sum(row[-1] for row in cells if row) == 0


def test_review_is_told_with_names_escaped(reviewed, tmp_path):
    write_report([reviewed], tmp_path / "page.html")
    text = tmp_path.joinpath("page.html").read_text()
    assert "<b>1</b>accepted" in text
    assert "&lt;b&gt;ann" in text
    assert '<td class="n">12</td>' in text
    assert "<b>ann" not in text


def test_scene_without_sweeps_boxes_or_images(tmp_path):
    info = SceneInfo("drive", np.zeros(3), default_taxonomy())
    still = SE3(np.eye(3)[None], np.zeros((1, 3)))
    with SceneWriter(tmp_path, "bare", info=info, input_hash="i", config_hash="c") as writer:
        writer.write_rig(Rig({"top": Lidar("top", SE3.identity())}, {}))
        writer.write_trajectory(Trajectory(np.array([0]), still))
        writer.write_frames(Frames(np.array([7], np.int32), np.array([0]), still))
        writer.write_cuboids(Cuboids.empty("world"))
        writer.write_tracks(Tracks.empty())
        writer.write_findings([Finding("image-missing", "warning", "no <front> image", 7)] * 3)
        writer.commit()
    write_report([open_scene(writer.scene_path)], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "The scene has no boxes" in text
    assert re.search("image-missing</td><td[^>]*>3</td><td[^>]*>no &lt;front&gt; image", text)


def test_box_that_no_camera_sees_is_pictured_from_above(labelled):
    cuboids = labelled.labels()
    behind = cuboids.select([int(np.argmin(cuboids.center[:, 0]))])
    drawn = Cutouts(labelled, cuboids).draw(behind)
    assert drawn.shape[0] == HEIGHT_PX
    # The box is outlined in white in the middle.
    assert (drawn == 255).all(axis=2).any()


def boxes_at(*x):
    n = len(x)
    return Cuboids.build(
        "world",
        frame_idx=np.zeros(n, np.int32),
        timestamp_ns=np.zeros(n, np.int64),
        category=np.zeros(n, np.int16),
        center=np.column_stack([x, np.zeros(n), np.zeros(n)]),
        quat_wxyz=np.tile([1.0, 0, 0, 0], (n, 1)),
        size_lwh=np.tile([4.0, 2.0, 1.5], (n, 1)),
    )


def test_changes_pair_what_overlaps_and_nothing_else():
    made = changes(boxes_at(0.0, 10.0, 20.0), boxes_at(21.0, 0.5, 40.0), np.array([0]))
    assert made.both.tolist() == [[0, 1], [2, 0]]
    assert made.gone.tolist() == [1]
    assert made.new.tolist() == [2]


def test_text_is_escaped_once():
    assert html("<a>&") == "&lt;a&gt;&amp;"
    assert html(html("<a>")) == "&lt;a&gt;"
    assert tag("p", "<", title='"') == '<p title="&quot;">&lt;</p>'
    assert 'class="n">12<' in table(("n",), [(12,)])
    assert isinstance(table((), []), Html)


def test_missing_matplotlib_names_the_extra(labelled, tmp_path, monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ConfigError, match=r"avlabel\[report\]"):
        write_report([labelled], tmp_path / "page.html")


def test_truth_of_another_drive_is_refused(labelled, sample_drive, tmp_path):
    other = open_log(shorten(sample_drive, tmp_path / "other", 2, "other"), "native")
    with pytest.raises(EvaluationError, match="truth is of 'other'"):
        write_report([labelled], tmp_path / "page.html", other)
    assert not (tmp_path / "page.html").exists()


def test_command_writes_the_page(labelled, tmp_path):
    out = tmp_path / "new" / "page.html"
    result = CliRunner().invoke(command, [labelled.path, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "No truth was given" in out.read_text()


def test_command_wants_a_format_with_truth(labelled, tmp_path):
    result = CliRunner().invoke(
        command, [labelled.path, "--out", str(tmp_path / "p.html"), "--truth", "drive"]
    )
    assert result.exit_code == 2
    assert "--truth and --format go together" in result.output
