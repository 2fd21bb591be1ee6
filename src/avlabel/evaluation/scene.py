"""Score a committed scene against the truth of the recording it was made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.log import Log, Truth
from avlabel.core.rig import Camera
from avlabel.core.taxonomy import Taxonomy, default_taxonomy
from avlabel.errors import EvaluationError
from avlabel.evaluation.evaluate import DEFAULTS, Compared, Evaluation, compare, score
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.truth import shifted_truth
from avlabel.scenes.scene import Labels, Scene


def evaluate_scene(
    scene: Scene,
    log: Log,
    options: EvaluationOptions = DEFAULTS,
    *,
    labels: Labels = "resolved",
) -> Evaluation:
    """Score the cuboids of a scene; arguments and errors as ``compare_scene``."""
    return score(compare_scene(scene, log, options, labels=labels))


def compare_scene(
    scene: Scene,
    log: Log,
    options: EvaluationOptions = DEFAULTS,
    *,
    labels: Labels = "resolved",
) -> Compared:
    """Put the cuboids of a scene beside the truth.

    Points are counted in the sweeps that the scene stores.

    Args:
        scene: a committed scene.
        log: the recording that it was made from.
        options: limits.
        labels: as people left them, or as the pipeline made them.

    Raises:
        EvaluationError: if the log is another drive, carries no truth, or cannot be compared.
        ReadError: if its labels are malformed.
        ConfigError: if the scene has classes that the truth's taxonomy lacks.
    """
    if log.log_id != scene.log_id:
        raise EvaluationError(
            f"{scene.path}: made from log '{scene.log_id}', but the truth is of '{log.log_id}'"
        )
    truth = log.read_truth()
    if truth is None:
        raise EvaluationError(f"{log.root}: log '{log.log_id}' carries no labels to compare with")
    return compare(
        scene.log_id,
        _recoded(scene.labels(labels), scene.taxonomy),
        shifted_truth(truth, scene.origin_m),
        scene.frames,
        camera=_camera_of(truth, log),
        points_at=lambda frame_idx: scene.sweep(frame_idx).points_ego,
        options=options,
    )


def _camera_of(truth: Truth, log: Log) -> Camera | None:
    if truth.camera is None:
        return None
    if truth.camera not in log.rig.cameras:
        raise EvaluationError(
            f"{log.root}: labels cover camera '{truth.camera}', but the rig has "
            f"{', '.join(log.rig.cameras) or 'none'}"
        )
    return log.rig.cameras[truth.camera]


def _recoded(cuboids: Cuboids, taxonomy: Taxonomy) -> Cuboids:
    """Categories of the scene's taxonomy as those of the default one, which truth uses."""
    codes = np.array([default_taxonomy().code(leaf) for leaf in taxonomy.leaves], np.int16)
    return replace(cuboids, category=codes[cuboids.category])
