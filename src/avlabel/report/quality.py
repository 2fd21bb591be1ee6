"""How good labels are against truth: tables, curves, and what went wrong, pictured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import Taxonomy, default_taxonomy
from avlabel.evaluation.average_precision import precision_recall
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.criteria import CRITERIA, ERROR_CRITERION
from avlabel.evaluation.evaluate import Compared, Evaluation, score
from avlabel.evaluation.matching import FALSE_POSITIVE, match
from avlabel.evaluation.report import Summary, summarise
from avlabel.evaluation.tables import ERRORS, QUALITY, Column, cell, frames_line, slices_with_truth
from avlabel.render.palette import Rgb
from avlabel.report.cutouts import Cutouts
from avlabel.report.html import Html, card, joined, picture, section, table, tag
from avlabel.report.plots import curves
from avlabel.report.subject import Subject

EXAMPLES = 6
CURVES = {"bev_iou_0.5": "Overlap from above at least 0.5", "center_2m": "Centres within 2 m"}
COLORS: tuple[Rgb, ...] = ((52, 99, 155), (214, 119, 31), (43, 122, 61), (150, 70, 150))


def quality(subject: Subject, cutouts: Cutouts) -> Html:
    """The section on quality; what to do to have one where no truth was given."""
    if subject.compared is None:
        return section("Quality", tag("p", "No truth was given (--truth), so nothing is said."))
    evaluation = score(subject.compared)
    summary = summarise(evaluation)
    return section(
        "Quality against truth",
        tag("p", frames_line(summary), class_="faint"),
        *_tables(summary),
        tag("div", *_curves(evaluation), class_="charts"),
        *_examples(subject, subject.compared, cutouts),
    )


def _tables(summary: Summary) -> Iterator[Html]:
    yield tag("h3", "Detection, and tracking by centre distance")
    yield columns_table(summary, QUALITY)
    yield tag("h3", "Errors of boxes found within 2 m")
    yield columns_table(summary, ERRORS)


def columns_table(summary: Summary, columns: tuple[Column, ...]) -> Html:
    """By class and slice, as ``avlabel evaluate`` prints it."""
    head = ["", *(heading.replace("\n", " ") for heading, _, _ in columns)]
    rows = (
        [_indented(name), *(cell(find(values), spec) for _, find, spec in columns)]
        for name, values in slices_with_truth(summary)
    )
    return table(head, rows)


def _indented(name: str) -> Html:
    """A slice stands a little to the right of its class."""
    return tag("span", name.strip(), class_="sub") if name.startswith(" ") else tag("b", name)


def _curves(evaluation: Evaluation) -> Iterator[Html]:
    names = [criterion.name for criterion in CRITERIA]
    everything = evaluation.slices[0]
    colors = dict(zip(evaluation.classes, COLORS, strict=False))
    for name, title in CURVES.items():
        lines: dict[str, tuple[Float64, Float64]] = {}
        for k, class_name in enumerate(evaluation.classes):
            n_truth = evaluation.detections.n_truth(k, everything)
            scores, is_true = evaluation.detections.counted(names.index(name), k, everything)
            if n_truth and len(scores):
                lines[class_name] = precision_recall(scores, is_true, n_truth)
        if lines:
            yield curves(title, lines, colors, ("recall", "precision"))


def _examples(subject: Subject, compared: Compared, cutouts: Cutouts) -> Iterator[Html]:
    """Truth without a label, and labels without truth, both by centres within 2 m."""
    found, true = compared.found, compared.true
    matched = match(found, true, compared.pairs, ERROR_CRITERION)
    missed = np.setdiff1d(np.flatnonzero(~true.ignored), matched[matched >= 0])
    false = np.flatnonzero(matched == FALSE_POSITIVE)
    by_points = missed[np.argsort(-true.cuboids.num_points[missed], kind="stable")]
    by_score = false[np.argsort(-found.cuboids.score[false], kind="stable")]
    yield from _cards(subject, "Missed", true, by_points, cutouts, scored=False)
    yield from _cards(subject, "False boxes", found, by_score, cutouts, scored=True)


def _cards(
    subject: Subject,
    title: str,
    boxes: EvaluatedBoxes,
    rows: Int64,
    cutouts: Cutouts,
    *,
    scored: bool,
) -> Iterator[Html]:
    yield tag("h3", f"{title}: {len(rows)}")
    if not len(rows):
        return
    _, first = np.unique(boxes.track_ids[rows], return_index=True)
    chosen = rows[np.sort(first)][:EXAMPLES]
    yield tag(
        "p",
        f"The box in question is white. {len(chosen)} of {len(first)} objects are shown, "
        f"{'the highest score' if scored else 'the most points'} first.",
        class_="faint",
    )
    cards = []
    for row in chosen:
        box = boxes.cuboids.select(np.array([row]))
        name = default_taxonomy().names(box.category)[0].replace("_", " ")
        where = f"frame {box.frame_idx[0]}, {boxes.range_m[row]:.0f} m away"
        facts = f" {where}, {box.num_points[0]} points"
        facts += f", score {box.score[0]:.2f}" if scored else ""
        drawn = cutouts.draw(in_classes_of(box, subject.scene.taxonomy))
        cards.append(card(picture(drawn, f"{name}, {where}"), tag("b", name), facts))
    yield tag("div", joined(cards), class_="cards")


def in_classes_of(cuboids: Cuboids, taxonomy: Taxonomy) -> Cuboids:
    """Boxes of the default taxonomy in another one's codes; the first for a class it lacks."""
    names = default_taxonomy().names(cuboids.category)
    codes = [taxonomy.code(name) if name in taxonomy.leaves else 0 for name in names]
    return replace(cuboids, category=np.array(codes, np.int16))
