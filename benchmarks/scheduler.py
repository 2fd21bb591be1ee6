"""What a Dask scheduler takes for tasks of the shape that a run has, without the work.

python benchmarks/scheduler.py            100,000 tasks; written to results/scheduler.txt too
python benchmarks/scheduler.py --tasks 1000
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from distributed import Client

from avlabel.pipeline import PipelineConfig
from avlabel_pipelines.dask_pool import DaskPool
from avlabel_pipelines.jobs import LogRef, Outcome, Settings, Survey
from avlabel_pipelines.plan import Task

RESULTS = Path(__file__).parent / "results" / "scheduler.txt"
WORKERS, WINDOW = 2, 200


def empty(log: LogRef, found: Survey, settings: Settings) -> Outcome:  # noqa: ARG001
    """What ``tasks.label`` takes and gives, and nothing in between."""
    stage_ms = dict.fromkeys(("ingest", "write", "detect", "track", "refine", "check"), 1234.5)
    return Outcome(log, found.scene_id, "done", found.why, 200, 0, 0, 10.0, stage_ms, 500.0)


class Emptied(DaskPool):
    """The pool of a run, without compiling kernels on the workers."""

    def __init__(self, client: Client) -> None:
        client.register_plugin = lambda _plugin: None
        super().__init__(client, retries=2)
        self.messages = 0

    def _send(self) -> None:
        self.messages += 1
        super()._send()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=100_000)
    n = parser.parse_args().tasks
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        scheduler = started(
            "scheduler",
            "--port",
            "0",
            "--host",
            "127.0.0.1",
            "--no-dashboard",
            "--scheduler-file",
            str(file),
        )
        helpers = [
            started(
                "worker",
                "--scheduler-file",
                str(file),
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                "--local-directory",
                folder,
            )
            for _ in range(WORKERS)
        ]
        try:
            while not file.exists():
                time.sleep(0.1)
            with Client(scheduler_file=str(file)) as client:
                client.wait_for_workers(WORKERS)
                text = measured(client, scheduler.pid, n)
        finally:
            for process in (*helpers, scheduler):
                process.terminate()
                process.wait()
    print(text)
    if n >= 100_000:
        RESULTS.write_text(text + "\n")


def started(what: str, *options: str) -> subprocess.Popen[bytes]:
    module = f"distributed.cli.dask_{what}"
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", module, *options], stderr=subprocess.DEVNULL
    )


def measured(client: Client, scheduler: int, n: int) -> str:
    """Run ``n`` empty tasks through the window of a run, then some in bursts."""
    settings = Settings("s3://fleet-scenes", PipelineConfig(), "0" * 64)
    pool = Emptied(client)
    through(pool, settings, range(2_000), 1)
    memory = memory_mb(scheduler)
    lines = [
        f"{n:,} empty tasks on {WORKERS} workers, {WINDOW} out at once, {os.cpu_count()} cores"
    ]
    lines += regime(pool, settings, range(2_000, n), scheduler, 1)
    growth = memory_mb(scheduler) - memory
    lines += [f"  scheduler's memory {memory:.0f} MB after 2,000 tasks, {growth:+.0f} MB after all"]
    lines += [f"{n // 5:,} more, {WINDOW} given out whenever none is left"]
    lines += regime(pool, settings, range(n, n + n // 5), scheduler, WINDOW)
    return "\n".join(lines)


def regime(pool: Any, settings: Settings, ids: range, scheduler: int, burst: int) -> list[str]:
    sent = pool.messages
    cpu, mine, start = cpu_s(scheduler), time.process_time(), time.perf_counter()
    through(pool, settings, ids, burst)
    spent, mine = time.perf_counter() - start, time.process_time() - mine
    cpu, n = cpu_s(scheduler) - cpu, len(ids)
    return [
        f"  {1e3 * spent / n:.2f} ms a task, {n / (pool.messages - sent):.1f} tasks a message",
        f"  scheduler {1e3 * cpu / n:.3f} ms of processor a task, client {1e3 * mine / n:.3f} ms",
    ]


def through(pool: Any, settings: Settings, ids: range, burst: int) -> None:
    """All tasks, given out when there is room for ``burst`` of them."""
    waiting = deque(ids)
    out = 0
    while waiting or out:
        if WINDOW - out >= burst:
            while waiting and out < WINDOW:
                pool.submit(task(waiting.popleft(), settings))
                out += 1
        if pool.next(1.0) is not None:
            out -= 1


def task(k: int, settings: Settings) -> Task:
    log = LogRef(f"s3://fleet/2026-05-01/car-{k % 97:02d}/drive-{k:07d}", "native")
    found = Survey(f"drive-{k:07d}", 200, "1" * 64, "new")
    return Task(f"label-drive-{k:07d}-{log.key[:20]}", log, empty, (log, found, settings))


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
