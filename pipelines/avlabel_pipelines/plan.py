"""Which task comes next for each log. Pure: results in, tasks out, nothing is run here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from avlabel_pipelines import tasks
from avlabel_pipelines.jobs import LogRef, Outcome, Settings, Survey


@dataclass(frozen=True, slots=True)
class Task:
    """One call for a worker.

    Attributes:
        key: unique in the run: stage, scene, hash.
        log: the log that it belongs to.
        function: of ``tasks``.
        arguments: small.
    """

    key: str
    log: LogRef
    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    @property
    def is_light(self) -> bool:
        """Whether it takes milliseconds and little memory."""
        return self.function is tasks.survey


@dataclass(slots=True)
class Plan:
    """The tasks of every log, in turn.

    Args:
        settings: of the run.
        dry: whether to stop after the survey, and say what would be done.
    """

    settings: Settings
    dry: bool = False
    _taken: dict[str, LogRef] = field(default_factory=dict)
    _parts: dict[str, _Parts] = field(default_factory=dict)

    def start(self, log: LogRef) -> Task:
        """The first task of a log."""
        return Task(self._key("survey", log.name, log), log, tasks.survey, (log, self.settings))

    def follow(self, task: Task, result: Any) -> Sequence[Task] | Outcome:
        """What follows a task's result: more tasks, or the log's outcome.

        An exception is a result too. A log of several parts has its outcome with the last of
        them; until then no tasks follow.
        """
        if task.function is tasks.part:
            return self._after_part(task, result)
        if isinstance(result, Survey):
            return self._after_survey(task.log, result)
        if isinstance(result, Outcome):
            return result
        return Outcome(task.log, "", "failed", message_of(result))

    def _after_survey(self, log: LogRef, found: Survey) -> Sequence[Task] | Outcome:
        twin = self._taken.setdefault(found.scene_id, log)
        if twin is not log:
            return Outcome(
                log,
                found.scene_id,
                "failed",
                f"{twin.uri} makes a scene of this name too; give one of them another in a "
                "manifest: scene_id=NAME",
            )
        if not found.why:
            return Outcome(log, found.scene_id, "skipped", "made from the same")
        if self.dry:
            return Outcome(log, found.scene_id, "done", found.why, frames=found.frames)
        return self._work(log, found)

    def _work(self, log: LogRef, found: Survey) -> Sequence[Task]:
        settings = self.settings
        if settings.stages:
            key = self._key("again", found.scene_id, log)
            return [Task(key, log, tasks.again, (log, found, settings))]
        long = settings.part_frames and found.frames > settings.long_frames
        n_parts = math.ceil(found.frames / settings.part_frames) if long else 1
        if n_parts == 1:
            key = self._key("label", found.scene_id, log)
            return [Task(key, log, tasks.label, (log, found, settings))]
        self._parts[log.key] = _Parts(found, n_parts, n_parts)
        return [
            Task(
                self._key(f"part{number}", found.scene_id, log),
                log,
                tasks.part,
                (log, found, number, n_parts, settings),
            )
            for number in range(n_parts)
        ]

    def _after_part(self, task: Task, result: Any) -> Sequence[Task] | Outcome:
        log, parts = task.log, self._parts[task.log.key]
        parts.left -= 1
        if not isinstance(result, int) and parts.failure is None:
            parts.failure = (
                result
                if isinstance(result, Outcome)
                else Outcome(log, parts.found.scene_id, "failed", message_of(result))
            )
        if parts.left:
            return []
        del self._parts[log.key]
        if parts.failure is not None:
            return parts.failure
        key = self._key("join", parts.found.scene_id, log)
        return [Task(key, log, tasks.join, (log, parts.found, parts.n, self.settings))]

    def given_up(self, task: Task) -> bool:
        """Whether a task is of no use any more: another part of its log has failed."""
        parts = self._parts.get(task.log.key)
        return parts is not None and parts.failure is not None

    def _key(self, stage: str, name: str, log: LogRef) -> str:
        made_from = f"{log.key[:12]}{self.settings.config_hash[:8]}"
        return f"{stage}-{name}-{made_from}"


@dataclass(slots=True)
class _Parts:
    """A log whose parts are being looked at."""

    found: Survey
    n: int
    left: int
    failure: Outcome | None = None


def message_of(error: object) -> str:
    """An unforeseen error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
