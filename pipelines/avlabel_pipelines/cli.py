"""``avlabel run``: many logs in, one committed scene out of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from avlabel.core.configs import read_config
from avlabel.errors import InputError
from avlabel_pipelines.config import BatchConfig
from avlabel_pipelines.run import Choices, run_logs
from avlabel_pipelines.selection import choose

FAILED = 1


@click.command("run")
@click.argument("logs", metavar="LOGS...", nargs=-1)
@click.option("--out", "root", required=True, help="Folder or URI that holds scenes.")
@click.option("--format", "format_name", default="", help="Format of LOGS.")
@click.option("--sequence", "sequences", multiple=True, help="Which sequences of each of LOGS.")
@click.option("--lidar", default="", help="Which LiDAR of each of LOGS.")
@click.option("--rig", default="", help="TOML file or name of a rig, in place of their own.")
@click.option("--manifest", "manifests", multiple=True, help="A file that lists logs, one a line.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file.")
@click.option("--synchronous", is_flag=True, help="One log after the other, in this process.")
@click.option("--scheduler", default="", help="Address of a Dask scheduler, tcp:// or tls://.")
@click.option("--scheduler-file", default="", help="File that a Dask scheduler wrote.")
@click.option("--cluster", "kind", help="local, slurm, pbs, kubernetes or gateway.")
@click.option("--workers", type=click.IntRange(min=1), help="How many; by default one a core.")
@click.option("--memory-limit", help="Of a local worker, such as 4GiB.")
@click.option("--dashboard", help="Where the dashboard listens; by default on loopback only.")
@click.option("--stages", default="", help="Do only these again: track,refine,check,project.")
@click.option("--retry-failed", is_flag=True, help="Only what failed in the runs before.")
@click.option("--force", is_flag=True, help="Do again what is done.")
@click.option("--dry-run", is_flag=True, help="Say what would run, and why.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for machines.")
@click.option("--report", "report_path", default="", help="Write Dask's performance report here.")
def command(
    logs: tuple[str, ...],
    root: str,
    format_name: str,
    sequences: tuple[str, ...],
    lidar: str,
    rig: str,
    manifests: tuple[str, ...],
    config_path: Path | None,
    kind: str | None,
    workers: int | None,
    memory_limit: str | None,
    dashboard: str | None,
    stages: str,
    retry_failed: bool,
    force: bool,
    **choices: Any,
) -> int:
    """Label LOGS and commit one scene of each under --out; what is done already is skipped.

    LOGS are folders, files or quoted globs, on disks or in buckets. Exit codes: 0 all done,
    1 some failed, 2 bad input.

    \b
    avlabel run drives/* --format native --out scenes
    avlabel run 's3://fleet/2026-05-*/*' --format pandaset --out s3://fleet-scenes
    avlabel run --manifest fleet.txt --out scenes --scheduler tls://head:8786 --config night.toml
    avlabel run --out scenes --stages track,refine --config better.toml
    """  # noqa: D301 (\b keeps click from rewrapping)
    config = read_config(BatchConfig, config_path)
    given: dict[str, Any] = {
        "kind": kind,
        "workers": workers,
        "memory_limit": memory_limit,
        "dashboard": dashboard,
    }
    cluster = replace(config.cluster, **{k: v for k, v in given.items() if v is not None})
    wanted = tuple(stage.strip() for stage in stages.split(",") if stage.strip())
    selected = choose(
        logs,
        root,
        format_name=format_name,
        sequences=sequences,
        lidar=lidar,
        rig=rig,
        manifests=manifests,
        stored=bool(wanted),
        retry_failed=retry_failed,
    )
    if not selected:
        if retry_failed:
            click.echo("nothing failed before", err=True)
            return 0
        raise InputError("no logs: name some, or a --manifest")
    facts = {"retry_failed": retry_failed}
    ended = run_logs(
        selected,
        root,
        replace(config, cluster=cluster),
        stages=wanted,
        force=force,
        choices=Choices(**choices),
        facts=facts,
    )
    return FAILED if ended["failed"] else 0
