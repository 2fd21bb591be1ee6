"""The review window as a person has it: a process, a screen, a mouse and keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ImageGrab
from x_close import ask_to_close

SCREEN = (1400, 900)
PATIENCE_S = 60.0
POLL_S, REDRAW_S = 0.02, 0.3
RESTING_S = 2.0


@contextmanager
def virtual_screen() -> Iterator[str]:
    """A screen that is none, by the name of its display."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("Xvfb or xdotool is not installed")
    read, write = os.pipe()
    width, height = SCREEN
    server = subprocess.Popen(  # noqa: S603
        [  # noqa: S607
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            f"{width}x{height}x24",
            "-nolisten",
            "tcp",
        ],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


class Window:
    """``avlabel review`` in a process of its own.

    Args:
        scene: to open.
        display: on which screen.
        folder: for its trace and state.
        arguments: more of the command line.
        guide: it is the first start of all, so that the guide is shown.

    Attributes:
        lines: of its trace, all that it has shown so far.
    """

    def __init__(
        self, scene: Path, display: str, folder: Path, *arguments: str, guide: bool = False
    ) -> None:
        self._display, self._folder = display, folder
        self._trace = folder / "trace.jsonl"
        self._trace.unlink(missing_ok=True)
        self._offset, self._at = 0, (-1, -1)
        self.lines: list[Mapping[str, Any]] = []
        self._heard: list[tuple[str, tuple[int, int]]] = []
        seen = folder / "state" / "avlabel" / "review" / "guide-seen"
        seen.parent.mkdir(parents=True, exist_ok=True)
        if not guide:
            seen.touch()
        self.environment = {
            **os.environ, "DISPLAY": display, "XDG_STATE_HOME": str(folder / "state")
        }  # fmt: skip
        self._log = folder / "out.txt"
        command = ["review", str(scene), "--author", "ann", "--size", *map(str, SCREEN)]
        with self._log.open("a") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [
                    sys.executable,
                    "-m",
                    "avlabel",
                    *command,
                    "--trace",
                    str(self._trace),
                    *arguments,
                ],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.seen = self.wait(lambda shown: shown["has_data"] and bool(shown["rects"]))
        mine = ("--all", "--pid", str(self.process.pid), "--name", "avlabel review")
        self._window = self._run("search", *mine).split()[-1]
        self._run("windowmove", self._window, "0", "0")
        self.to_front()

    # -- seeing -------------------------------------------------------------------------------

    @property
    def shown(self) -> Mapping[str, Any]:
        """The last line of the trace that says so; empty before the first."""
        self._read_trace()
        return self.lines[-1] if self.lines else {}

    def _read_trace(self) -> None:
        if not self._trace.exists():
            return
        with self._trace.open() as file:
            file.seek(self._offset)
            new = file.read()
        whole = new[: new.rfind("\n") + 1]
        self._offset += len(whole.encode())
        for line in map(json.loads, whole.splitlines()):
            if "heard" in line:
                u, v = line["at"]
                self._heard.append((line["heard"], (round(u), round(v))))
            else:
                self.lines.append(line)

    def wait(self, until: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """What is shown as soon as it is as wanted."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            shown = self.shown
            if shown and until(shown):
                return shown
            if self.process.poll() is not None:
                break
            time.sleep(POLL_S)
        ended = f"exit code {self.process.poll()}"
        raise AssertionError(
            f"not shown; {ended}; last: {self.shown}\n{self._log.read_text()[-3000:]}"
        )

    def picture(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB of the screen."""
        return np.asarray(ImageGrab.grab(xdisplay=self._display).convert("RGB"))

    def wait_for_picture(self, until: Callable[[np.ndarray], bool]) -> None:
        """Until the screen shows what it should."""
        end = time.monotonic() + PATIENCE_S
        while not until(self.picture()):
            if time.monotonic() > end:
                raise AssertionError("the screen never showed it")
            time.sleep(POLL_S)

    def resting_picture(self) -> np.ndarray:
        """The screen when nothing on it changes any more."""
        last, end = self.picture(), time.monotonic() + PATIENCE_S
        still_since = time.monotonic()
        while time.monotonic() < end:
            time.sleep(RESTING_S / 5)
            now = self.picture()
            if not np.array_equal(now, last):
                last, still_since = now, time.monotonic()
            elif time.monotonic() - still_since > RESTING_S:
                return now
        raise AssertionError("the screen never rested")

    def wait_until_kept(self) -> None:
        """Until the file that remembers where one is has what is shown."""
        shown, end = self.shown, time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            files = list((self._folder / "state").rglob("*.json"))
            kept = [json.loads(file.read_text())["bookmark"] for file in files]
            if any(one["frame_idx"] == shown["frame_idx"] and one["key"] for one in kept):
                return
            time.sleep(POLL_S)
        raise AssertionError("never kept where one is")

    # -- doing --------------------------------------------------------------------------------

    def to_front(self) -> None:
        """Before other windows, with the keys going to it and the mouse in its corner."""
        self._run("windowraise", self._window)
        self._run("windowfocus", self._window)
        self.point(2, 2)

    def key(self, *keys: str) -> None:
        """Press combinations, by xdotool's names: ``ctrl+z``, ``Right``."""
        for one in keys:
            self._run("key", one)

    def type(self, text: str) -> None:
        """Type text."""
        self._run("type", "--delay", "60", text)

    def click(self, u: float, v: float) -> None:
        """Click a pixel of a view."""
        self.drag((u, v))

    def click_widget(self, u: float, v: float) -> None:
        """Click a button; held for longer than a redraw, or the window misses it."""
        self.point(u, v)
        time.sleep(REDRAW_S)
        self._run("mousedown", "1")
        time.sleep(REDRAW_S)
        self._run("mouseup", "1")

    def drag(self, *way: tuple[float, float], button: int = 1) -> None:
        """Press, go along pixels of views, release."""
        self.press(*way[0], button=button)
        for u, v in way[1:]:
            self.point(u, v)
        self.release(button)

    def press(self, u: float, v: float, *, button: int = 1) -> None:
        """Press a button on a pixel of a view."""
        self.point(u, v)
        self._do("press", "mousedown", str(button))

    def release(self, button: int = 1) -> None:
        """Release it."""
        self._do("release", "mouseup", str(button))

    def wheel(self, u: float, v: float, steps: int) -> None:
        """Turn the wheel away from the person, over a pixel of a view; less than 0: to them."""
        self.point(u, v)
        for _ in range(abs(steps)):
            self._do("wheel", "click", "4" if steps > 0 else "5")

    def point(self, u: float, v: float) -> None:
        """Move the mouse over a pixel of the window."""
        at = round(u), round(v)
        if at == self._at:
            return
        self._at = at
        move = ("mousemove", "--window", self._window, *map(str, at))
        if self._is_in_view(at):
            self._do("move", *move)
        else:
            self._run(*move)

    def rush(self, *way: tuple[float, float]) -> int:
        """Move the mouse along pixels of a view without a pause; how many moves were heard."""
        before = len(self._heard)
        moves = [
            ["mousemove", "--window", self._window, str(round(u)), str(round(v))] for u, v in way
        ]
        self._at = round(way[-1][0]), round(way[-1][1])
        self._do("move", *[word for move in moves for word in move])
        return len(self._heard) - before

    def _is_in_view(self, at: tuple[int, int]) -> bool:
        if self.shown["dialog"] is not None:
            return False
        film = {"film"} if self.shown["film"] is None else {"street", "images"}
        return any(
            left <= at[0] < left + width and top <= at[1] < top + height
            for name, (left, top, width, height) in self.shown["rects"].items()
            if name not in {"panel", "status"} | film
        )

    def _do(self, kind: str, *command: str) -> None:
        """Do something with the mouse, and wait until the window has heard of it."""
        self._read_trace()
        n_before, kinds = len(self._heard), {"move": ("hover", "drag")}.get(kind, (kind,))
        self._run(*command)
        wanted = [(one, self._at) for one in kinds]
        self.wait(lambda _: any(heard in wanted for heard in self._heard[n_before:]))

    def _run(self, *command: str) -> str:
        done = subprocess.run(  # noqa: S603
            ["xdotool", *command],  # noqa: S607
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    # -- leaving ------------------------------------------------------------------------------

    def leave(self) -> int:
        """Leave by its own key; the exit code."""
        self.key("ctrl+q")
        return self.process.wait(PATIENCE_S)

    def close(self) -> int:
        """Close it as the desktop does it; the exit code."""
        ask_to_close(self._display, int(self._window))
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """Kill it with no warning."""
        self.process.kill()
        self.process.wait()
