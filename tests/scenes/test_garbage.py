"""What is removed is what nobody needs: never the newest commit, an edit, or a writer's work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import scene_samples as samples

import avlabel
from avlabel.edits import compose
from avlabel.errors import SceneError
from avlabel.scenes.garbage import GarbageRules, find_garbage, find_parts, remove_garbage
from avlabel.scenes.store import Store

BLOCKING_WRITER = Path(__file__).with_name("blocking_writer.py")
NOW = GarbageRules(min_age_s=0.0)


def find(scene, rules=NOW, later_s=60.0):
    return find_garbage(Store.at(scene), rules, time.time() + later_s)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def three_commits(tmp_path):
    for config in ("config-a", "config-b", "config-c"):
        scene = samples.write_sample(tmp_path, config_hash=config)
    return scene


@pytest.fixture
def writer(tmp_path):
    """A process that has written a scene and waits just before its commit."""
    command = [sys.executable, str(BLOCKING_WRITER), str(tmp_path), "one", "config-d"]
    process = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.communicate()


def test_old_commits_go_with_their_generations_and_edits_stay(three_commits):
    scene = avlabel.open_scene(three_commits)
    with scene.edit_log("ann") as log:
        log.append(compose.comment(scene.resolved(), "look"))
    found = find(three_commits)
    assert [(item.kind, item.commit) for item in found] == [("superseded", 1), ("superseded", 2)]
    assert all(item.bytes > 10_000 for item in found)
    assert remove_garbage(Store.at(three_commits), found) == found
    assert names(three_commits / "_commits") == ["00000003.json"]
    assert len(names(three_commits / "data")) == 1
    left = avlabel.open_scene(three_commits)
    assert left.verify() == 12
    assert len(left.edits().edits) == 1
    assert find(three_commits) == []
    # Numbers go on where they were, so that edits keep meaning the commit they were made on.
    samples.write_sample(three_commits.parent, config_hash="config-e")
    assert avlabel.open_scene(three_commits).number == 4


def test_as_many_commits_are_kept_as_asked_for(three_commits):
    assert [item.commit for item in find(three_commits, GarbageRules(keep=2, min_age_s=0))] == [1]
    assert find(three_commits, GarbageRules(keep=3, min_age_s=0)) == []


def test_what_was_superseded_lately_stays_for_those_who_read_it(three_commits):
    rules = GarbageRules(min_age_s=3600)
    assert find(three_commits, rules) == []
    assert len(find(three_commits, rules, later_s=3700)) == 2


def test_a_writer_at_work_keeps_its_generation_however_old(three_commits, writer):
    found = find(three_commits, later_s=1e6)
    assert [item.kind for item in found] == ["superseded", "superseded", "orphan"]
    removed = remove_garbage(Store.at(three_commits), found)
    assert [item.kind for item in removed] == ["superseded", "superseded"]
    writer.communicate("go\n", timeout=60)
    assert writer.returncode == 0
    scene = avlabel.open_scene(three_commits)
    assert scene.metadata.config_hash == "config-d"
    assert scene.verify() == 12
    # What was found before the commit is known to be the scene now.
    assert remove_garbage(Store.at(three_commits), found) == []
    assert avlabel.open_scene(three_commits).verify() == 12


def test_a_killed_writers_generation_is_an_orphan(three_commits, writer):
    writer.kill()
    writer.wait()
    young = find(three_commits, GarbageRules(min_age_s=3600))
    assert young == []
    (orphan,) = [item for item in find(three_commits) if item.kind == "orphan"]
    assert remove_garbage(Store.at(three_commits), [orphan]) == [orphan]
    assert len(names(three_commits / "data")) == 3


def test_a_second_process_at_the_same_work_finds_nothing_to_do(three_commits):
    found = find(three_commits)
    holder = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", HOLD, str(three_commits)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    assert remove_garbage(Store.at(three_commits), found) == []
    holder.communicate("\n", timeout=60)
    assert remove_garbage(Store.at(three_commits), found) == found
    assert remove_garbage(Store.at(three_commits), found) == []


HOLD = """
import sys
from avlabel.scenes.lease import take_lease
from avlabel.scenes.store import Store
lease = take_lease(Store.at(sys.argv[1]), "_commits")
print("held", flush=True)
sys.stdin.readline()
"""


def test_drafts_and_only_drafts_of_the_dead_go(three_commits):
    draft = three_commits / "_commits" / ".00000004.json.4711-0123abcd"
    other = three_commits / "_commits" / ".gitignore"
    for path in (draft, other):
        path.write_text("{")
    long_ago = time.time() - 1e6
    os.utime(draft, (long_ago, long_ago))
    (found,) = [item for item in find(three_commits) if item.kind == "draft"]
    remove_garbage(Store.at(three_commits), [found])
    assert not draft.exists()
    assert other.exists()


@pytest.mark.parametrize("damage", ["a commit", "a file of the newest"])
def test_a_damaged_scene_is_left_alone(three_commits, damage):
    if damage == "a commit":
        (three_commits / "_commits/00000001.json").write_text("{")
    else:
        newest = json.loads((three_commits / "_commits/00000003.json").read_text())
        (three_commits / newest["files"]["cuboids"]["path"]).unlink()
    with pytest.raises(SceneError):
        find(three_commits)


def test_parts_that_nobody_joined_go_when_they_are_old(tmp_path):
    samples.write_sample(tmp_path / "_parts" / "drive" / "0123456789abcdef")
    root = Store.at(tmp_path)
    assert find_parts(root, "_parts", GarbageRules()) == []
    (parts,) = find_parts(root, "_parts", GarbageRules(), time.time() + 90_000)
    assert parts.path == "_parts/drive/0123456789abcdef"
    remove_garbage(root, [parts])
    assert not any((tmp_path / "_parts" / "drive").iterdir())


def test_the_command_says_first_and_removes_when_told(three_commits, avlabel_command):
    plan = avlabel_command("gc", three_commits.parent, "--min-age", "0s")
    assert plan.returncode == 0, plan.stderr
    assert "commit 1" in plan.stdout
    assert "nothing done yet" in plan.stdout
    assert len(names(three_commits / "data")) == 3
    done = avlabel_command("gc", three_commits, "--min-age", "0s", "--yes", "--json")
    facts = json.loads(done.stdout)
    assert [item["removed"] for item in facts["scenes"][0]["garbage"]] == [True, True]
    assert facts["removed_bytes"] == facts["bytes"] > 0
    again = avlabel_command("gc", three_commits.parent)
    assert again.stdout == "nothing to remove in 1 scenes\n"


def test_the_command_names_what_it_left_alone(three_commits, avlabel_command, tmp_path):
    (three_commits / "_commits/00000001.json").write_text("{")
    done = avlabel_command("gc", tmp_path, "--min-age", "0s", "--yes")
    assert done.returncode == 1
    assert "left alone" in done.stdout
    assert "00000001.json" in done.stdout
    assert avlabel_command("gc", tmp_path / "none").returncode == 2
    assert avlabel_command("gc", tmp_path, "--min-age", "soon").returncode == 2


@pytest.fixture
def avlabel_command():
    def run(*arguments):
        command = [sys.executable, "-m", "avlabel", *map(str, arguments)]
        return subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=120, check=False
        )

    return run
