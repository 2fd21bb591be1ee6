"""What a report is about: a scene with its labels, read once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.checks.config import CheckConfig
from avlabel.checks.run import Hits, findings
from avlabel.checks.scene import examine
from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.log import Log
from avlabel.edits.reading import EditHistory
from avlabel.edits.resolved import Resolved
from avlabel.evaluation.boxes import is_moving, ranges_m
from avlabel.evaluation.evaluate import Compared
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.scene import compare_scene
from avlabel.render.palette import Rgb, class_colors
from avlabel.scenes.scene import Labels, Scene


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One scene that is reported on.

    Attributes:
        scene: opened.
        which: whose labels are taken.
        labels: N boxes in the world.
        range_m: (N,) float64 distance from the ego vehicle in the ground plane.
        moving: (N,) bool.
        history: what people did.
        resolved: labels as people left them.
        compared: labels beside truth, None where none is given.
        hits: what rules find, box by box.
        faults: the same as findings, one for a rule and track.
    """

    scene: Scene
    which: Labels
    labels: Cuboids
    range_m: Float64
    moving: BoolArray
    history: EditHistory
    resolved: Resolved
    compared: Compared | None
    hits: Hits
    faults: tuple[Finding, ...]

    @property
    def leaves(self) -> dict[str, BoolArray]:
        """The classes that there are boxes of, the most frequent first, with their rows."""
        rows = {
            name: self.labels.category == code
            for code, name in enumerate(self.scene.taxonomy.leaves)
        }
        rows = {name: mask for name, mask in rows.items() if mask.any()}
        return dict(sorted(rows.items(), key=lambda item: -np.count_nonzero(item[1])))

    @property
    def colors(self) -> dict[str, Rgb]:
        """Of each class."""
        taxonomy = self.scene.taxonomy
        return dict(zip(taxonomy.leaves, class_colors(taxonomy), strict=True))


def subject(scene: Scene, log: Log | None, which: Labels) -> Subject:
    """Read what a report needs.

    Raises:
        EvaluationError: if the log is another drive, or carries no truth.
        SceneError: if the scene cannot be read.
    """
    history, resolved = scene.edits(), scene.resolved()
    labels = scene.cuboids() if which == "auto" else resolved.cuboids
    checked, hits = examine(scene, labels, CheckConfig())
    return Subject(
        scene=scene,
        which=which,
        labels=labels,
        range_m=ranges_m(labels, scene.frames),
        moving=is_moving(labels, EvaluationOptions()),
        history=history,
        resolved=resolved,
        compared=None if log is None else compare_scene(scene, log, labels=which),
        hits=hits,
        faults=tuple(findings(hits, checked)),
    )
