"""The loop and the plan, with tasks that do nothing."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from avlabel.pipeline import PipelineConfig
from avlabel_pipelines import tasks
from avlabel_pipelines.engine import SECOND_CHANCES, run
from avlabel_pipelines.jobs import LogRef, Outcome, Settings, Survey
from avlabel_pipelines.plan import Plan, Task
from avlabel_pipelines.pools import HerePool, PoolLostError, WorkerDiedError

SETTINGS = Settings("root", PipelineConfig(), "c" * 64, part_frames=10, long_frames=20)


class FakePool:
    """Answers from a function, last task first; notes what was out at once."""

    def __init__(self, answer: Any, workers: int = 3) -> None:
        self.answer, self.workers = answer, workers
        self.out: deque[Task] = deque()
        self.heavy_at_once: list[int] = []
        self.given: list[str] = []
        self.closed = False

    def submit(self, task: Task) -> None:
        self.out.append(task)
        self.given.append(task.key.split("-")[0])
        self.heavy_at_once.append(sum(not task.is_light for task in self.out))

    def next(self, timeout_s: float) -> tuple[Task, Any]:
        assert timeout_s > 0
        task = self.out.pop()
        return task, self.answer(task)

    def close(self) -> None:
        self.closed = True


def survey(log: LogRef, frames: int = 5, why: str = "new") -> Survey:
    return Survey(log.uri, frames, "s", why)


def done(task: Task) -> Any:
    if task.is_light:
        return survey(task.log)
    return Outcome(task.log, task.log.uri, "done", frames=5)


def outcomes(pool: Any, logs: list[LogRef], **options: Any) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    run(logs, Plan(SETTINGS, **options), pool, lambda o: found.setdefault(o.log.uri, o))
    return found


def logs(n: int) -> list[LogRef]:
    return [LogRef(f"log{k}", "native") for k in range(n)]


def test_the_window_is_bounded_and_every_log_ends() -> None:
    pool = FakePool(done)
    found = outcomes(pool, logs(50))
    assert len(found) == 50
    assert {outcome.status for outcome in found.values()} == {"done"}
    assert max(pool.heavy_at_once) <= 3
    assert pool.closed


def test_a_long_log_is_done_in_parts_and_joined() -> None:
    def answer(task: Task) -> Any:
        if task.is_light:
            return survey(task.log, frames=45)
        return 9 if task.function is tasks.part else done(task)

    pool = FakePool(answer)
    assert outcomes(pool, logs(1))["log0"].status == "done"
    assert sorted(pool.given) == ["join", "part0", "part1", "part2", "part3", "part4", "survey"]
    assert pool.given[-1] == "join"


def test_a_part_that_fails_is_the_logs_failure_and_nothing_is_joined() -> None:
    def answer(task: Task) -> Any:
        if task.is_light:
            return survey(task.log, frames=45)
        return OSError("disk on fire") if task.key.startswith("part2") else 9

    pool = FakePool(answer)
    assert outcomes(pool, logs(1))["log0"].message == "OSError: disk on fire"
    assert "join" not in pool.given


def test_nothing_to_do_and_dry_runs_stop_after_the_survey() -> None:
    pool = FakePool(lambda task: survey(task.log, why="" if task.log.uri == "log0" else "new"))
    found = outcomes(pool, logs(2), dry=True)
    assert [found[f"log{k}"].status for k in range(2)] == ["skipped", "done"]
    assert set(pool.given) == {"survey"}


def test_the_innocent_are_not_blamed_for_a_worker_that_died() -> None:
    deaths = {"log1": 1, "log2": 9}

    def answer(task: Task) -> Any:
        if not task.is_light and deaths.get(task.log.uri, 0):
            deaths[task.log.uri] -= 1
            return WorkerDiedError("died")
        return done(task)

    found = outcomes(FakePool(answer), logs(4))
    assert {uri: o.status for uri, o in found.items()} == {
        "log0": "done",
        "log1": "done",
        "log2": "failed",
        "log3": "done",
    }
    assert deaths["log2"] == 9 - 1 - SECOND_CHANCES


def test_a_pool_that_is_lost_is_closed_and_says_so() -> None:
    def lost(_task: Task) -> Any:
        raise PoolLostError("gone")

    pool = FakePool(lost)
    with pytest.raises(PoolLostError):
        outcomes(pool, logs(3))
    assert pool.closed


def test_what_may_pass_is_tried_again_here_too() -> None:
    left = [OSError("busy"), OSError("busy")]

    def attempt(task: Task) -> Any:
        if not task.is_light and left:
            raise left.pop()
        return done(task)

    assert outcomes(HerePool(2, attempt), logs(1))["log0"].status == "done"
