"""Clusters, as far as one machine can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from avlabel.core.configs import from_toml, read_config
from avlabel.errors import ConfigError, InputError
from avlabel_pipelines import clusters
from avlabel_pipelines.config import BatchConfig, ClusterConfig

CONFIGS = Path(__file__).parents[2] / "pipelines" / "configs"


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://localhost:8786", False),
        ("tcp://[::1]:8786", False),
        ("tls://10.0.0.1:8786", False),
        ("inproc://x/1/2", False),
        ("tcp://10.0.0.1:8786", True),
        ("tcp://head.example:8786", True),
        ("ws://10.0.0.1:8786", True),
    ],
)
def test_a_plain_scheduler_on_the_network_is_open(address: str, is_open: bool) -> None:
    assert clusters.is_open(address) is is_open


def test_tls_options_pass_through() -> None:
    config = ClusterConfig(tls_ca_file="ca.pem", tls_cert="c.pem", tls_key="k.pem")
    security = clusters.security(config)
    assert security is not None
    assert security.require_encryption
    assert (security.tls_ca_file, security.tls_client_cert) == ("ca.pem", "c.pem")
    assert clusters.security(ClusterConfig()) is None
    with pytest.raises(ConfigError, match="all or none"):
        clusters.security(ClusterConfig(tls_cert="c.pem"))


@pytest.mark.parametrize(("kind", "mark"), [("slurm", "#SBATCH"), ("pbs", "#PBS")])
def test_job_scripts(kind: str, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    jobqueue = pytest.importorskip("dask_jobqueue", reason="needs the package dask-jobqueue")
    config = read_config(BatchConfig, CONFIGS / "cluster.toml").cluster
    asked = []
    name = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}[kind]
    monkeypatch.setattr(getattr(jobqueue, name), "scale", lambda _self, n: asked.append(n))
    local = {"scheduler_options": {"host": "127.0.0.1", "dashboard_address": None}}
    options = {**config.options, **local}
    with clusters.CLUSTERS[kind](replace(config, options=options)) as cluster:
        script = cluster.job_script()
    assert mark in script
    assert "export OPENBLAS_NUM_THREADS=1" in script
    assert "--nthreads 1" in script
    assert "--nworkers 16" in script
    assert "12:00:00" in script
    assert asked[0] == 128


@pytest.mark.parametrize(
    ("kind", "package"), [("kubernetes", "dask_kubernetes"), ("gateway", "dask_gateway")]
)
def test_a_missing_package_is_named(
    kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "dask_kubernetes.operator" if kind == "kubernetes" else package
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(InputError, match=f"pip install {package.replace('_', '-')}"):
        clusters.CLUSTERS[kind](ClusterConfig())


def test_an_unknown_kind_is_refused() -> None:
    unknown = clusters.connected(ClusterConfig(kind="cloud"))
    with pytest.raises(InputError, match="expected one of local, slurm, pbs"), unknown:
        pass


def test_a_typo_in_a_configuration_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'retries'"):
        from_toml(BatchConfig, "[run]\nretrys = 3\n", "my.toml")
