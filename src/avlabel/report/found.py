"""What rules find fault with: labels, and the recording itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from avlabel.checks.registry import RULES
from avlabel.checks.scene import undecided
from avlabel.core.findings import NOWHERE, Finding
from avlabel.report.cutouts import Cutouts
from avlabel.report.html import Html, card, joined, picture, section, table, tag
from avlabel.report.subject import Subject

PICTURED = 20
ORDER = ("error", "warning", "info")


def found(subject: Subject, cutouts: Cutouts) -> Html:
    """Findings by rule, and the worst pictured."""
    faults = _worst_first(subject)
    unable = undecided(subject.scene)
    fine = [name for name in RULES if name not in unable and not subject.hits.get(name)]
    return section(
        "Findings",
        _by_rule(faults),
        tag("p", tag("span", "Fine: ", class_="fine"), ", ".join(fine) or "nothing", "."),
        *(tag("p", f"Undecided: {name}: {why}.", class_="faint") for name, why in unable.items()),
        *_pictured(subject, faults[:PICTURED], cutouts),
    )


def recording(subject: Subject) -> Html:
    """What calibration checks, synchronization and the other stages noticed when labeling."""
    noticed = [one for one in subject.scene.findings() if one.rule not in RULES]
    title = "Calibration, synchronization and recording"
    if not noticed:
        return section(title, tag("p", "Nothing was noticed.", class_="fine"))
    rows = [
        (_severity(one.severity), one.rule, n, one.message)
        for one, n in _one_of_each(sorted(noticed, key=lambda f: ORDER.index(f.severity)))
    ]
    return section(title, table(("", "rule", "times", "the first"), rows))


def _one_of_each(noticed: Sequence[Finding]) -> Iterator[tuple[Finding, int]]:
    times = Counter(one.rule for one in noticed)
    first = {one.rule: one for one in reversed(noticed)}
    for rule in dict.fromkeys(one.rule for one in noticed):
        yield first[rule], times[rule]


def _worst_first(subject: Subject) -> list[Finding]:
    """By severity, then by how many times the limit they are."""
    labels = subject.labels
    excess: dict[tuple[str, int, int], float] = {}
    for rule, of_rule in subject.hits.items():
        for hit in of_rule:
            at = int(labels.frame_idx[hit.row]), int(labels.track_id[hit.row])
            excess[rule, *at] = max(hit.excess, excess.get((rule, *at), 0.0))

    def rank(one: Finding) -> tuple[int, float]:
        return ORDER.index(one.severity), -excess.get((one.rule, one.frame_idx, one.track_id), 0.0)

    return sorted(subject.faults, key=rank)


def _by_rule(faults: Sequence[Finding]) -> Html:
    if not faults:
        return tag("p", "No rule finds fault with the labels.", class_="fine")
    times = Counter(one.rule for one in faults)
    ordered = sorted(times, key=lambda name: (ORDER.index(RULES[name].severity), -times[name]))
    rows = ((_severity(RULES[n].severity), n, times[n], RULES[n].reason) for n in ordered)
    return table(("", "rule", "objects", "what is found"), rows)


def _pictured(subject: Subject, faults: Sequence[Finding], cutouts: Cutouts) -> Iterator[Html]:
    cards = []
    for one in faults:
        rows = np.flatnonzero(
            (subject.labels.frame_idx == one.frame_idx) & (subject.labels.track_id == one.track_id)
        )
        if not len(rows):
            continue
        box = subject.labels.select(rows[:1])
        name = subject.scene.taxonomy.names(box.category)[0].replace("_", " ")
        track = "" if one.track_id == NOWHERE else f" {one.track_id}"
        what = f"{name}{track}, frame {one.frame_idx}"
        said = joined([tag("b", one.rule, class_=one.severity), f" {what}: {one.message}"])
        cards.append(card(picture(cutouts.draw(box), f"{one.rule}: {what}"), said))
    if cards:
        yield tag("h3", f"The worst {len(cards)}")
        yield tag("div", joined(cards), class_="cards")


def _severity(severity: str) -> Html:
    return tag("span", severity, class_=severity)
