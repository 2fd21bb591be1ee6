"""The report of a check."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from avlabel.cli.main import cli
from avlabel.errors import InputError
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.mounting import in_image
from avlabel_calibration.check.run import Checked
from avlabel_calibration.check.verdict import Verdict
from avlabel_calibration.report.html import page, write_report
from avlabel_calibration.report.overlay import depth_colors, overlay

VOID = {"meta", "img", "line", "circle", "polyline", "br"}


class Balanced(HTMLParser):
    """Fails where a tag is closed that is not open."""

    def __init__(self):
        super().__init__()
        self.open, self.count = [], {}

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):  # noqa: ARG002
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_command_writes_one_page_with_everything_in_it(sample_drive, tmp_path):
    arguments = ["calibrate", "check", str(sample_drive), "--format", "native", "--fast"]
    done = CliRunner().invoke(
        cli, [*arguments, "--report", str(tmp_path / "r")], standalone_mode=False
    )
    assert done.return_value == 0
    text = (tmp_path / "r" / "index.html").read_text()
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert parser.count["img"] == 4
    assert parser.count["svg"] == 14
    assert "Nothing was found wrong" in text
    assert "http" not in text
    encoded = re.search(r"base64,([^']+)'", text).group(1)
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (600, 960, 3)


def test_findings_come_first_and_are_escaped():
    verdicts = (
        Verdict("mirrored", "info", "fine", "not mirrored", "a"),
        Verdict("image-size", "error", "found", "<b>'x' & y", "b<"),
    )
    text = page(Checked(None, verdicts))
    Balanced().feed(text)
    assert "The calibration has errors" in text
    assert "&lt;b&gt;&#x27;x&#x27; &amp; y" in text
    assert text.index("image-size") < text.index("not mirrored")


def test_points_are_drawn_where_they_project(sample_log):
    evidence = Evidence(sample_log)
    camera = sample_log.rig.cameras["front"]
    drawn = overlay(evidence, camera, 3)
    plain = (evidence.image("front", 3) * 0.75).astype(np.uint8)
    points = evidence.points_cam(camera, 3)
    uv, _ = camera.model.project(points[in_image(camera, points)])
    u, v = np.round(uv).astype(int).T
    changed = (drawn != plain).any(axis=2)
    assert changed[v.clip(0, 599), u.clip(0, 959)].mean() > 0.98
    assert changed.mean() < 0.5


def test_near_is_red_and_far_is_blue():
    near, far = depth_colors(np.array([3.0, 80.0])).astype(int)
    assert near[2] > 100 > near[0]
    assert far[0] > far[2] - 20
    assert not np.array_equal(near, far)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"index\.html"):
        write_report(Checked(None, ()), tmp_path / "file" / "r")
