"""The commit: the one small file that makes a generation of tables the scene."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from avlabel.errors import SceneCorruptError, SceneError
from avlabel.scenes.paths import contained
from avlabel.scenes.schema import FORMAT, FORMAT_VERSION, check_version
from avlabel.scenes.store import Store

FOLDER = "_commits"
MAX_COMMIT_BYTES = 4 << 20
COMMIT_NAME = re.compile(r"(\d{8})\.json")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a commit.

    Attributes:
        path: relative to the scene's folder, POSIX style.
        bytes: its size.
        sha256: hex digest of the whole file.
        footer_sha256: hex digest of its Parquet footer, which page checksums do not cover.
    """

    path: str
    bytes: int
    sha256: str
    footer_sha256: str


@dataclass(frozen=True, slots=True)
class Commit:
    """What a commit file says.

    Attributes:
        scene_id: of the scene.
        generation: folder under ``data/`` that holds the files.
        input_hash: of what was read.
        config_hash: of the resolved configuration.
        avlabel_version: program that wrote it.
        created: UTC, ISO 8601.
        stage_ms: time spent by stage, milliseconds.
        files: by table name.
        input_stamp: of the names, sizes and times of change of the recording's files, if known.
        format_version: of the scene format.
    """

    scene_id: str
    generation: str
    input_hash: str
    config_hash: str
    avlabel_version: str
    created: str
    stage_ms: Mapping[str, float]
    files: Mapping[str, FileEntry]
    input_stamp: str = ""
    format_version: str = FORMAT_VERSION

    def to_json(self) -> bytes:
        """As it is stored."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode()

    def same_work(self, input_hash: str, config_hash: str, version: str) -> bool:
        """Whether a run with these hashes would only repeat this commit."""
        mine = (self.input_hash, self.config_hash, self.avlabel_version)
        return mine == (input_hash, config_hash, version)


def newest_number(scene: Store) -> int:
    """Number of the newest commit; 0 if there is none."""
    found = [COMMIT_NAME.fullmatch(name) for name in scene.names(FOLDER)]
    return max((int(match[1]) for match in found if match), default=0)


def commit_path(number: int) -> str:
    """Where commit ``number`` is stored, relative to the scene's folder."""
    return f"{FOLDER}/{number:08d}.json"


def read_commit(scene: Store, number: int) -> Commit:
    """Read and check one commit.

    Raises:
        SceneCorruptError: if it is malformed, or a path in it leaves the scene's folder.
        SceneVersionError: if its major version is unknown.
        SceneError: if an object store does not answer, however often it is asked.
    """
    where = scene.path(commit_path(number))
    try:
        facts = json.loads(scene.read(commit_path(number), MAX_COMMIT_BYTES).to_pybytes())
        if facts.pop("format") != FORMAT:
            raise ValueError(f"expected the format '{FORMAT}'")
        check_version(str(facts["format_version"]), where)
        return _commit(facts, where)
    except ConnectionError as error:
        raise SceneError(f"{where}: cannot be reached: {error}") from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise SceneCorruptError(f"{where}: not a commit: {error!r}") from error


def _commit(facts: dict[str, Any], where: str) -> Commit:
    files = {str(table): _entry(entry) for table, entry in facts["files"].items()}
    data = f"data/{facts['generation']}/"
    for entry in files.values():
        if not contained(entry.path, where).startswith(data):
            raise SceneCorruptError(f"{where}: path '{entry.path}' lies outside '{data}'")
    known = {name: facts[name] for name in Commit.__dataclass_fields__ if name in facts}
    stage_ms = {str(stage): float(ms) for stage, ms in facts["stage_ms"].items()}
    for name in known.keys() - {"files", "stage_ms"}:
        _expect(str, name, known[name])
    return Commit(**{**known, "files": files, "stage_ms": stage_ms})


def _entry(facts: Mapping[str, Any]) -> FileEntry:
    entry = FileEntry(**{name: facts[name] for name in FileEntry.__dataclass_fields__})
    for name in ("path", "sha256", "footer_sha256"):
        _expect(str, name, getattr(entry, name))
    _expect(int, "bytes", entry.bytes)
    if entry.bytes < 0:
        raise ValueError(f"'bytes': {entry.bytes}")
    return entry


def _expect(kind: type, name: str, value: object) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"'{name}': expected {kind.__name__}, got {type(value).__name__}")
