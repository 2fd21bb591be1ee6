"""Processes that die or race while they publish, on a disk and in an object store."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import scene_samples as samples
from faulty_proxy import FaultyProxy

import avlabel
from avlabel.errors import SceneNotFoundError
from avlabel.scenes.publish import is_current
from avlabel.scenes.store import Store

BLOCKING_WRITER = Path(__file__).with_name("blocking_writer.py")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(params=["disk", "object store"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A root on each; the proxy makes the server's conditional put the single step it should be."""
    if request.param == "disk":
        yield str(tmp_path)
        return
    bucket = request.getfixturevalue("bucket")
    with FaultyProxy(request.getfixturevalue("object_server")) as proxy:
        request.getfixturevalue("monkeypatch").setenv("AWS_ENDPOINT_URL", proxy.url)
        yield f"s3://{bucket}/scenes"


@pytest.fixture
def start_writer(root: str) -> Iterator[Start]:
    """Starts a process that has written a scene and waits just before its commit."""
    started: list[subprocess.Popen[str]] = []

    def start(config_hash: str = "config-a") -> subprocess.Popen[str]:
        command = [sys.executable, str(BLOCKING_WRITER), root, "one", config_hash]
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def let_commit(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0


def scene_at(root: str) -> Store:
    return Store.at(root).child("scene_id=one")


def test_killed_between_data_and_commit(root: str, start_writer: Start) -> None:
    process = start_writer()
    wait_until_ready(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (orphan,) = scene_at(root).names("data")
    message = "nothing committed" if scene_at(root).is_local else "no scene in it"
    with pytest.raises(SceneNotFoundError, match=message):
        avlabel.open_scene(scene_at(root).path())
    assert not is_current(root, "one", "input-a", "config-a")
    samples.write_sample(root)
    scene = avlabel.open_scene(root)
    assert scene.verify() == 12
    assert scene.metadata.generation != orphan
    # Nobody reads it; `gc` removes it.
    assert orphan in scene_at(root).names("data")


def test_killed_over_an_older_scene(root: str, start_writer: Start) -> None:
    samples.write_sample(root, config_hash="config-old")
    process = start_writer()
    wait_until_ready(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    scene = avlabel.open_scene(root)
    assert scene.metadata.config_hash == "config-old"
    assert scene.verify() == 12


def test_equal_runs_at_once_give_one_commit(root: str, start_writer: Start) -> None:
    processes = [start_writer(), start_writer()]
    for process in processes:
        wait_until_ready(process)
    let_commit(*processes)
    scene = avlabel.open_scene(root)
    assert scene_at(root).names("_commits") == ["00000001.json"]
    assert scene_at(root).names("data") == [scene.metadata.generation]
    assert scene.verify() == 12


def test_different_runs_at_once_each_get_a_number(root: str, start_writer: Start) -> None:
    processes = [start_writer(f"config-{name}") for name in "ab"]
    for process in processes:
        wait_until_ready(process)
    let_commit(*processes)
    names = [f"0000000{n}.json" for n in (1, 2)]
    assert scene_at(root).names("_commits") == names
    assert len(scene_at(root).names("data")) == 2
    assert avlabel.open_scene(root).verify() == 12
