"""The configuration of a run: that of every stage, and how to spread the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from avlabel.core.options import option
from avlabel.pipeline import PipelineConfig


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How much is done at once, and how often."""

    retries: int = option(2, "how often a task is tried again that failed for no fault of its log")
    long_frames: int = option(400, "a log of more frames than this is looked at in parts")
    part_frames: int = option(40, "frames of such a part; 0: never in parts")


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """Where the workers come from."""

    kind: str = option("local", "local, slurm, pbs, kubernetes or gateway")
    workers: int = option(0, "how many workers; 0: one for each core of this machine")
    memory_limit: str = option("auto", "of a local worker, such as 4GiB; auto: its share")
    allowed_failures: int = option(
        1, "a task whose worker died more often is set aside and tried again at the end"
    )
    dashboard: str = option("127.0.0.1:0", "where Dask's dashboard listens; empty: nowhere")
    tls_ca_file: str = option("", "certificate authority of a tls:// scheduler")
    tls_cert: str = option("", "certificate to show to it")
    tls_key: str = option("", "key of that certificate")
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the cluster class that ``kind`` stands for."""


@dataclass(frozen=True, slots=True)
class BatchConfig(PipelineConfig):
    """What a run's TOML may say: all that ``avlabel label`` takes, and two tables more."""

    run: RunConfig = field(default_factory=RunConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)

    @property
    def stages(self) -> PipelineConfig:
        """The configuration of every stage, alone."""
        return PipelineConfig(**{f.name: getattr(self, f.name) for f in fields(PipelineConfig)})
