"""Compiling everything that editing needs before a person waits for it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from avlabel.core.arrays import BoolArray, Float32
from avlabel.core.taxonomy import default_taxonomy
from avlabel.edits.warm import warm as warm_edits
from avlabel_viewer.editing.fit import fit_to_points
from avlabel_viewer.editing.follow import Follower, View
from avlabel_viewer.editing.one_click import box_at
from avlabel_viewer.editing.pick_point import pick_point
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.snap import Surfaces
from avlabel_viewer.viewpoints.around_box import top

EYE = np.array([-10.0, 4.0, 1.8])


def warm() -> None:
    """Edit, click, fit, follow and snap once, on a made-up car.

    Half a minute on a machine that has never done it; kernels are cached on disk, so that every
    later run takes a few seconds.
    """
    warm_edits()
    points, is_ground = _cloud()
    car = Placement.upright(np.array([0.0, 0.0, 0.75]), 0.0, np.array([4.5, 1.9, 1.5]))
    box_at(points[0].astype(np.float64), points, is_ground, EYE, default_taxonomy())
    fit_to_points(car, points, is_ground, EYE)
    follower = Follower(car, View(0.0, points, is_ground, EYE), 40.0)
    for k in (1, 2):
        follower.step(View(0.1 * k, points, is_ground, EYE))
    half = car.size_lwh / 2
    Surfaces.around(car, points, is_ground).caught((1, 1, 0), -half, half, 0.2)
    pick_point(points, top(car.center, car.rotation, 20.0, 200, 200), 100.0, 100.0)


def warm_elsewhere() -> None:
    """The same in a process of its own that nobody waits for: this one finds the cached kernels."""
    quiet = subprocess.DEVNULL
    subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", __name__], stdin=quiet, stdout=quiet, stderr=quiet
    )


def _cloud() -> tuple[Float32, BoolArray]:
    """The rear and the left side of a car, and the ground around it."""
    random = np.random.default_rng(0)
    rear = random.uniform([-2.25, -0.95, 0.3], [-2.2, 0.95, 1.5], (300, 3))
    side = random.uniform([-2.25, 0.9, 0.3], [2.25, 0.95, 1.5], (300, 3))
    ground = random.uniform([-12, -12, 0], [12, 12, 0.02], (2000, 3))
    points = np.concatenate([rear, side, ground]).astype(np.float32)
    return points, np.arange(len(points)) >= 600


if __name__ == "__main__":
    warm()
