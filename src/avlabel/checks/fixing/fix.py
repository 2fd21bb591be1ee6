"""Mending the labels of a scene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from avlabel.checks.config import CheckConfig
from avlabel.checks.fixing import boxes as _boxes  # noqa: F401 - registers its fixes
from avlabel.checks.fixing import tracks as _tracks  # noqa: F401 - registers its fixes
from avlabel.checks.fixing.mend import MENDS, Fix, Job
from avlabel.checks.registry import chosen
from avlabel.checks.scene import examine
from avlabel.edits.log import EditLog
from avlabel.edits.model import Edit, Link, Redo, SetValues, Undo, boxes_of
from avlabel.edits.resolve import Resolver
from avlabel.edits.resolved import Resolved
from avlabel.scenes.scene import Scene

AUTHOR = "check"


def fix_labels(
    scene: Scene, config: CheckConfig | None = None, rules: Iterable[str] | None = None
) -> tuple[Fix, ...]:
    """Mend what rules find in a scene's resolved labels, as far as that is safe.

    Each fix is one action of the author ``check``, laid onto what the ones before have made.
    Tracks that anybody else has edited are left alone.

    Args:
        scene: its newest commit.
        config: limits; the defaults if None.
        rules: ids; all that are not disabled if None.

    Returns:
        What was done, in that order.

    Raises:
        ConfigError: for an id that no rule has.
        SceneError: if the scene cannot be read or its edits not be written.
    """
    config, done = config or CheckConfig(), []
    resolver = Resolver(scene.auto_labels())
    with scene.edit_log(AUTHOR) as log:
        edits = list(scene.edits().edits)
        log.follow(edits)
        for rule in chosen(rules, config.disabled):
            if rule.id in MENDS:
                found = _fixes(rule.id, scene, resolver(edits), edits, config)
                edits += _written(found, log)
                done += found
    return tuple(done)


def _fixes(
    rule: str, scene: Scene, seen: Resolved, edits: Sequence[Edit], config: CheckConfig
) -> list[Fix]:
    subject, hits = examine(scene, seen.cuboids, config, [rule])
    if not hits.get(rule):
        return []
    job = Job(rule, seen, subject, hits[rule], others_tracks(seen, edits))
    return list(MENDS[rule](job))


def _written(fixes: Sequence[Fix], log: EditLog) -> list[Edit]:
    return [edit for fix in fixes for edit in log.append(*fix.drafts)]


def others_tracks(seen: Resolved, edits: Iterable[Edit]) -> frozenset[int]:
    """Tracks that anybody but ``check`` has had a hand in, undone or not."""
    keys: set[str] = set()
    for edit in edits:
        change = edit.change
        if edit.author == AUTHOR or isinstance(change, Undo | Redo):
            continue
        keys |= {box.track for box in boxes_of(change)}
        if isinstance(change, Link):
            keys.add(change.to)
        elif isinstance(change, SetValues):
            keys.add(change.target.track)
    return frozenset(seen.track_of(key) for key in keys if key)
