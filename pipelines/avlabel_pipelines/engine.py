"""The loop of a run: a bounded window of tasks, released as soon as they are done."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from avlabel_pipelines.jobs import LogRef, Outcome
from avlabel_pipelines.plan import Plan, Task
from avlabel_pipelines.pools import Pool, WorkerDiedError

TICK_S = 0.5
SECOND_CHANCES = 2
"""How often a task whose worker died is tried again at the end."""


def run(
    logs: Iterable[LogRef],
    plan: Plan,
    pool: Pool,
    report: Callable[[Outcome], None],
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Take every log through its tasks.

    Args:
        logs: taken one by one, as there is room.
        plan: says what follows what.
        pool: where tasks run; closed at the end, however that comes.
        report: told each log's outcome.
        tick: called at least every half second while tasks run.

    Raises:
        PoolLostError: if the pool is gone. What is committed stays committed.
    """
    loop = _Loop(iter(logs), plan, pool)
    try:
        while loop.running or loop.fill():
            finished = pool.next(TICK_S)
            tick()
            if finished is not None and (outcome := loop.settle(*finished)) is not None:
                report(outcome)
            loop.fill()
    finally:
        pool.close()


class _Loop:
    """Which tasks are out, and which are next.

    Each worker has one heavy task, since the others that a dying worker holds would be blamed as
    well, and one light one, so that it finds something when it has finished. A task whose workers
    died is set aside, and tried again at the end, when most workers are free: only what kills its
    worker then, twice, has failed.
    """

    def __init__(self, logs: Iterator[LogRef], plan: Plan, pool: Pool) -> None:
        self.logs, self.plan, self.pool = logs, plan, pool
        self.ready: deque[Task] = deque()
        self.suspects: deque[Task] = deque()
        self.deaths: Counter[str] = Counter()
        self.heavy = self.light = 0
        self.exhausted = False

    @property
    def running(self) -> int:
        return self.heavy + self.light

    def fill(self) -> bool:
        """Give out what there is room for; whether anything runs."""
        workers = self.pool.workers
        while self.heavy < workers and self.ready:
            self.give(self.ready.popleft())
        while self.light < workers and len(self.ready) <= workers:
            log = next(self.logs, None)
            if log is None:
                self.exhausted = True
                break
            self.give(self.plan.start(log))
        if self.exhausted and not self.ready:
            while self.suspects and self.running < max(workers // 4, 1):
                self.give(self.suspects.popleft())
        return self.running > 0

    def give(self, task: Task) -> None:
        self.pool.submit(task)
        if task.is_light:
            self.light += 1
        else:
            self.heavy += 1

    def settle(self, task: Task, result: Any) -> Outcome | None:
        """Note a task's end; the outcome of its log, if that is it."""
        if task.is_light:
            self.light -= 1
        else:
            self.heavy -= 1
        if isinstance(result, WorkerDiedError) and self.deaths[task.key] < SECOND_CHANCES:
            self.deaths[task.key] += 1
            self.suspects.append(task)
            return None
        following = self.plan.follow(task, result)
        if isinstance(following, Outcome):
            return following
        self.ready.extend(following)
        return None
