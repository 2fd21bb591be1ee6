"""The record that a run leaves under ``ROOT/_runs/<id>/``."""

from __future__ import annotations

import json
import os
import platform
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from avlabel import __version__
from avlabel.core.configs import to_toml
from avlabel.scenes.store import Store
from avlabel_pipelines.jobs import LogRef, Outcome, Settings

FOLDER = "_runs"
FLUSH_S, FLUSH_AT = 5.0, 500
PACKAGES = ("avlabel", "dask", "distributed", "numba", "numpy", "opencv-python-headless", "pyarrow")


class RunRecord:
    """Facts of one run: ``run.json``, ``config.toml`` and ``outcomes/<n>.jsonl``.

    Outcomes are written every few seconds, a file each time, since object stores cannot append;
    a run that is killed lacks the last few. What is done is told by the scenes, never by this.

    Args:
        settings: of the run.
        facts: more to keep: the command, the cluster.
    """

    def __init__(self, settings: Settings, facts: Mapping[str, Any]) -> None:
        self.run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.urandom(3).hex()}"
        self.counts: Counter[str] = Counter()
        self._store = Store.at(settings.root).child(f"{FOLDER}/{self.run_id}")
        self._pending: list[Outcome] = []
        self._files, self._flushed = 0, time.monotonic()
        self._facts = {
            "run_id": self.run_id,
            "started": _now(),
            "avlabel_version": __version__,
            "packages": _packages(),
            "python": platform.python_version(),
            "host": platform.node(),
            "config_hash": settings.config_hash,
            "stages": list(settings.stages),
            "force": settings.force,
            **facts,
        }
        self._store.make_folder("outcomes")
        self._write("config.toml", to_toml(settings.config, comments=False).encode())
        self._write_facts("running")

    @property
    def path(self) -> str:
        """The record's folder."""
        return self._store.path()

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome."""
        self.counts[outcome.status] += 1
        self.counts["frames"] += outcome.frames
        self._pending.append(outcome)
        if len(self._pending) >= FLUSH_AT or time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write the outcomes that have not been written."""
        self._flushed = time.monotonic()
        if self._pending:
            lines = [json.dumps(outcome.as_json()) for outcome in self._pending]
            self._files += 1
            self._write(f"outcomes/{self._files:06d}.jsonl", ("\n".join(lines) + "\n").encode())
            self._pending.clear()

    def finish(self, status: str) -> None:
        """Write the rest, and how the run ended: done, stopped or lost."""
        self.flush()
        self._write_facts(status)

    def _write_facts(self, status: str) -> None:
        ended = {} if status == "running" else {"ended": _now()}
        facts = {**self._facts, "status": status, **ended, "counts": dict(self.counts)}
        self._write("run.json", json.dumps(facts, indent=1).encode())

    def _write(self, name: str, content: bytes) -> None:
        sink = self._store.create(name)
        sink.write(content)
        sink.finish().close()


def failed_logs(root: str) -> list[LogRef]:
    """The logs whose newest outcome is a failure, from the records since the last whole run."""
    newest: dict[str, tuple[LogRef, str]] = {}
    for run, facts in _newest_first(Store.at(root).child(FOLDER)):
        for outcome in _outcomes(run):
            log = LogRef(**outcome["log"])
            newest.setdefault(log.key, (log, outcome["status"]))
        if not facts.get("retry_failed") and facts["status"] == "done":
            break
    return [log for log, status in newest.values() if status == "failed"]


def _newest_first(runs: Store) -> Iterator[tuple[Store, dict[str, Any]]]:
    for name in reversed(runs.names()):
        run = runs.child(name)
        if run.size("run.json") is not None:
            yield run, json.loads(run.read("run.json").to_pybytes())


def _outcomes(run: Store) -> Iterator[dict[str, Any]]:
    for name in reversed(run.names("outcomes")):
        lines = run.read(f"outcomes/{name}").to_pybytes().splitlines()
        yield from (json.loads(line) for line in reversed(lines))


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
