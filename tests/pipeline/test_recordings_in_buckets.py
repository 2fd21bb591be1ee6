"""Recordings in an object store: fetched, labelled as if they lay here, and gone again."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from faulty_proxy import FaultyProxy, always, never, one_in

import avlabel
from avlabel.errors import ReadError
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.pipeline.local_copy import local_copy
from avlabel.pipeline.recording import recording
from avlabel.pipeline.stamp import input_stamp
from avlabel.readers.registry import open_log
from avlabel.scenes import object_client
from avlabel.scenes.store import Store

Usage = namedtuple("Usage", "free")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def proxy(
    object_server: int, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyProxy]:
    soon = timedelta(milliseconds=5)
    backoff = {"init_backoff": soon, "max_backoff": soon}
    monkeypatch.setitem(object_client.RETRY, "backoff", backoff)
    monkeypatch.setattr(object_client, "FIRST_WAIT_S", 0.01)
    object_client.connect.cache_clear()
    with FaultyProxy(object_server) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.url)
        yield between
    object_client.connect.cache_clear()


def files_in(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def tables(scene: str) -> dict[str, bytes]:
    store, files = Store.at(scene), avlabel.open_scene(scene).metadata.files
    return {name: store.read(entry.path).to_pybytes() for name, entry in files.items()}


def put_raw(port: int, path: str, body: bytes) -> int:
    """A put as it stands, with no client to tidy its key."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", path, body)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_drive_is_labelled_through_a_store_that_fails_one_request_in_ten(
    short_drive: Path, remote_drive: str, bucket: str, proxy: FaultyProxy, tmp_path: Path
) -> None:
    config = PipelineConfig()
    local = label_log(open_log(short_drive, "native"), tmp_path / "scenes", config)
    proxy.choose = one_in(10, seed=4)
    with recording(remote_drive, "native") as log:
        remote = label_log(log, f"s3://{bucket}/scenes", config)
    with recording(remote_drive, "native") as log:
        assert not label_log(log, f"s3://{bucket}/scenes", config).committed
    scene = avlabel.open_scene(remote.scene_path)
    assert scene.verify() == len(scene.metadata.files)
    assert scene.info.source_uris == (remote_drive,)
    assert scene.image(1, "front").shape == (600, 960, 3)
    here, there = tables(local.scene_path), tables(remote.scene_path)
    assert here.keys() == there.keys()
    # The table "scene" says where the recording lies.
    assert {name for name in here if here[name] != there[name]} == {"scene"}
    assert len(proxy.broken) >= 5
    assert Store.at(remote.scene_path).names("_commits") == ["00000001.json"]


def test_nothing_stays_behind(remote_drive: str, temporary: Path) -> None:
    with recording(remote_drive, "native") as log:
        assert log.root.name == "drive"
        assert log.source_uri == remote_drive
        assert files_in(log.root) == sorted(Store.at(remote_drive).tree())
        assert log.root.is_relative_to(temporary)
    assert files_in(temporary) == []


def test_what_a_killed_process_left_goes_at_the_next_call(
    remote_drive: str, bucket: str, temporary: Path
) -> None:
    script = (
        "import os, signal, sys\n"
        "from avlabel.pipeline.local_copy import local_copy\n"
        "with local_copy(sys.argv[1]):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, remote_drive], check=False)  # noqa: S603
    assert done.returncode == -9
    assert files_in(temporary)
    Store.at(f"s3://{bucket}/drives/other").create_if_absent("log.toml", b"")
    with local_copy(f"s3://{bucket}/drives/other") as path:
        assert {Path(name).parts[2] for name in files_in(temporary)} == {"other", "complete"}
        assert files_in(path) == ["log.toml"]


def test_one_copy_serves_all(remote_drive: str, proxy: FaultyProxy, tmp_path: Path) -> None:
    inside = threading.Barrier(3)

    def use() -> None:
        with local_copy(remote_drive, cache=tmp_path / "cache") as path:
            inside.wait(30)
            assert files_in(path) == sorted(Store.at(remote_drive).tree())

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not inside.broken
    names = [path for method, path in proxy.seen if "log.toml" in path]
    assert len(names) == 1
    with local_copy(remote_drive, cache=tmp_path / "cache") as path:
        assert (path / "log.toml").exists()
    assert len([path for method, path in proxy.seen if "log.toml" in path]) == 1


def test_a_changed_recording_is_fetched_again(remote_drive: str, tmp_path: Path) -> None:
    before = input_stamp(remote_drive)
    assert input_stamp(remote_drive) == before
    with local_copy(remote_drive, cache=tmp_path / "cache") as path:
        old = (path / "log.toml").read_bytes()
    sink = Store.at(remote_drive).create("log.toml")
    sink.write(old.swapcase())
    sink.finish().close()
    assert input_stamp(remote_drive) != before
    with local_copy(remote_drive, cache=tmp_path / "cache") as path:
        assert (path / "log.toml").read_bytes() == old.swapcase()


def test_a_fetch_that_fails_leaves_nothing_that_looks_complete(
    remote_drive: str, proxy: FaultyProxy, tmp_path: Path
) -> None:
    proxy.choose = lambda _method, path: "500" if "poses.csv" in path else None
    with (
        pytest.raises(ReadError, match=r"s3://.*/poses\.csv: cannot be fetched: .*tried 4 times"),
        local_copy(remote_drive, cache=tmp_path / "cache"),
    ):
        pass
    proxy.choose = never
    with local_copy(remote_drive, cache=tmp_path / "cache") as path:
        assert (path / "poses.csv").stat().st_size > 100


def test_old_copies_make_room(
    remote_drive: str, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    for name in "ab":
        Store.at(f"s3://{bucket}/{name}").create_if_absent("file", b"x")
        with local_copy(f"s3://{bucket}/{name}", cache=cache):
            pass
    assert len(list(cache.iterdir())) == 2
    with local_copy(f"s3://{bucket}/a", cache=cache) as used:
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _: Usage(1e9 if len(list(cache.iterdir())) < 3 else 1e6)
        )
        with local_copy(remote_drive, cache=cache) as path:
            assert (path / "log.toml").exists()
        assert (used / "file").read_bytes() == b"x"
        assert len(list(cache.iterdir())) == 2


def test_a_disk_without_room(
    remote_drive: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1e6))
    with (
        pytest.raises(ReadError, match=r"expected 0\.3 GB of room .*, got 0\.0; TMPDIR"),
        local_copy(remote_drive),
    ):
        pass
    assert files_in(temporary) == []


