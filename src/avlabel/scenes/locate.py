"""Finding the scene that a path or URI means."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from avlabel.errors import SceneNotFoundError
from avlabel.scenes.commits import newest_number
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel.scenes.store import Store


def locate(uri: str | Path) -> tuple[Store, int]:
    """The folder of a scene, and the number of its newest commit.

    Args:
        uri: a scene's folder ``<root>/scene_id=<id>``, or a root that holds exactly one.

    Raises:
        SceneNotFoundError: if there is none, or a choice; the message lists or suggests ids.
    """
    given = Store.at(uri)
    if (number := newest_number(given)) > 0:
        return given, number
    if given.exists("_commits"):
        raise SceneNotFoundError(
            f"{uri}: nothing committed; the run that wrote it was interrupted or still goes on"
        )
    if not given.exists():
        raise SceneNotFoundError(f"{uri}: no such scene{_suggestion(given)}")
    ids = scene_ids(given)
    if not ids:
        raise SceneNotFoundError(f"{uri}: no scene in it, and it is none itself")
    if len(ids) > 1:
        raise SceneNotFoundError(
            f"{uri}: holds {len(ids)} scenes ({', '.join(ids)}); name one, "
            f"such as {given.path(SCENE_PREFIX + ids[0])}"
        )
    scene = given.child(SCENE_PREFIX + ids[0])
    return scene, newest_number(scene)


def scenes_at(uri: str | Path) -> list[str]:
    """Folders of all scenes that a path or URI means: itself, or what is in a root, sorted by id.

    Raises:
        SceneNotFoundError: if there is none; the message suggests some.
    """
    given = Store.at(uri)
    if newest_number(given) == 0 and len(ids := scene_ids(given)) > 1:
        return [given.path(SCENE_PREFIX + one) for one in ids]
    return [locate(uri)[0].path()]


def scene_ids(root: Store) -> list[str]:
    """Sorted ids of the committed scenes in a root."""
    folders = [name for name in root.names() if name.startswith(SCENE_PREFIX)]
    committed = [name for name in folders if newest_number(root.child(name)) > 0]
    return [name.removeprefix(SCENE_PREFIX) for name in committed]


def suggest(name: str, known: list[str]) -> str:
    """A clause that names the nearest of ``known``, or all of them if few; "" if none."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; there are {', '.join(known)}" if 0 < len(known) <= 20 else ""


def _suggestion(missing: Store) -> str:
    folder, _, name = missing.base.rpartition("/")
    return suggest(name.removeprefix(SCENE_PREFIX), scene_ids(Store(missing.files, folder)))
