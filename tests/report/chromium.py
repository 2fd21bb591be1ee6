"""A browser without a screen, driven over its debugging pipe."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

QUIET = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-pipe"
)
DOMAINS = ("Page", "Network", "Log", "Runtime")


class Tab:
    """One tab, and every event that it told of so far.

    Args:
        to: descriptor that the browser reads from.
        of: descriptor that it writes to.
    """

    def __init__(self, to: int, of: int) -> None:
        self._to, self._of = to, os.fdopen(of, "rb")
        self._id, self._session = 0, {}
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._session = {"sessionId": session}
        for domain in DOMAINS:
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._id += 1
        message = {"id": self._id, "method": method, "params": params, **self._session}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._id:
            pass
        return answer["result"]

    def open(self, path: Path) -> None:
        """Show a file and wait until it is loaded."""
        self.ask("Page.navigate", url=path.as_uri())
        while not self.told("Page.loadEventFired"):
            self._next()

    def evaluate(self, expression: str) -> Any:
        """Value of an expression of JavaScript, awaited."""
        return self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )["result"].get("value")

    def told(self, *methods: str) -> list[dict[str, Any]]:
        """What events of some kinds said."""
        return [event["params"] for event in self.events if event.get("method") in methods]

    def close(self) -> None:
        """Listen no more."""
        self._of.close()

    def _next(self) -> dict[str, Any]:
        received = bytearray()
        while (byte := self._of.read(1)) != b"\0":
            if not byte:
                raise EOFError("the browser has ended")
            received += byte
        message: dict[str, Any] = json.loads(received)
        if "id" not in message:
            self.events.append(message)
        return message


@contextmanager
def tab(program: str, profile: Path) -> Iterator[Tab]:
    """A tab of a browser of its own, with a fresh profile."""
    read_by_it, to = os.pipe()
    of, written_by_it = os.pipe()
    command = f"exec {shlex.quote(program)} {QUIET} --user-data-dir={shlex.quote(str(profile))}"
    # The pipe is wherever descriptors 3 and 4 lead.
    script = f"exec 8<&{read_by_it} 9>&{written_by_it}; {command} 3<&8 4>&9"
    with subprocess.Popen(  # noqa: S603
        ["/bin/bash", "-c", script],
        pass_fds=(read_by_it, written_by_it),
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(read_by_it)
        os.close(written_by_it)
        opened = Tab(to, of)
        try:
            yield opened
        finally:
            opened.ask("Browser.close")
            process.wait(60)
            opened.close()
            os.close(to)
