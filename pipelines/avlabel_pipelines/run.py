"""A whole run: from logs and settings to a record, on whatever pool was chosen."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import InputError
from avlabel.pipeline.fingerprint import config_hash
from avlabel.pipeline.redo import check_stages
from avlabel.pipeline.work import resolved
from avlabel_pipelines.config import BatchConfig
from avlabel_pipelines.engine import run
from avlabel_pipelines.jobs import LogRef, Outcome, Settings
from avlabel_pipelines.plan import Plan
from avlabel_pipelines.pools import HerePool, Pool, PoolLostError
from avlabel_pipelines.record import RunRecord
from avlabel_pipelines.reporting import JsonLines, Person, Reporter


@dataclass(frozen=True, slots=True)
class Choices:
    """How a run is done, as far as the command line says it and no TOML."""

    synchronous: bool = False
    scheduler: str = ""
    scheduler_file: str = ""
    dry_run: bool = False
    as_json: bool = False
    report_path: str = ""


def run_logs(
    logs: Sequence[LogRef],
    root: str,
    config: BatchConfig,
    *,
    stages: tuple[str, ...] = (),
    force: bool = False,
    choices: Choices | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Mapping[str, int]:
    """Run logs and return how many were done, skipped and failed.

    Raises:
        InputError: for settings that cannot be.
        SceneError: if the root cannot be written.
        PoolLostError: if the scheduler went away.
    """
    choices = choices or Choices()
    check_stages(stages)
    settings = settings_of(root, config, stages, force)
    console = Console(stderr=True)
    reporter: Reporter = (
        JsonLines() if choices.as_json else Person(console, len(logs), dry=choices.dry_run)
    )
    plan = Plan(settings, dry=choices.dry_run)
    if choices.dry_run:
        return _dry(logs, plan, reporter)
    with ExitStack() as stack:
        pool, about = stack.enter_context(_pool(config, choices, console))
        kept = {**(facts or {}), "logs": len(logs), "run": asdict(config.run), **about}
        record = RunRecord(settings, kept)
        reporter.start({"run_id": record.run_id, "record": record.path, **kept})
        status = "failed"
        try:
            with _terminated_is_interrupted():
                run(logs, plan, pool, _both(record, reporter), reporter.tick)
            status = "done"
        except KeyboardInterrupt:
            status = "stopped"
            raise
        except PoolLostError:
            status = "lost"
            raise
        finally:
            record.finish(status)
            counts = {name: record.counts[name] for name in ("done", "skipped", "failed", "frames")}
            reporter.end({"status": status, "record": record.path, **counts})
    return counts


def settings_of(root: str, config: BatchConfig, stages: tuple[str, ...], force: bool) -> Settings:
    """What the tasks of a run share.

    Raises:
        InputError: if the camera model cannot be used.
    """
    pipeline = resolved(config.stages)
    return Settings(
        root=root,
        config=pipeline,
        config_hash=config_hash(pipeline, default_taxonomy()),
        part_frames=config.run.part_frames,
        long_frames=config.run.long_frames,
        force=force,
        stages=stages,
    )


def _dry(logs: Sequence[LogRef], plan: Plan, reporter: Reporter) -> Mapping[str, int]:
    counts = {"done": 0, "skipped": 0, "failed": 0}

    def count(outcome: Outcome) -> None:
        counts[outcome.status] += 1
        reporter.outcome(outcome)

    reporter.start({"dry_run": True, "logs": len(logs)})
    run(logs, plan, HerePool(retries=0), count, reporter.tick)
    reporter.end({"status": "dry run", **counts})
    return counts


@contextmanager
def _pool(
    config: BatchConfig, choices: Choices, console: Console
) -> Iterator[tuple[Pool, dict[str, Any]]]:
    """Where the tasks run, and facts about it."""
    if choices.synchronous:
        yield HerePool(config.run.retries), {"cluster": "none"}
        return
    try:
        from avlabel_pipelines.clusters import connected, is_open
        from avlabel_pipelines.dask_pool import DaskPool, performance_report
    except ImportError as error:
        raise InputError(
            "a run on several cores needs Dask: pip install 'avlabel[cluster]', or --synchronous"
        ) from error
    with connected(config.cluster, choices.scheduler, choices.scheduler_file) as client:
        address = str(client.scheduler_info(n_workers=0)["address"])
        if is_open(address):
            console.print(
                f"warning: {address} is not encrypted: whoever reaches it can run code on its "
                "workers; use tls:// or a network of your own",
                style="yellow",
                highlight=False,
            )
        about = {
            "cluster": choices.scheduler or choices.scheduler_file or config.cluster.kind,
            "scheduler": address,
            "dashboard": client.dashboard_link if config.cluster.dashboard else "",
        }
        with performance_report(choices.report_path):
            yield DaskPool(client, config.run.retries), about


def _both(record: RunRecord, reporter: Reporter) -> Any:
    def report(outcome: Outcome) -> None:
        record.add(outcome)
        reporter.outcome(outcome)

    return report


@contextmanager
def _terminated_is_interrupted() -> Iterator[None]:
    """A batch system's SIGTERM ends a run as cleanly as Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
