"""Where tasks run: here, one after the other, or (in ``dask_pool``) on workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from avlabel.errors import AvlabelError
from avlabel_pipelines.plan import Task
from avlabel_pipelines.tasks import HOPELESS


class PoolLostError(AvlabelError):
    """The pool is gone, and every task with it."""


class WorkerDiedError(Exception):
    """Every worker that took the task died with it: killed, or out of memory."""


class Pool(Protocol):
    """Runs tasks; results come back in any order."""

    @property
    def workers(self) -> int:
        """How many tasks can run at once."""
        ...

    def submit(self, task: Task) -> None:
        """Give a task."""
        ...

    def next(self, timeout_s: float) -> tuple[Task, Any] | None:
        """A finished task and its result, or the exception that it raised; None if none yet.

        Raises:
            PoolLostError: if no more will come.
        """
        ...

    def close(self) -> None:
        """Drop what has not finished."""
        ...


class HerePool:
    """Runs each task in this process when its result is asked for.

    Args:
        retries: how often a task that raised is tried again.
        run: calls a task.
    """

    workers = 1

    def __init__(self, retries: int, run: Callable[[Task], Any] | None = None) -> None:
        self._retries = retries
        self._run = run or (lambda task: task.function(*task.arguments))
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Keep a task for later."""
        self._tasks.append(task)

    def next(self, timeout_s: float) -> tuple[Task, Any] | None:  # noqa: ARG002
        """Run the oldest task."""
        task = self._tasks.popleft()
        for attempt in range(self._retries + 1):
            try:
                return task, self._run(task)
            except HOPELESS as error:
                return task, error
            except Exception as error:  # as a worker would
                if attempt == self._retries:
                    return task, error
        return None

    def close(self) -> None:
        """Forget what was not run."""
        self._tasks.clear()