@pytest.mark.parametrize("key", ["%2e%2e/evil", "a/%2e%2e/%2e%2e/evil", "a%5Cevil"])
def test_names_that_lead_out_of_the_copy(
    object_server: int, bucket: str, temporary: Path, key: str
) -> None:
    assert put_raw(object_server, f"/{bucket}/drive/{key}", b"evil") == 200
    with pytest.raises(ReadError), local_copy(f"s3://{bucket}/drive"):
        pass
    assert not [name for name in files_in(temporary) if "evil" in name]


def test_a_name_that_is_a_file_and_a_folder(bucket: str) -> None:
    Store.at(f"s3://{bucket}/drive").create_if_absent("a", b"")
    Store.at(f"s3://{bucket}/drive").create_if_absent("a/b", b"")
    with (
        pytest.raises(ReadError, match=r"s3://.*/drive/a.*: cannot be fetched"),
        local_copy(f"s3://{bucket}/drive"),
    ):
        pass


def test_only_the_files_of_a_sequence(bucket: str) -> None:
    store = Store.at(f"s3://{bucket}/training")
    wanted = ["velodyne/0001/000000.bin", "calib/0001.txt", "image_02/0001/0.png", "readme.txt"]
    for name in [*wanted, "velodyne/0000/000001.bin", "calib/0000.txt"]:
        store.create_if_absent(name, b"x")
    with local_copy(f"s3://{bucket}/training", sequence="0001") as path:
        assert files_in(path) == sorted(wanted)


def test_a_recording_that_is_one_file(bucket: str) -> None:
    content = bytes(range(256)) * 100_000
    Store.at(f"s3://{bucket}/bags").create_if_absent("drive.mcap", content)
    with local_copy(f"s3://{bucket}/bags/drive.mcap") as path:
        assert path.name == "drive.mcap"
        assert path.read_bytes() == content


def test_complaints_name_the_source(remote_drive: str, temporary: Path, bucket: str) -> None:
    sweep = "lidar/top/000000.parquet"
    sink = Store.at(remote_drive).create(sweep)
    sink.write(b"garbage")
    sink.finish().close()
    with recording(remote_drive, "native") as log:
        result = label_log(log, f"s3://{bucket}/scenes", PipelineConfig())
    messages = [f.message for f in result.findings if f.rule == "sweep-unreadable"]
    assert messages[0].startswith(f"{remote_drive}/{sweep}: ")
    assert str(temporary) not in messages[0]
    Store.at(remote_drive).remove_folder("lidar")
    sink = Store.at(remote_drive).create("log.toml")
    sink.write(b"version = 2")
    sink.finish().close()
    with pytest.raises(ReadError, match=rf"^{remote_drive}/log\.toml: "):
        recording(remote_drive, "native").__enter__()


def test_a_recording_that_is_not_there(bucket: str, proxy: FaultyProxy) -> None:
    with pytest.raises(ReadError, match=r"no-drive: no such recording"):
        recording(f"s3://{bucket}/no-drive", "native").__enter__()
    proxy.choose = always
    with pytest.raises(ReadError, match=r"cannot list s3://.*/no-drive: "):
        recording(f"s3://{bucket}/no-drive", "native").__enter__()


def test_the_command_line(remote_drive: str, bucket: str) -> None:
    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "avlabel", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr
        return done.stdout

    out = f"s3://{bucket}/scenes"
    scene = run("label", remote_drive, "--format", "native", "--out", out).strip()
    assert scene.startswith(f"{out}/scene_id=")
    assert remote_drive in run("info", scene, "--verify")


def test_two_runs_at_once(short_drive: Path, bucket: str, proxy: FaultyProxy) -> None:
    """Whichever way they interleave, the scene is committed once."""
    root = f"s3://{bucket}/scenes"
    command = [sys.executable, "-m", "avlabel", "label", str(short_drive), "--format", "native"]
    runs = [
        subprocess.Popen([*command, "--out", root], stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(2)
    ]
    said = [run.communicate(timeout=240)[0].strip() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert said[0] == said[1]
    scene = avlabel.open_scene(said[0])
    assert scene.store.names("_commits") == ["00000001.json"]
    assert scene.store.names("data") == [scene.metadata.generation]
    assert scene.verify() == len(scene.metadata.files)
