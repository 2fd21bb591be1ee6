"""Fixtures every test folder shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The first example may compile a kernel, so time says nothing; in CI equal code gets equal cases.
settings.register_profile("avlabel", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("avlabel")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real recordings (../shared/data) are not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def sample_drive() -> Path:
    """The simulated drive that ships with the project."""
    return Path(__file__).resolve().parents[1] / "sample_data" / "drive"
