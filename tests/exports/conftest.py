"""A scene with labels, and the same drive without any."""

from __future__ import annotations

from pathlib import Path

import pytest
from export_samples import boxes, street_scene, write_scene

from avlabel.scenes.scene import Scene


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Four objects in three frames; nobody edits it."""
    return street_scene(tmp_path_factory.mktemp("street"))


@pytest.fixture
def blank(tmp_path: Path) -> Scene:
    """The same drive without labels."""
    return write_scene(tmp_path / "blank", boxes([]))
