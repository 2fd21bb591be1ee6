"""Fixtures every test folder shares."""

from __future__ import annotations

import http.client
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The first example may compile a kernel, so time says nothing; in CI equal code gets equal cases.
settings.register_profile("avlabel", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("avlabel")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real recordings (../shared/data) are not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def sample_drive() -> Path:
    """The simulated drive that ships with the project."""
    return Path(__file__).resolve().parents[1] / "sample_data" / "drive"


@pytest.fixture(scope="session")
def object_server() -> Iterator[int]:
    """Port of a server on loopback that speaks S3; skips where the packages are absent."""
    pytest.importorskip("obstore", reason="object stores need the package obstore")
    pytest.importorskip("moto", reason="tests of object stores need the package moto")
    script = Path(__file__).with_name("object_server.py")
    with subprocess.Popen(  # noqa: S603
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        assert process.stdin is not None
        process.stdin.close()


BUCKET_NUMBERS = itertools.count()


@pytest.fixture
def bucket(object_server: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an empty bucket; the environment says where it is."""
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{object_server}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{next(BUCKET_NUMBERS)}"
    make_bucket(object_server, name)
    return name


def make_bucket(port: int, name: str) -> None:
    """A bucket is made by a put to its name."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", f"/{name}", headers={"Host": "s3.amazonaws.com"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200, answer.status


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or unmount is None:
        pytest.skip("only root can mount a tiny disk")
    command = [mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:  # noqa: S603
        pytest.skip("mounting a tiny disk is not permitted here")
    yield folder
    subprocess.run([unmount, str(folder)], check=True)  # noqa: S603
