"""Sizes that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.registry import Hit, rule
from avlabel.checks.subject import Subject
from avlabel.checks.tracks import medians

AXES = ("length", "width", "height")
RIGID = ("vehicle", "cyclist", "object")
"""People's boxes breathe as they walk."""


@rule("size-out-of-class", "warning", "a size that its class hardly ever has")
def size_out_of_class(subject: Subject) -> Iterator[Hit]:
    """Rows whose size is far from the mean of their class."""
    c, taxonomy, most = subject.cuboids, subject.taxonomy, subject.config.max_size_sigma
    mean, std = taxonomy.size_m[c.category], taxonomy.size_std_m[c.category]
    off = np.abs(c.size_lwh - mean) / std
    for row in np.flatnonzero(off.max(axis=1, initial=0.0) > most).tolist():
        axis = int(off[row].argmax())
        low = max(0.0, mean[row, axis] - most * std[row, axis])
        reason = (
            f"{subject.leaf(row)}: {AXES[axis]} is {c.size_lwh[row, axis]:.2f} m; "
            f"expected {low:.1f} to {mean[row, axis] + most * std[row, axis]:.1f} m"
        )
        yield Hit(row, reason, float(off[row, axis]) / most)


@rule("size-changes", "warning", "boxes of one rigid object differ in size")
def size_changes(subject: Subject) -> Iterator[Hit]:
    """Rows whose size differs from the median of their track."""
    order, limit = subject.order, subject.config.max_size_change_m
    size = subject.cuboids.size_lwh[order].astype(np.float64)
    usual = medians(subject, size)[subject.track_of]
    off = np.abs(size - usual)
    odd = (off.max(axis=1, initial=0.0) > limit) & subject.is_a(order, *RIGID)
    for k in np.flatnonzero(odd).tolist():
        axis = int(off[k].argmax())
        reason = f"{AXES[axis]} is {size[k, axis]:.2f} m; its track has {usual[k, axis]:.2f} m"
        yield Hit(int(order[k]), reason, float(off[k, axis]) / limit)
