"""A labelled drive with hostile text in it, its review, and reports about it."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from short_drives import shorten

from avlabel.edits.compose import decide, delete_track
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log
from avlabel.report.page import write_report
from avlabel.scenes.scene import open_scene

FRAMES = 4
HOSTILE = "<script>throw 1</script><img src=http://127.0.0.1:9/x> & 'it'"


@pytest.fixture(scope="session")
def hostile_drive(sample_drive, tmp_path_factory):
    """The first frames of the sample drive; its description is not what one wants in a page."""
    drive = shorten(sample_drive, tmp_path_factory.mktemp("reported") / "drive", FRAMES)
    about = drive / "log.toml"
    about.write_text(about.read_text().replace("A simulated street drive with truth", HOSTILE))
    return drive


@pytest.fixture(scope="session")
def labelled(hostile_drive, tmp_path_factory):
    """Its scene, which nobody has touched."""
    root = tmp_path_factory.mktemp("labelled")
    made = label_log(open_log(hostile_drive, "native"), root, PipelineConfig())
    return open_scene(made.scene_path)


@pytest.fixture(scope="session")
def reviewed(labelled, tmp_path_factory):
    """A copy of which one track was accepted and another deleted."""
    copy = tmp_path_factory.mktemp("reviewed") / "scenes"
    shutil.copytree(labelled.path, copy / f"scene_id={labelled.scene_id}")
    scene = open_scene(copy)
    seen = scene.resolved()
    first, second = seen.tracks.track_id[:2].tolist()
    with scene.edit_log("<b>ann</b>") as log:
        log.append(replace(decide(seen, "accept", track_id=first), seconds=12.0))
        log.append(delete_track(seen, second))
    return open_scene(copy)


@pytest.fixture(scope="session")
def report(labelled, hostile_drive, tmp_path_factory):
    """The page about the untouched scene, with truth."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report([labelled], path, open_log(hostile_drive, "native"))
    return path
