"""The one table of everything that a person can do."""

from __future__ import annotations

from avlabel_viewer.actions import (
    boxes,
    deciding,
    looking,
    moving,
    navigation,
    objects,
    scene,
    tracks,
)
from avlabel_viewer.actions.action import Action

ACTIONS: tuple[Action, ...] = tuple(
    action
    for module in (scene, navigation, objects, boxes, moving, tracks, deciding, looking)
    for action in module.table.actions
)
