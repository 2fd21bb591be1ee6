"""Running rules, and telling people what they found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from avlabel.checks.config import CheckConfig
from avlabel.checks.registry import Hit, Rule, chosen
from avlabel.checks.rules import RULES
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
    """Run every rule that needs nothing but labels and is not disabled.

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
    subject = Subject(cuboids, frames, taxonomy, config)
    known = chosen(None, config.disabled)
    return list(
        findings(look(subject, [rule for rule in known if rule.needs == "labels"]), subject)
    )


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
            tracks.setdefault(track if track != NO_TRACK else NO_TRACK - 1 - hit.row, []).append(
                hit
            )
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
