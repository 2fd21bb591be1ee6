"""What a run says while it goes on, to a person or to a machine."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, deque
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from avlabel_pipelines.jobs import Outcome

SHOWN = 20
RATE_OVER_S = 120.0
"""The pace is that of the last two minutes, so that it follows a cluster that grows."""


class Reporter(Protocol):
    """Told what happens."""

    def start(self, facts: dict[str, Any]) -> None:
        """The run begins."""
        ...

    def outcome(self, outcome: Outcome) -> None:
        """A log has come to its end."""
        ...

    def tick(self) -> None:
        """Time has passed."""
        ...

    def end(self, facts: dict[str, Any]) -> None:
        """The run is over."""
        ...


class JsonLines:
    """One JSON object a line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def start(self, facts: dict[str, Any]) -> None:
        """The run begins."""
        self._say("start", facts)

    def outcome(self, outcome: Outcome) -> None:
        """A log has come to its end."""
        self._say("outcome", outcome.as_json())

    def tick(self) -> None:
        """Nothing to say."""

    def end(self, facts: dict[str, Any]) -> None:
        """The run is over."""
        self._say("end", facts)

    def _say(self, event: str, facts: dict[str, Any]) -> None:
        self._stream.write(json.dumps({"event": event, **facts}) + "\n")
        self._stream.flush()


class Person:
    """A line that keeps itself up to date, and a table of failures at the end.

    Args:
        console: where to.
        total: number of logs, None if not known yet.
        dry: whether outcomes say what would be done.
    """

    def __init__(self, console: Console, total: int | None, *, dry: bool = False) -> None:
        self._console, self._total, self._dry = console, total, dry
        self._counts: Counter[str] = Counter()
        self._failures: list[Outcome] = []
        self._recent: deque[tuple[float, int, int]] = deque([(time.monotonic(), 0, 0)])
        self._live = Live(console=console, refresh_per_second=2, transient=True)

    def start(self, facts: dict[str, Any]) -> None:
        """Say where to look."""
        if facts.get("dashboard"):
            self._console.print(f"dashboard: {facts['dashboard']}", highlight=False)
        self._live.start()

    def outcome(self, outcome: Outcome) -> None:
        """Count, and say at once what failed."""
        self._counts[outcome.status] += 1
        self._counts["frames"] += outcome.frames
        if outcome.status == "failed":
            self._failures.append(outcome)
        if self._dry and outcome.status != "failed":
            verb = "would run" if outcome.status == "done" else "would skip"
            self._print(f"{verb} {outcome.scene_id}: {outcome.message}")
        elif outcome.status == "failed":
            self._print(f"failed {outcome.log.name}: {outcome.message}")
        if outcome.conflicts:
            self._print(f"{outcome.scene_id}: {outcome.conflicts} edits found no match")
        self.tick()

    def tick(self) -> None:
        """Bring the line up to date."""
        self._live.update(Text(self.line()))

    def line(self) -> str:
        """Counts, pace and time left."""
        now, frames = time.monotonic(), self._counts["frames"]
        finished = sum(self._counts[status] for status in ("done", "failed", "skipped"))
        self._recent.append((now, finished, frames))
        while now - self._recent[0][0] > RATE_OVER_S and len(self._recent) > 2:
            self._recent.popleft()
        then, finished_then, frames_then = self._recent[0]
        spent = max(now - then, 1e-6)
        total = f" of {self._total}" if self._total is not None else ""
        done, failed, skipped = (self._counts[s] for s in ("done", "failed", "skipped"))
        if self._dry:
            return f"{finished}{total} logs: {done} to do, {failed} failed, {skipped} to skip"
        words = [
            f"{finished}{total} logs: {done} done, {failed} failed, {skipped} skipped,",
            f"{(frames - frames_then) / spent:.1f} sweeps/s",
        ]
        pace = (finished - finished_then) / spent
        if self._total is not None and pace > 0 and finished < self._total:
            words.append(f", {_duration((self._total - finished) / pace)} left")
        return " ".join(words).replace(" ,", ",")

    def end(self, facts: dict[str, Any]) -> None:
        """The last line, and the failures."""
        self._live.stop()
        self._console.print(self.line(), highlight=False)
        if self._failures:
            self._console.print(self._table())
            left = len(self._failures) - SHOWN
            if left > 0:
                self._print(f"and {left} more: see {facts.get('record')}")
        if facts.get("record"):
            self._print(f"record: {facts['record']}")

    def _table(self) -> Table:
        table = Table("log", "scene", "what failed", title=f"{len(self._failures)} failed")
        for outcome in self._failures[:SHOWN]:
            table.add_row(*map(Text, (outcome.log.name, outcome.scene_id, outcome.message)))
        return table

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def _duration(seconds: float) -> str:
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{hours} h"
