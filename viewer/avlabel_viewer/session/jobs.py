"""Work that goes on in the background while the person does something else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from avlabel.errors import AvlabelError

T = TypeVar("T")
LOG = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818 (it is no error)
    """Raised within work that was cancelled."""


class Job:
    """One piece of work, seen from inside (``progress``) and outside (``done``, ``cancel``).

    Attributes:
        name: for people; "" for what they need not know of.
        done: share that is done, 0 to 1.
    """

    def __init__(self, name: str) -> None:
        self.name, self.done = name, 0.0
        self._cancelled = threading.Event()

    def progress(self, done: float) -> None:
        """Say how far the work is, 0 to 1; to be called often, since this is where it ends.

        Raises:
            Cancelled: if nobody wants it any more.
        """
        if self._cancelled.is_set():
            raise Cancelled
        self.done = min(max(done, 0.0), 1.0)

    def cancel(self) -> None:
        """Ask the work to end; whatever it gives is thrown away."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was asked to end."""
        return self._cancelled.is_set()


class Jobs:
    """Threads whose results are handed over where ``deliver`` is called."""

    def __init__(self) -> None:
        self._running: list[Job] = []
        self._threads: list[threading.Thread] = []
        self._finished: SimpleQueue[tuple[Job, Callable[[], object]]] = SimpleQueue()

    @property
    def running(self) -> tuple[Job, ...]:
        """What goes on and has a name, oldest first."""
        return tuple(job for job in self._running if job.name)

    def goes_on(self, job: Job) -> bool:
        """Whether a job has not been delivered yet."""
        return job in self._running

    @property
    def busy(self) -> bool:
        """Whether anything goes on, or waits to be delivered."""
        return bool(self._running)

    def run(
        self,
        name: str,
        work: Callable[[Job], T],
        on_done: Callable[[T], object],
        on_failed: Callable[[str], object],
    ) -> Job:
        """Start work in a thread of its own.

        Args:
            name: for people; "" for what they need not know of.
            work: runs in the thread; must touch nothing that others change.
            on_done: takes the result, in ``deliver``.
            on_failed: takes what went wrong, in words, in ``deliver``.
        """
        job = Job(name)
        self._running.append(job)

        def run() -> None:
            self._finished.put((job, _outcome(job, work, on_done, on_failed)))

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(threading.Thread(target=run, name=f"job {name}", daemon=True))
        self._threads[-1].start()
        return job

    def deliver(self) -> None:
        """Hand over what has come to its end since; results of cancelled work are dropped."""
        while True:
            try:
                job, hand_over = self._finished.get_nowait()
            except Empty:
                return
            self._running.remove(job)
            if not job.is_cancelled:
                hand_over()

    def cancel_all(self) -> None:
        """Ask everything to end."""
        for job in self._running:
            job.cancel()

    def close(self, wait_s: float = 2.0) -> None:
        """Ask everything to end, and give it some time: threads cut off at exit may crash it."""
        self.cancel_all()
        until = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))


def _outcome(
    job: Job,
    work: Callable[[Job], T],
    on_done: Callable[[T], object],
    on_failed: Callable[[str], object],
) -> Callable[[], object]:
    """What is to be done, by the thread that delivers, with what the work gave."""
    try:
        result = work(job)
    except Cancelled:
        return lambda: None
    except Exception as error:
        return _failure(job.name, error, on_failed)

    def hand_over() -> Any:
        try:
            return on_done(result)
        except Exception as error:
            return _failure(job.name, error, on_failed)()

    return hand_over


def _failure(
    name: str, error: Exception, on_failed: Callable[[str], object]
) -> Callable[[], object]:
    words = str(error)
    if not isinstance(error, AvlabelError):
        LOG.error("%s failed", name or "a job", exc_info=error)
        words = f"{type(error).__name__}: {error}"
    words = f"{name}: {words}" if name else words
    return lambda: on_failed(words)
