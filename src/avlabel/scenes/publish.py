"""Publishing a generation, and knowing whether there is anything to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from avlabel import __version__
from avlabel.errors import SceneCorruptError
from avlabel.scenes.commits import FOLDER, Commit, commit_path, newest_number, read_commit
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel.scenes.store import Store


def is_current(
    root: str | Path,
    scene_id: str,
    input_hash: str,
    config_hash: str,
    version: str = __version__,
) -> bool:
    """Whether the scene's newest commit comes from this input, configuration and version.

    A commit that is unreadable, or has a file missing or of another size, does not count, so
    that a rerun mends it.

    Raises:
        SceneVersionError: if a later major version wrote the newest commit.
    """
    commit = newest_commit(root, scene_id)
    return commit is not None and commit.same_work(input_hash, config_hash, version)


def newest_commit(root: str | Path, scene_id: str) -> Commit | None:
    """What a scene was made from, or None if nothing whole is there.

    A commit that is unreadable, or has a file missing or of another size, counts as none.

    Raises:
        SceneVersionError: if a later major version wrote it.
    """
    scene = Store.at(root).child(SCENE_PREFIX + scene_id)
    number = newest_number(scene)
    if number == 0:
        return None
    try:
        commit = read_commit(scene, number)
    except SceneCorruptError:
        return None
    data = f"data/{commit.generation}"
    there = {f"{data}/{path}": size for path, size in scene.sizes(data).items()}
    complete = all(there.get(entry.path) == entry.bytes for entry in commit.files.values())
    return commit if complete else None


def why_redo(commit: Commit | None, input_stamp: str, config_hash: str) -> str:
    """Why a scene has to be made, in a few words; "" if its newest commit is made from the same.

    Args:
        commit: the newest, or None.
        input_stamp: of the recording's files as they are now.
        config_hash: of the configuration.
    """
    if commit is None:
        return "new"
    reasons = {
        "input changed": commit.input_stamp != input_stamp,
        "configuration changed": commit.config_hash != config_hash,
        f"made by version {commit.avlabel_version}": commit.avlabel_version != __version__,
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)


def publish(scene: Store, mine: Commit, base: int) -> Commit:
    """Make a generation the scene, under the first free number after all others.

    Args:
        scene: the scene's folder.
        mine: what to publish; its files are on disk.
        base: number of the newest commit when its writer began.

    Returns:
        ``mine``; or the commit that somebody else published since ``base`` with equal hashes.

    Raises:
        SceneWriteError: if the commit cannot be written.
    """
    while True:
        newest = newest_number(scene)
        for theirs in commits_since(scene, base, newest):
            if theirs.same_work(mine.input_hash, mine.config_hash, mine.avlabel_version):
                return theirs
        if scene.create_if_absent(commit_path(newest + 1), mine.to_json()):
            scene.sync(FOLDER)
            return mine
        base = newest


def is_published(scene: Store, generation: str, base: int) -> bool:
    """Whether a commit after ``base`` names a generation."""
    since = commits_since(scene, base, newest_number(scene))
    return any(commit.generation == generation for commit in since)


def commits_since(scene: Store, base: int, newest: int) -> Iterator[Commit]:
    """The commits numbered after ``base``, to ``newest``.

    Raises:
        SceneCorruptError: if one cannot be read.
        SceneVersionError: if a later major version wrote it.
    """
    for number in range(base + 1, newest + 1):
        yield read_commit(scene, number)
