"""What of a scene nobody needs any more: superseded generations, orphans, drafts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

from avlabel.errors import SceneError
from avlabel.scenes.commits import COMMIT_NAME, FOLDER, Commit, commit_path, read_commit
from avlabel.scenes.lease import take_lease
from avlabel.scenes.store import Store

DATA = "data"
GENERATION = re.compile(r"(\d{8}T\d{6})-[0-9a-f]{8}")
DRAFT = re.compile(r"\..+\.\d+-[0-9a-f]{8}")
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Garbage:
    """Something that can be removed.

    Attributes:
        kind: a commit that others followed, with its generation; a generation that no commit
            names; a file that was never finished; parts of a scene that were never joined.
        path: the folder or file, relative to the scene's folder, or the root's for parts.
        bytes: that its removal gives back.
        age_s: seconds for which nobody needed it.
        commit: number of the superseded commit, 0 for none.
    """

    kind: Literal["superseded", "orphan", "draft", "parts"]
    path: str
    bytes: int
    age_s: float
    commit: int = 0


@dataclass(frozen=True, slots=True)
class GarbageRules:
    """What is kept.

    Attributes:
        keep: so many of the newest commits.
        min_age_s: whatever was written or superseded less than this long ago: a writer or a
            reader may be at work with it.
    """

    keep: int = 1
    min_age_s: float = DAY_S


DEFAULTS = GarbageRules()


def find_garbage(
    scene: Store, rules: GarbageRules = DEFAULTS, now_s: float | None = None
) -> list[Garbage]:
    """What can be removed from a scene, the commits first; edits are never part of it.

    Raises:
        SceneError: if a commit cannot be read, or the newest lacks a file: then nothing can be
            told to be useless.
    """
    now_s = time.time() if now_s is None else now_s
    commits = _commits(scene)
    sizes = scene.sizes(DATA)
    if commits:
        _check_whole(scene, commits[max(commits)], sizes)
    found = [*_superseded(scene, commits, sizes, rules, now_s)]
    named = {commit.generation for commit in commits.values()}
    found += _orphans(scene, named, sizes, now_s)
    found += _drafts(scene, now_s)
    return [item for item in found if item.age_s >= rules.min_age_s]


def find_parts(
    root: Store, folder: str, rules: GarbageRules = DEFAULTS, now_s: float | None = None
) -> list[Garbage]:
    """Parts of long logs in ``<root>/<folder>/<scene>/<key>`` that nobody goes on with."""
    now_s = time.time() if now_s is None else now_s
    sizes: dict[str, dict[str, int]] = {}
    for path, size in root.sizes(folder).items():
        parts = path.split("/")
        sizes.setdefault("/".join([folder, *parts[:2]]), {})[path] = size
    found = []
    for path, files in sorted(sizes.items()):
        began_s = [_began_s(match) for file in files for match in GENERATION.finditer(file)]
        age_s = now_s - max([*began_s, *_written_s(root, path)], default=now_s)
        found.append(Garbage("parts", path, sum(files.values()), age_s))
    return [item for item in found if item.age_s >= rules.min_age_s]


def remove_garbage(scene: Store, garbage: list[Garbage]) -> list[Garbage]:
    """Remove what was found, and return what was removed.

    A generation that a writer holds, or that a commit has named since, stays. A second process
    that removes garbage of the same scene finds nothing to do.

    Raises:
        SceneWriteError: if the disk refuses.
    """
    only_one = take_lease(scene, FOLDER)
    if only_one is None:
        return []
    try:
        return [item for item in garbage if _remove(scene, item)]
    finally:
        only_one.release()


def _remove(scene: Store, item: Garbage) -> bool:
    if item.kind == "draft":
        scene.remove_file(item.path)
        return True
    if item.kind == "parts":
        scene.remove_folder(item.path)
        return True
    writer = take_lease(scene, item.path)
    if writer is None:
        return False
    try:
        commits = _commits(scene)
        generation = item.path.rpartition("/")[2]
        naming = {number for number, c in commits.items() if c.generation == generation}
        if naming - {item.commit} or (naming and max(naming) == max(commits)):
            return False
        if not naming and not scene.exists(item.path):
            return False
        if item.commit:
            # First the commit: a process that dies here leaves an orphan, not a broken scene.
            scene.remove_file(commit_path(item.commit))
        scene.remove_folder(item.path)
        return True
    finally:
        writer.release()


def _commits(scene: Store) -> dict[int, Commit]:
    names = [COMMIT_NAME.fullmatch(name) for name in scene.names(FOLDER)]
    return {int(match[1]): read_commit(scene, int(match[1])) for match in names if match}


def _check_whole(scene: Store, newest: Commit, sizes: dict[str, int]) -> None:
    for entry in newest.files.values():
        if sizes.get(entry.path.removeprefix(f"{DATA}/")) != entry.bytes:
            raise SceneError(f"{scene.path(entry.path)}: the newest commit lacks this file")


def _superseded(
    scene: Store,
    commits: dict[int, Commit],
    sizes: dict[str, int],
    rules: GarbageRules,
    now_s: float,
) -> Iterator[Garbage]:
    """Old commits, aged from when another followed: who opened one before still reads it."""
    numbers = sorted(commits)
    kept = {commits[number].generation for number in numbers[-max(rules.keep, 1) :]}
    for number, successor in pairwise(numbers):
        generation = commits[number].generation
        if generation not in kept:
            path, age_s = f"{DATA}/{generation}", now_s - _created_s(commits[successor])
            size = _bytes(scene, generation, sizes)
            yield Garbage("superseded", path, size, age_s, number)


def _orphans(
    scene: Store, named: set[str], sizes: dict[str, int], now_s: float
) -> Iterator[Garbage]:
    for name in scene.names(DATA):
        started = GENERATION.fullmatch(name)
        if started is None or name in named:
            continue
        path = f"{DATA}/{name}"
        last_s = max([_began_s(started), *_written_s(scene, path)])
        yield Garbage("orphan", path, _bytes(scene, name, sizes), now_s - last_s)


def _drafts(scene: Store, now_s: float) -> Iterator[Garbage]:
    """Files that were being linked into place when their process died; local disks only."""
    if not scene.is_local:
        return
    for folder in (FOLDER, "edits"):
        for name in scene.names(folder):
            if DRAFT.fullmatch(name):
                path = f"{folder}/{name}"
                age_s = now_s - max(_written_s(scene, path), default=now_s)
                yield Garbage("draft", path, scene.size(path) or 0, age_s)


def _began_s(generation: re.Match[str]) -> float:
    return datetime.strptime(generation[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()


def _created_s(commit: Commit) -> float:
    try:
        return datetime.fromisoformat(commit.created).timestamp()
    except ValueError as error:
        raise SceneError(f"commit of {commit.generation}: created '{commit.created}'") from error


def _bytes(scene: Store, generation: str, sizes: dict[str, int]) -> int:
    """Bytes of a generation that no other shares by hard links."""
    own = {path: n for path, n in sizes.items() if path.startswith(f"{generation}/")}
    if not scene.is_local:
        return sum(own.values())
    total = 0
    for path in own:
        try:
            facts = Path(scene.path(f"{DATA}/{path}")).stat()
        except OSError:
            continue
        total += facts.st_size if facts.st_nlink == 1 else 0
    return total


def _written_s(scene: Store, path: str) -> list[float]:
    """When a file, or a folder and all in it, was last written; unknown in a bucket."""
    if not scene.is_local:
        return []
    top = Path(scene.path(path))
    times = []
    for one in (top, *top.rglob("*")):
        try:
            times.append(one.lstat().st_mtime)
        except OSError:
            continue
    return times
