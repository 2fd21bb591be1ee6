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
    scene = Store.at(root).child(SCENE_PREFIX + scene_id)
    number = newest_number(scene)
    if number == 0:
        return False
    try:
        commit = read_commit(scene, number)
    except SceneCorruptError:
        return False
    if not commit.same_work(input_hash, config_hash, version):
        return False
    data = f"data/{commit.generation}"
    there = {f"{data}/{path}": size for path, size in scene.sizes(data).items()}
    return all(there.get(entry.path) == entry.bytes for entry in commit.files.values())


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
