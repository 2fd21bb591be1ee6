"""From paths, globs and manifests to logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from avlabel.errors import InputError
from avlabel_pipelines.inputs import from_arguments, from_manifest
from avlabel_pipelines.jobs import LogRef


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("2026-05-01/a", "2026-05-01/b", "2026-05-02/a", "2026-05-02/.hidden"):
        (tmp_path / "fleet" / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "fleet"


def names(arguments: list[str]) -> list[str]:
    return [Path(log.uri).as_posix() for log in from_arguments(arguments, "native")]


def test_globs_on_disk(fleet: Path) -> None:
    everything = [str(fleet / name) for name in ("2026-05-01/a", "2026-05-01/b", "2026-05-02/a")]
    assert names(["fleet/*/*"]) == everything
    assert names([f"{fleet}/2026-*/*"]) == everything
    assert names(["fleet/2026-05-0[1]/?"]) == everything[:2]
    assert names(["*/2026-05-02/a"]) == everything[2:]


def test_a_glob_in_a_bucket(bucket: str) -> None:
    from avlabel.scenes.store import Store

    for key in ("drives/a/log.toml", "drives/b/log.toml", "other/c/log.toml"):
        Store.at(f"s3://{bucket}").create_if_absent(key, b"x")
    found = [log.uri for log in from_arguments([f"s3://{bucket}/drives/*"], "native")]
    assert found == [f"s3://{bucket}/drives/a", f"s3://{bucket}/drives/b"]


def test_every_sequence_is_a_log_of_its_own(fleet: Path) -> None:
    found = from_arguments([str(fleet)], "kitti-tracking", ["0000", "0001"])
    assert [log.sequence for log in found] == ["0000", "0001"]


@pytest.mark.parametrize("argument", ["fleet/2027-*", "nowhere"])
def test_what_is_not_there_is_bad_input(fleet: Path, argument: str) -> None:
    with pytest.raises(InputError, match="no such recording"):
        list(from_arguments([argument], "native"))


def read(fleet: Path, text: str) -> list[LogRef]:
    (fleet / "list.txt").write_text(text)
    return list(from_manifest(str(fleet / "list.txt")))


def test_a_manifest(fleet: Path) -> None:
    found = read(
        fleet,
        "# two logs\n\n2026-05-01/a native scene_id=one frames=3:9\n"
        "'/elsewhere/with blanks' kitti-tracking sequence=0004 lidar=top # the same car\n"
        "s3://bucket/drive native frames=5:\n",
    )
    assert found == [
        LogRef(str(fleet / "2026-05-01/a"), "native", "one", first=3, last=9),
        LogRef("/elsewhere/with blanks", "kitti-tracking", sequence="0004", lidar="top"),
        LogRef("s3://bucket/drive", "native", first=5),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2026-05-01/a", "line 1: expected URI FORMAT"),
        ("2026-05-01/a nativ", "format 'nativ': expected one of"),
        ("2026-05-01/a native scene=x", "'scene=x': expected name=value, with one of scene_id"),
        ("2026-05-01/a native frames=3", "frames=3: expected A:B"),
        ("'2026 native", "No closing quotation"),
        ("../elsewhere native", "leads out of the manifest's folder"),
        ("2026-05-01/../../x native", "leads out of the manifest's folder"),
        ("link/x native", "leads out of the manifest's folder by a symbolic link"),
    ],
)
def test_bad_lines(fleet: Path, line: str, message: str) -> None:
    (fleet / "link").symlink_to("/tmp")  # noqa: S108
    with pytest.raises(InputError, match=message):
        read(fleet, line)
