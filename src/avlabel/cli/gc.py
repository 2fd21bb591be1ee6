"""``avlabel gc``: remove what no reader of scenes needs any more."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from avlabel.errors import SceneError, SceneNotFoundError
from avlabel.scenes.commits import FOLDER
from avlabel.scenes.garbage import Garbage, GarbageRules, find_garbage, find_parts, remove_garbage
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel.scenes.store import Store

UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class AgeType(click.ParamType[float]):
    """A number and s, m, h or d."""

    name = "AGE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse to seconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", str(value))
        if match is None:
            self.fail(f"expected a number and s, m, h or d such as 24h, got '{value}'", param, ctx)
        return float(match[1]) * UNITS_S[match[2]]


@dataclass(slots=True)
class _Scene:
    """One scene's garbage, and what came of it."""

    store: Store
    found: list[Garbage] = field(default_factory=list)
    removed: list[Garbage] = field(default_factory=list)
    problem: str = ""


@click.command("gc")
@click.argument("root")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Keep the N newest commits of every scene.",
)
@click.option(
    "--min-age",
    "min_age_s",
    type=AgeType(),
    default="24h",
    show_default=True,
    help="Keep what was written or superseded more recently.",
)
@click.option("--yes", is_flag=True, help="Remove it; without this nothing is removed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(root: str, keep: int, min_age_s: float, yes: bool, as_json: bool) -> int:
    """Remove old commits, orphaned generations and drafts of the scenes under ROOT.

    The newest commit of a scene and people's edits always stay. Without --yes it only says what
    it would do.

    \b
    avlabel gc scenes
    avlabel gc scenes --keep 2 --min-age 7d --yes
    """  # noqa: D301 (\b keeps click from rewrapping)
    rules = GarbageRules(keep, min_age_s)
    scenes = [_look(store, rules) for store in _scenes(root)]
    scenes += _parts(Store.at(root), rules)
    if not as_json:
        _print_plan(scenes)
    if yes:
        for scene in scenes:
            _remove(scene)
    if as_json:
        click.echo(json.dumps(_facts(scenes, removed=yes), indent=1))
    else:
        _print_outcome(scenes, removed=yes)
    return 1 if any(scene.problem for scene in scenes) else 0


def _scenes(root: str) -> Iterator[Store]:
    """Every scene under a root, those without a commit too; or the root itself."""
    given = Store.at(root)
    if given.names(FOLDER) or given.names("data"):
        yield given
        return
    names = [name for name in given.names() if name.startswith(SCENE_PREFIX)]
    if not names:
        raise SceneNotFoundError(f"{root}: no scene in it, and it is none itself")
    for name in names:
        yield given.child(name)


def _parts(root: Store, rules: GarbageRules) -> list[_Scene]:
    from avlabel.pipeline.parts import FOLDER as PARTS

    found = find_parts(root, PARTS, rules)
    return [_Scene(root, found)] if found else []


def _look(store: Store, rules: GarbageRules) -> _Scene:
    try:
        return _Scene(store, find_garbage(store, rules))
    except SceneError as error:
        return _Scene(store, problem=str(error))


def _remove(scene: _Scene) -> None:
    if scene.problem or not scene.found:
        return
    try:
        scene.removed = remove_garbage(scene.store, scene.found)
    except (SceneError, OSError) as error:
        scene.problem = str(error)


def _facts(scenes: list[_Scene], *, removed: bool) -> dict[str, Any]:
    return {
        "scenes": [
            {
                "path": scene.store.path(),
                "garbage": [
                    {**asdict(item), **({"removed": item in scene.removed} if removed else {})}
                    for item in scene.found
                ],
                "problem": scene.problem or None,
            }
            for scene in scenes
        ],
        "bytes": sum(item.bytes for scene in scenes for item in scene.found),
        "removed_bytes": sum(item.bytes for scene in scenes for item in scene.removed),
    }


def _print_plan(scenes: list[_Scene]) -> None:
    table = Table(title_justify="left")
    for name in ("scene", "what", "MB", "unused for"):
        table.add_column(name, justify="right" if name == "MB" else "left")
    for scene in scenes:
        name = scene.store.path().rpartition("/")[2].removeprefix(SCENE_PREFIX)
        for item in scene.found:
            table.add_row(name, _what(item), f"{item.bytes / 1e6:.1f}", _age(item.age_s))
    console = Console()
    if table.row_count:
        console.print(table)
    for scene in scenes:
        if scene.problem:
            console.print(f"left alone: {scene.problem}", highlight=False, soft_wrap=True)


def _print_outcome(scenes: list[_Scene], *, removed: bool) -> None:
    found = [item for scene in scenes for item in scene.found]
    gone = [item for scene in scenes for item in scene.removed]
    if not found:
        click.echo(f"nothing to remove in {len(scenes)} scenes")
    elif not removed:
        total = sum(item.bytes for item in found) / 1e6
        click.echo(f"{len(found)} to remove, {total:.1f} MB; nothing done yet: add --yes")
    else:
        total = sum(item.bytes for item in gone) / 1e6
        left = f", {len(found) - len(gone)} left alone (in use)" if len(gone) < len(found) else ""
        click.echo(f"{len(gone)} removed, {total:.1f} MB{left}")
    for scene in scenes:
        if removed and scene.problem and scene.found:
            sys.stderr.write(f"avlabel: {scene.problem}\n")


def _what(item: Garbage) -> str:
    if item.kind == "superseded":
        return f"commit {item.commit} and {item.path}"
    what = {"orphan": "never committed", "draft": "never finished", "parts": "never joined"}
    return f"{what[item.kind]}: {item.path}"


def _age(seconds: float) -> str:
    for unit, length in reversed(UNITS_S.items()):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return "0 s"
