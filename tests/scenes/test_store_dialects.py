"""Each kind of object store is asked in its own words not to replace a commit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from avlabel.scenes.object_files import ObjectFiles

obstore = pytest.importorskip("obstore.store", reason="object stores need the package obstore")


class Recorder(BaseHTTPRequestHandler):
    """Takes the first put of a name and refuses the next, if it is asked to."""

    protocol_version = "HTTP/1.1"
    condition = ("", "")
    taken: set[str] = set()  # noqa: RUF012 (set anew for each test)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        name, value = self.condition
        refused = self.path in self.taken and self.headers.get(name) == value
        self.taken.add(self.path)
        self.send_response_only(412 if refused else 200)
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 26 Nov 2020 10:00:00 GMT")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def url() -> Iterator[str]:
    Recorder.taken = set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def s3(url: str) -> Any:
    return obstore.S3Store(
        "bucket", endpoint=url, skip_signature=True, client_options={"allow_http": True}
    )


def google(url: str) -> Any:
    # The token is of no use anywhere: it keeps the client from asking for one.
    config = {"base_url": url, "bearer_token": "none"}
    return obstore.GCSStore("bucket", config=config, client_options={"allow_http": True})


def azure(url: str) -> Any:
    return obstore.AzureStore(
        "bucket",
        account_name="account",
        endpoint=url,
        skip_signature=True,
        client_options={"allow_http": True},
    )


@pytest.mark.parametrize(
    ("make", "condition"),
    [
        (s3, ("If-None-Match", "*")),
        (google, ("x-goog-if-generation-match", "0")),
        (azure, ("If-None-Match", "*")),
    ],
)
def test_a_commit_is_created_once(url: str, make: Any, condition: tuple[str, str]) -> None:
    Recorder.condition = condition
    files = ObjectFiles(make(url), "x://bucket")
    assert files.create_if_absent("x://bucket/scenes/_commits/00000001.json", b"{}")
    assert not files.create_if_absent("x://bucket/scenes/_commits/00000001.json", b"{}")
    assert files.create_if_absent("x://bucket/scenes/_commits/00000002.json", b"{}")
