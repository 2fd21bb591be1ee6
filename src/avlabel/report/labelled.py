"""What was labelled: by class, range, motion and source, and how sure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cuboids import Source
from avlabel.render.palette import Rgb
from avlabel.report.html import Html, joined, section, table, tag
from avlabel.report.plots import histogram, scatter
from avlabel.report.subject import Subject

RANGES_M = (0.0, 20.0, 40.0, np.inf)
HEAD = (
    "class",
    "boxes",
    "tracks",
    "moving",
    "standing",
    "to 20 m",
    "to 40 m",
    "beyond",
    "machine",
    "interpolated",
    "human",
    "median points",
    "median score",
)


def labelled(subject: Subject) -> Html:
    """Counts as a table, and distributions as charts."""
    if not len(subject.labels):
        return section("What was labelled", tag("p", "The scene has no boxes."))
    everything = np.ones(len(subject.labels), np.bool_)
    rows = [
        [joined([swatch(subject.colors[name]), _spoken(name)]), *_counts(subject, mask)]
        for name, mask in subject.leaves.items()
    ]
    rows.append([tag("b", "all"), *_counts(subject, everything)])
    charts = tag("div", *_charts(subject), class_="charts")
    return section("What was labelled", table(HEAD, rows), charts)


def swatch(color: Rgb) -> Html:
    """A mark in a class's colour."""
    return tag("span", class_="swatch", style=f"background:rgb{color}")


def _counts(subject: Subject, mask: BoolArray) -> Iterator[object]:
    labels, moving = subject.labels.select(mask), subject.moving[mask]
    yield len(labels)
    yield len(np.unique(labels.track_id))
    yield int(moving.sum())
    yield int((~moving).sum())
    yield from np.histogram(subject.range_m[mask], RANGES_M)[0].tolist()
    for source in (Source.AUTO, Source.INTERPOLATED, Source.HUMAN):
        yield int(np.count_nonzero(labels.source == source))
    counted = labels.num_points[labels.num_points >= 0]
    yield f"{np.median(counted):.0f}" if len(counted) else "-"
    yield f"{np.median(labels.score):.2f}"


def _charts(subject: Subject) -> Iterator[Html]:
    labels, colors = subject.labels, {_spoken(k): v for k, v in subject.colors.items()}
    leaves = {_spoken(name): mask for name, mask in subject.leaves.items()}

    def by_class(values: Float64) -> dict[str, Float64]:
        return {name: values[mask] for name, mask in leaves.items()}

    far = max(20.0, float(np.ceil(subject.range_m.max() / 10) * 10))
    points = by_class(np.maximum(labels.num_points, 1).astype(np.float64))
    most = max(1e4, float(labels.num_points.max()))
    yield histogram(
        "Range",
        "metres from the vehicle",
        by_class(subject.range_m),
        np.arange(0, far + 1, 5),
        colors,
    )
    yield histogram(
        "Score",
        "how sure the machine is",
        by_class(labels.score.astype(np.float64)),
        np.linspace(0, 1, 26),
        colors,
    )
    yield histogram(
        "Points",
        "LiDAR points in a box; none counts as one",
        points,
        np.geomspace(1, most, 26),
        colors,
    )
    _, first = np.unique(labels.track_id, return_index=True)
    sizes = {
        name: labels.size_lwh[first[mask[first]], :2].astype(np.float64)
        for name, mask in leaves.items()
    }
    sizes = {name: size for name, size in sizes.items() if len(size)}
    yield scatter("Size of each track", ("length, m", "width, m"), sizes, colors)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
