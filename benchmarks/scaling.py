"""What many workers do with a million scenes: a small simulation fed by measured figures.

python benchmarks/scaling.py          written to results/scaling.txt too

Each worker takes the next scene when it has finished one. What they share is served in turn: the
client that gives out tasks, the scheduler that passes them on, the network to the recordings, and
the requests that the object store answers for the scenes' prefix. A scene waits for all of them.
"""

from __future__ import annotations

import argparse
import heapq
import random
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

from tee import Tee

RESULTS = Path(__file__).parent / "results" / "scaling.txt"
WORKERS = (10, 100, 1_000, 10_000)
SCENES = 1_000_000
SAMPLE_PER_WORKER = 40
"""Scenes simulated for each worker; the rest goes on at the same pace."""


@dataclass(frozen=True)
class Fleet:
    """Figures of one scene, and of what all workers share.

    Attributes:
        work_s: processor time of a scene of 200 sweeps of 120,000 points (results/batch.txt).
        spread: standard deviation of the logarithm of that: logs differ in length.
        read_mb: what is read of a recording; six cameras' images are most of it.
        write_mb: what is written of a scene (results/batch.txt).
        requests: of the object store to make a scene (results/store_requests.txt); a recording
            in a bucket adds one for each of its files, under prefixes of its own.
        client_ms: processor time of the client for a task (results/scheduler.txt).
        message_ms: of the scheduler for a message with tasks.
        task_ms: of the scheduler for a task in a message, and its result.
        send_every_ms: how often the client sends at most.
        tasks: of a scene: a survey and the work.
        network_gbps: of all workers together, to the store.
        requests_per_s: that the store answers for one prefix.
        prefixes: into which the scenes are spread.
        startup_s: of a worker: imports and compiled kernels.
    """

    work_s: float = 10.0
    spread: float = 0.3
    read_mb: float = 760.0
    write_mb: float = 120.0
    requests: float = 20.0
    client_ms: float = 1.1
    message_ms: float = 3.3
    task_ms: float = 1.6
    send_every_ms: float = 20.0
    tasks: int = 2
    network_gbps: float = 100.0
    requests_per_s: float = 3_500.0
    prefixes: int = 1
    startup_s: float = 5.0


class Shared:
    """Something that serves one request after the other."""

    def __init__(self) -> None:
        self.free_at = self.busy = 0.0

    def serve(self, at: float, seconds: float) -> float:
        """When a request that comes ``at`` is done."""
        self.free_at = max(self.free_at, at) + seconds
        self.busy += seconds
        return self.free_at


def simulate(fleet: Fleet, workers: int, scenes: int) -> tuple[float, dict[str, float]]:
    """Seconds until all scenes are done, and what share of it each shared thing was busy."""
    dice = random.Random(1)  # noqa: S311
    shared = {name: Shared() for name in ("client", "scheduler", "network", "store")}
    sent_at = 0.0
    free = [(fleet.startup_s, worker) for worker in range(workers)]
    end = 0.0
    for _ in range(scenes):
        at, worker = heapq.heappop(free)
        at = shared["client"].serve(at, fleet.tasks * fleet.client_ms / 1e3)
        passing = fleet.tasks * fleet.task_ms / 1e3
        if at >= sent_at + fleet.send_every_ms / 1e3:
            sent_at, passing = at, passing + fleet.message_ms / 1e3
        at = shared["scheduler"].serve(at, passing)
        begun = at
        gigabits = (fleet.read_mb + fleet.write_mb) * 8e-3
        moved = shared["network"].serve(at, gigabits / fleet.network_gbps)
        asked = shared["store"].serve(at, fleet.requests / (fleet.requests_per_s * fleet.prefixes))
        work = fleet.work_s * dice.lognormvariate(-(fleet.spread**2) / 2, fleet.spread)
        done = max(begun + work, moved, asked)
        end = max(end, done)
        heapq.heappush(free, (done, worker))
    return end, {name: one.busy / end for name, one in shared.items()}


def table(title: str, fleet: Fleet, workers: Sequence[int] = WORKERS) -> None:
    """What more and more workers do."""
    print(f"\n{title}")
    print("  workers    hours   efficiency   scenes/s   busy: client scheduler network store")
    for n in workers:
        scenes = min(SCENES, n * SAMPLE_PER_WORKER)
        end, busy = simulate(fleet, n, scenes)
        # Starting is paid once, whatever the number of scenes.
        hours = (fleet.startup_s + (end - fleet.startup_s) * SCENES / scenes) / 3600
        ideal = fleet.work_s * SCENES / n / 3600
        shares = " ".join(f"{min(share, 1):>8.0%}" for share in busy.values())
        pace = SCENES / hours / 3600
        print(f"  {n:>7,} {hours:>8.1f} {ideal / hours:>12.0%} {pace:>10.1f} {shares}")


def main() -> None:
    """Print all tables."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    fleet = Fleet()
    with RESULTS.open("w") as stream, redirect_stdout(Tee(sys.stdout, stream)):  # type: ignore[type-var]
        print(f"{SCENES:,} scenes of 200 sweeps; {fleet}")
        table("A network of 100 Gbit/s, one prefix", fleet)
        wide = replace(fleet, network_gbps=8_000.0)
        table("A network of 8 Tbit/s", wide)
        wide = replace(wide, prefixes=16)
        table("The same, and scenes under 16 prefixes", wide)
        table("The same, but a message for each task", replace(wide, send_every_ms=0.0))
        nothing = replace(wide, work_s=0.05, read_mb=0.3, write_mb=0.0, requests=5.0, tasks=1)
        table("A second run over all of it: nothing to do but to find that out", nothing)


if __name__ == "__main__":
    main()
