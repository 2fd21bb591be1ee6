"""One thread on one core: import this before any library that starts threads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(ONE_THREAD, "1"))

import cv2  # noqa: E402 (threads are set before libraries read them)
import pyarrow as pa  # noqa: E402


def pin() -> None:
    """Pin this process and every library in it to one processor."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def best_ms(work: Callable[[], object], repeats: int) -> float:
    """Milliseconds of the fastest of some runs, after one that compiles."""
    work()
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent) * 1e3
