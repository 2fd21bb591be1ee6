"""Fixtures of the scene store's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from scene_samples import png_bytes, write_sample


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recording's folder with the image that the sample scene refers to."""
    folder = tmp_path / "recording"
    (folder / "camera").mkdir(parents=True)
    (folder / "camera" / "7.png").write_bytes(png_bytes())
    return folder


@pytest.fixture
def scene_path(tmp_path: Path, recording: Path) -> Path:
    """A committed scene with something in every table."""
    return write_sample(tmp_path / "root", source=recording)


@pytest.fixture
def flip_byte() -> Callable[[Path, int], None]:
    """Inverts one byte of a file."""

    def flip(path: Path, position: int) -> None:
        content = bytearray(path.read_bytes())
        content[position] ^= 0xFF
        path.write_bytes(content)

    return flip
