"""Where workers come from: each function here returns a Dask client, and little else."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import Client, LocalCluster
from distributed.security import Security

from avlabel.errors import ConfigError, InputError
from avlabel_pipelines.config import ClusterConfig
from avlabel_pipelines.worker_setup import ONE_THREAD, deaf_to_interrupts


@contextmanager
def connected(
    config: ClusterConfig, scheduler: str = "", scheduler_file: str = ""
) -> Iterator[Client]:
    """A client of the scheduler that was named, or else of a cluster of the configured kind.

    What was started here is stopped at the end; a scheduler that was named goes on.

    Raises:
        InputError: for an unknown kind, a missing package, or options that do not fit.
    """
    with dask.config.set(dask_settings(config)):
        client = _client(config, scheduler, scheduler_file)
        try:
            yield client
        finally:
            cluster = client.cluster
            client.close()
            if cluster is not None:
                cluster.close()


def dask_settings(config: ClusterConfig) -> dict[str, Any]:
    """What a scheduler that we start has to know."""
    return {
        "distributed.scheduler.allowed-failures": config.allowed_failures,
        "distributed.nanny.pre-spawn-environ": ONE_THREAD,
        "distributed.worker.daemon": False,
    }


def _client(config: ClusterConfig, scheduler: str, scheduler_file: str) -> Client:
    if scheduler_file:
        return Client(scheduler_file=scheduler_file, security=security(config), timeout="60s")
    if scheduler:
        return Client(scheduler, security=security(config), timeout="60s")
    if config.kind not in CLUSTERS:
        raise InputError(f"cluster '{config.kind}': expected one of {', '.join(CLUSTERS)}")
    try:
        return Client(CLUSTERS[config.kind](config))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"cluster '{config.kind}': {error}") from error


def local(config: ClusterConfig) -> LocalCluster:
    """Processes of this machine, on loopback."""
    with deaf_to_interrupts():
        return LocalCluster(
            n_workers=config.workers or None,
            threads_per_worker=1,
            processes=True,
            memory_limit=config.memory_limit,
            host="127.0.0.1",
            dashboard_address=config.dashboard or None,
            env=ONE_THREAD,
            **config.options,
        )


def slurm(config: ClusterConfig) -> Any:
    """Jobs of a SLURM queue; options as of ``dask_jobqueue.SLURMCluster``."""
    return _queue("SLURMCluster", config)


def pbs(config: ClusterConfig) -> Any:
    """Jobs of a PBS queue; options as of ``dask_jobqueue.PBSCluster``."""
    return _queue("PBSCluster", config)


def kubernetes(config: ClusterConfig) -> Any:
    """Pods; options as of ``dask_kubernetes.operator.KubeCluster``."""
    kind = _imported("dask_kubernetes.operator", "KubeCluster", "dask-kubernetes")
    return kind(n_workers=config.workers or 1, env=ONE_THREAD, **config.options)


def gateway(config: ClusterConfig) -> Any:
    """Workers of a Dask Gateway; options as of ``dask_gateway.GatewayCluster``."""
    kind = _imported("dask_gateway", "GatewayCluster", "dask-gateway")
    cluster = kind(**config.options)
    cluster.scale(config.workers or 1)
    return cluster


CLUSTERS: Mapping[str, Callable[[ClusterConfig], Any]] = {
    "local": local,
    "slurm": slurm,
    "pbs": pbs,
    "kubernetes": kubernetes,
    "gateway": gateway,
}


def _queue(name: str, config: ClusterConfig) -> Any:
    """One worker process of one thread for each core of a job; the environment by its script."""
    kind = _imported("dask_jobqueue", name, "dask-jobqueue")
    given = dict(config.options)
    exports = [f"export {variable}={value}" for variable, value in ONE_THREAD.items()]
    given["job_script_prologue"] = [*exports, *given.get("job_script_prologue", ())]
    given.setdefault("processes", given.get("cores", 1))
    given.setdefault("scheduler_options", {"dashboard_address": config.dashboard or None})
    cluster = kind(**given)
    cluster.scale(config.workers or 1)
    return cluster


def _imported(module: str, name: str, package: str) -> Any:
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        raise InputError(
            f"this kind of cluster needs the package {package}: pip install {package}"
        ) from error


def security(config: ClusterConfig) -> Security | None:
    """What a ``tls://`` scheduler wants to see; None if nothing is configured.

    Raises:
        ConfigError: if only some of the three files are named.
    """
    files = (config.tls_ca_file, config.tls_cert, config.tls_key)
    if not any(files):
        return None
    if not all(files):
        raise ConfigError("cluster: tls_ca_file, tls_cert and tls_key: expected all or none")
    return Security(
        tls_ca_file=files[0],
        tls_client_cert=files[1],
        tls_client_key=files[2],
        require_encryption=True,
    )


def is_open(address: str) -> bool:
    """Whether anybody on the network may read and send what goes to a scheduler.

    Whoever can send tasks to a scheduler can run any code on its workers.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "ws", "") or not parts.hostname:
        return False
    try:
        return not ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return parts.hostname != "localhost"
