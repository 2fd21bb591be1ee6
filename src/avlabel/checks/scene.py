"""Checking the labels of a scene."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import numpy as np

from avlabel.checks.config import CheckConfig
from avlabel.checks.registry import Needs, Rule, chosen
from avlabel.checks.run import Hits, bare, findings, look, seen
from avlabel.checks.sensors import Said
from avlabel.checks.subject import Subject
from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import SceneNotFoundError
from avlabel.scenes.scene import Scene
from avlabel.stages.project import NO_IMAGE


def check_labels(
    scene: Scene,
    labels: Cuboids,
    config: CheckConfig | None = None,
    rules: Iterable[str] | None = None,
) -> tuple[Finding, ...]:
    """What rules find in labels of a scene.

    With sweeps this takes some 10 ms a frame, and may run in a thread beside others.

    Args:
        scene: whose sensors, frames and classes the labels go with.
        labels: N boxes, in the scene's world: ``scene.labels("auto")``, or as people left them.
        config: limits; the defaults if None.
        rules: ids; all that are not disabled if None.

    Returns:
        Findings by rule, at most one of a rule and track.

    Raises:
        ConfigError: for an id that no rule has.
        SceneError: if the scene's files cannot be read.
    """
    subject, hits = examine(scene, labels, config or CheckConfig(), rules)
    return tuple(findings(hits, subject))


def examine(
    scene: Scene, labels: Cuboids, config: CheckConfig, rules: Iterable[str] | None = None
) -> tuple[Subject, Hits]:
    """Like ``check_labels``, box by box; rules that the scene cannot decide are left out."""
    unable = undecided(scene, rules, config)
    able = [rule for rule in chosen(rules, config.disabled) if rule.id not in unable]
    needs: set[Needs] = {rule.needs for rule in able}
    subject = bare(labels, scene.frames, config, scene.taxonomy)
    subject = seen(subject, SceneSensors(scene), needs)
    return subject, look(subject, able)


def undecided(
    scene: Scene, rules: Iterable[str] | None = None, config: CheckConfig | None = None
) -> Mapping[str, str]:
    """Why rules cannot be decided for a scene, by their ids."""
    disabled: Collection[str] = config.disabled if config else ()
    return {
        rule.id: lacking for rule in chosen(rules, disabled) if (lacking := _lacking(scene, rule))
    }


def _lacking(scene: Scene, rule: Rule) -> str:
    if rule.needs == "labels":
        return ""
    if rule.needs == "detector":
        return "" if np.any(scene.evidence()) else "no 2D detector has looked at the images"
    return "" if scene.lidars else "the scene has no sweeps"


class SceneSensors:
    """A scene as the rules ask for it.

    Args:
        scene: opened.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    @property
    def rig(self) -> Rig:
        """Where the sensors sit."""
        return self._scene.rig

    @property
    def trajectory(self) -> Trajectory:
        """Ego poses."""
        return self._scene.trajectory

    @cached_property
    def exposures_ns(self) -> Mapping[str, Int64]:
        """By camera, (F,) int64 exposure of each frame's image."""
        frames, found = self._scene.frames, {}
        for camera in self._scene.cameras:
            times = self._scene.exposures_ns(camera)
            found[camera] = np.full(len(frames), NO_IMAGE, np.int64)
            found[camera][frames.positions(np.array(list(times), np.int64))] = list(times.values())
        return found

    def sweep(self, frame_idx: int) -> Sweep | None:
        """The main LiDAR's sweep of a frame; None if there is none."""
        if not self._scene.lidars:
            return None
        try:
            return self._scene.sweep(frame_idx)
        except SceneNotFoundError:
            return None

    def said(self) -> Said | None:
        """What images showed of detections."""
        likelihood = self._scene.evidence()
        rows = np.flatnonzero(np.any(likelihood != 0, axis=1))
        if not len(rows):
            return None
        detected = self._scene.detections().cuboids.select(rows)
        return Said(detected.frame_idx, detected.center, likelihood[rows])
