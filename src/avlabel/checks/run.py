"""Running rules, and telling people what they found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from avlabel.checks.around import Around, look_around
from avlabel.checks.config import CheckConfig
from avlabel.checks.images import Shown, in_view, places_said
from avlabel.checks.registry import Hit, Needs, Rule, chosen
from avlabel.checks.rules import RULES
from avlabel.checks.sensors import Sensors
from avlabel.checks.subject import Subject
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.findings import NOWHERE, Finding
from avlabel.core.frames import Frames
from avlabel.core.taxonomy import Taxonomy

Hits = Mapping[str, tuple[Hit, ...]]
"""By rule."""


def check(
    cuboids: Cuboids, frames: Frames, config: CheckConfig, taxonomy: Taxonomy
) -> list[Finding]:
    """Run every rule that needs nothing but labels and is not disabled: milliseconds.

    Args:
        cuboids: in the world frame.
        frames: every frame of the log.
        config: limits.
        taxonomy: that the categories index.

    Returns:
        See ``findings``.

    Raises:
        ConfigError: if an id is disabled that no rule has.
    """
    subject = bare(cuboids, frames, config, taxonomy)
    known = chosen(None, config.disabled)
    return list(
        findings(look(subject, [rule for rule in known if rule.needs == "labels"]), subject)
    )


def bare(cuboids: Cuboids, frames: Frames, config: CheckConfig, taxonomy: Taxonomy) -> Subject:
    """Labels of which no sensor says anything."""
    n = len(cuboids)
    shown = Shown.unseen(n, len(taxonomy.parents))
    return Subject(cuboids, frames, taxonomy, config, Around.unseen(n), shown)


def seen(subject: Subject, sensors: Sensors, needs: Collection[Needs]) -> Subject:
    """The same labels with what sensors show of them, as far as rules need it.

    Raises:
        SceneError: if a sweep cannot be read.
    """
    cuboids, frames, wanted = subject.cuboids, subject.frames, set(needs)
    if {"points", "images"} & wanted:
        subject = replace(subject, around=look_around(cuboids, frames, sensors))
    if "images" in wanted:
        # Most objects have points; where the others are in the images is all that is asked.
        solid = cuboids.track_id[subject.around.solid > 0]
        rows = np.flatnonzero(~np.isin(cuboids.track_id, solid))
        view = np.zeros(len(cuboids), np.bool_)
        view[rows] = in_view(cuboids.select(rows), frames, sensors)
        subject = replace(subject, shown=replace(subject.shown, in_view=view))
    said = sensors.said() if "detector" in wanted else None
    if said is not None:
        says = places_said(cuboids, frames, said)
        subject = replace(subject, shown=replace(subject.shown, says=says))
    return subject


def look(subject: Subject, rules: Iterable[Rule]) -> Hits:
    """What rules find, box by box."""
    return {rule.id: tuple(rule.look(subject)) for rule in rules}


def findings(hits: Hits, subject: Subject) -> Iterator[Finding]:
    """Findings by rule, then in the order of the boxes.

    A rule says at most one thing of a track: the worst, and of how many more boxes it holds.
    """
    for rule_id, found in hits.items():
        tracks: dict[int, list[Hit]] = {}
        for hit in found:
            track = int(subject.cuboids.track_id[hit.row])
            of = track if track != NO_TRACK else NO_TRACK - 1 - hit.row
            tracks.setdefault(of, []).append(hit)
        for same in tracks.values():
            yield _finding(RULES[rule_id], same, subject.cuboids)


def _finding(rule: Rule, hits: list[Hit], cuboids: Cuboids) -> Finding:
    worst = max(hits, key=lambda hit: hit.excess)
    more = f" (and in {len(hits) - 1} more)" if len(hits) > 1 else ""
    track = int(cuboids.track_id[worst.row])
    return Finding(
        rule.id,
        rule.severity,
        worst.reason + more,
        int(cuboids.frame_idx[worst.row]),
        track if track != NO_TRACK else NOWHERE,
    )
