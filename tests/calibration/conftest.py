"""Drives whose calibration is right, to plant errors in."""

from __future__ import annotations

import pytest

from avlabel.readers.registry import open_log


@pytest.fixture(scope="session")
def sample_log(sample_drive):
    return open_log(sample_drive, "native")


@pytest.fixture(scope="session")
def pandaset(shared_data):
    return open_log(shared_data / "pandaset" / "002", "pandaset")


@pytest.fixture(scope="session")
def kitti(shared_data):
    return open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")
