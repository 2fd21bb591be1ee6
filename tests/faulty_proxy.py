"""Stands between a client and an object store, counts requests and breaks some of them."""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = Literal["500", "503", "429", "cut before", "cut after", "cut within"]
FAULTS: tuple[Fault, ...] = ("500", "503", "429", "cut before", "cut after", "cut within")
Choose = Callable[[str, str], "Fault | None"]
"""Told a request's method and path, says how to break it."""


def one_in(n: int, seed: int) -> Choose:
    """Breaks one request in ``n``, in all the ways there are."""
    dice = random.Random(seed)  # noqa: S311

    def choose(method: str, path: str) -> Fault | None:
        return dice.choice(FAULTS) if dice.randrange(n) == 0 else None

    return choose


def never(method: str, path: str) -> Fault | None:
    return None


def always(method: str, path: str) -> Fault | None:
    return "503"


class FaultyProxy:
    """A proxy on loopback, to be used in a ``with`` block.

    Attributes:
        choose: how to break which request; may be set at any time.
        seen: method and path of every request.
        broken: the faults dealt out.
    """

    def __init__(self, upstream_port: int, choose: Choose = never) -> None:
        self.choose = choose
        self.seen: list[tuple[str, str]] = []
        self.broken: list[Fault] = []
        self._upstream = upstream_port
        self._lock = threading.Lock()
        self._conditional = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultyProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            self.seen.append((method, path))
            fault = self.choose(method, path)
            if fault is not None:
                self.broken.append(fault)
            return fault

    def forward(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        # The server checks and writes in two steps; a real store does both at once.
        if "if-none-match" in {name.lower() for name in headers}:
            with self._conditional:
                return self._ask(method, path, body, headers)
        return self._ask(method, path, body, headers)

    def _ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._upstream, timeout=60)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


def _handler(proxy: FaultyProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = proxy.next_fault(self.command, self.path)
            if fault == "cut before":
                self.close_connection = True
                return
            if fault is not None and fault.isdigit():
                self.answer(int(fault), [], b"<Error><Code>SlowDown</Code></Error>")
                return
            answer = proxy.forward(self.command, self.path, body, dict(self.headers.items()))
            if fault == "cut after":
                self.close_connection = True
                return
            self.answer(*answer, cut=fault == "cut within")

        def answer(
            self, status: int, headers: list[tuple[str, str]], body: bytes, cut: bool = False
        ) -> None:
            self.send_response_only(status)
            length = str(len(body))
            for name, value in headers:
                if name.lower() == "content-length" and self.command == "HEAD":
                    length = value
                elif name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = self.close_connection or cut

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler
