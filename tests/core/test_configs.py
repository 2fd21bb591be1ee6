"""Configurations to TOML and back, and what a user's mistakes look like."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avlabel.core.configs import from_toml, read_config, to_toml
from avlabel.errors import ConfigError
from avlabel.pipeline import PipelineConfig


def test_defaults_survive_the_way_to_toml_and_back():
    text = to_toml(PipelineConfig())
    assert from_toml(PipelineConfig, text, "x.toml") == PipelineConfig()
    assert from_toml(PipelineConfig, "", "x.toml") == PipelineConfig()


def test_every_key_is_explained():
    lines = to_toml(PipelineConfig()).splitlines()
    for above, line in pairwise(lines):
        if "=" in line and not line.startswith("#"):
            assert above.startswith("# "), line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("detect = 3", r"x\.toml: detect"),
        ("[{}]\ncel_m = 1.0", r"loose\.cel_m: unknown key; did you mean"),
        ("[{}]\ncell_m = 'a'", r"detect\.segment\.loose\.cell_m: expected float, got 'a'"),
        ("[{}]\nmin_points = 0.5", r"min_points: expected int, got 0\.5"),
        ("[{}]\nmin_points = true", r"min_points: expected int, got True"),
        ("[ingest.compensate]\nstep_us = 0.0", r"step_us: expected more than 0, got 0"),
        ("[ingest]\nmax_range_m = inf", r"max_range_m: expected a finite number, got inf"),
        ("detect = [", r"x\.toml: not TOML"),
    ],
)
def test_mistakes_name_the_file_and_the_key(text, message):
    with pytest.raises(ConfigError, match=message):
        from_toml(PipelineConfig, text.format("detect.segment.loose"), "x.toml")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        read_config(PipelineConfig, tmp_path / "none.toml")
