"""Tasks on the workers of a Dask scheduler."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from distributed import Client, KilledWorker

from avlabel_pipelines.plan import Task
from avlabel_pipelines.pools import PoolLostError, WorkerDiedError
from avlabel_pipelines.worker_setup import Setup

LOST = ("cancelled", "lost")
SEND_EVERY_S = 0.02
"""A message with tasks costs the scheduler 3 ms, each task in it 1.6 ms: so few messages."""
COUNT_AGAIN_S = 5.0
"""How often the workers are counted: more may join, or leave."""


@contextmanager
def asking() -> Iterator[None]:
    """Say in one sentence that the scheduler does not answer.

    Raises:
        PoolLostError: for whatever a client raises then.
    """
    try:
        yield
    except (OSError, RuntimeError, TimeoutError) as error:
        raise PoolLostError(f"the scheduler is gone: {error}") from error


def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Run a task on a worker."""
    return function(*arguments)


class DaskPool:
    """See ``Pool``.

    Args:
        client: of the scheduler.
        retries: how often a task that raised is tried again, by the scheduler.
    """

    def __init__(self, client: Client, retries: int) -> None:
        self._client, self._retries = client, retries
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._running: dict[str, tuple[Task, Any]] = {}
        self._waiting: list[Task] = []
        self._sent = 0.0
        self._counted_at, self._workers = 0.0, 1
        client.register_plugin(Setup())

    @property
    def workers(self) -> int:
        """How many there are now."""
        now = time.monotonic()
        if now - self._counted_at > COUNT_AGAIN_S:
            self._counted_at = now
            with asking():
                self._workers = max(len(self._client.nthreads()), 1)
        return self._workers

    def submit(self, task: Task) -> None:
        """Keep a task for a moment, so that many are sent at once when there are many."""
        self._waiting.append(task)

    def _send(self) -> None:
        tasks, self._waiting, self._sent = self._waiting, [], time.monotonic()
        with asking():
            futures = self._client.map(
                call,
                [task.function for task in tasks],
                [task.arguments for task in tasks],
                key=[task.key for task in tasks],
                pure=False,
                retries=self._retries,
            )
        for task, future in zip(tasks, futures, strict=True):
            self._running[task.key] = task, future
            future.add_done_callback(self._done.put)

    def next(self, timeout_s: float) -> tuple[Task, Any] | None:
        """A finished task; its future is let go at once, so that nobody computes it again."""
        if self._waiting:
            left_s = self._sent + SEND_EVERY_S - time.monotonic()
            if left_s <= 0:
                self._send()
            else:
                timeout_s = min(timeout_s, left_s)
        try:
            future = self._done.get(timeout=timeout_s)
        except queue.Empty:
            self._check_there()
            return None
        if future.status in LOST:
            raise PoolLostError("the scheduler is gone, or has dropped the tasks of this run")
        task, _ = self._running.pop(future.key)
        error = future.exception() if future.status == "error" else None
        result = error if error is not None else future.result()
        future.release()
        if isinstance(error, KilledWorker):
            times = error.allowed_failures + 1
            each = "the worker" if times == 1 else f"each of the {times} workers"
            result = WorkerDiedError(f"{each} that took it died: killed, or out of memory")
        return task, result

    def close(self) -> None:
        """Take back what has not finished."""
        if self._client.status == "running" and self._running:
            with suppress(OSError, RuntimeError, TimeoutError):
                self._client.cancel([future for _, future in self._running.values()])
        self._running.clear()

    def _check_there(self) -> None:
        if self._client.status in ("closed", "closing"):
            raise PoolLostError("the scheduler is gone")


@contextmanager
def performance_report(path: str) -> Iterator[None]:
    """Dask's performance report of the block, as HTML; none if ``path`` is empty."""
    if not path:
        yield
        return
    from distributed import performance_report as written

    with written(filename=path):
        yield
