"""Formats are found by name, and a typo is met with the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest
from written_drives import write_native

from avlabel.errors import FormatError, ReadError
from avlabel.readers.registry import format_names, open_log


def test_all_formats_are_announced() -> None:
    ours = {"native", "kitti-tracking", "kitti-raw", "kitti-object", "pandaset"}
    assert ours <= set(format_names())


def test_opens_by_name(tmp_path: Path) -> None:
    assert open_log(str(write_native(tmp_path / "drive")), "native").log_id == "drive-7"


@pytest.mark.parametrize(
    ("typo", "meant"), [("pandset", "pandaset"), ("KITTI-Raw", "kitti-raw"), ("nativ", "native")]
)
def test_typo_suggests_the_nearest(tmp_path: Path, typo: str, meant: str) -> None:
    with pytest.raises(FormatError, match=f"'{typo}'.*kitti-object.*did you mean '{meant}'"):
        open_log(tmp_path, typo)


def test_far_off_name_lists_all(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"'xyz': expected one of .*native") as caught:
        open_log(tmp_path, "xyz")
    assert "mean" not in str(caught.value)


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"nowhere: no such file or folder"):
        open_log(tmp_path / "nowhere", "native")


@pytest.mark.parametrize("name", ["native", "kitti-tracking", "kitti-raw", "pandaset"])
def test_an_empty_folder_is_no_recording(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReadError, match=str(tmp_path)):
        open_log(tmp_path, name)
