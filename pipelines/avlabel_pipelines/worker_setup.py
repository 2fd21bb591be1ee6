"""What every worker process does once before its first task."""

from __future__ import annotations

import fcntl
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "ARROW_NUM_THREADS",
    ),
    "1",
)
"""Environment of a worker. A core has one worker; threads of libraries would only fight, and
matrix products round differently by their number. Read when the libraries are first imported."""


class Setup(WorkerPlugin):
    """One thread for every library, and compiled kernels in the node's cache."""

    name = "avlabel-setup"

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        """Called by Dask in each worker, also in those that join late."""
        one_thread()
        # A restarted worker has not inherited it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with one_at_a_time_on_this_node("avlabel-warm"):
            warm()


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let processes that are started in the block never see Ctrl-C, which goes to all at once.

    It is for the run to say when they stop.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def one_thread() -> None:
    """For libraries that are told by a call rather than by the environment."""
    import cv2
    import pyarrow as pa

    pa.set_cpu_count(1)
    cv2.setNumThreads(1)


def warm() -> None:
    """Compile, or load, what is compiled, so that no scene waits for it or pays for it twice."""
    from avlabel.pipeline.warm import warm as compile_all

    compile_all()


@contextmanager
def one_at_a_time_on_this_node(name: str) -> Iterator[None]:
    """Let only one process of this user and node into the block at once."""
    path = Path(tempfile.gettempdir()) / f"{name}-{os.getuid()}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
