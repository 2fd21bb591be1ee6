"""Edits: what a person did, with enough around it to find the place again on other labels."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Vector = tuple[float, ...]
Value = str | float | int | bool | None
Scope = Literal["frame", "between", "onward", "track"]
Verdict = Literal["accept", "reject", "flag", "clear"]
Order = tuple[int, str, int]

SCOPES: tuple[Scope, ...] = ("frame", "between", "onward", "track")
VERDICTS: tuple[Verdict, ...] = ("accept", "reject", "flag", "clear")
CATEGORY = "category"
"""The property that ``SetValues`` may set besides free attributes: the class."""

NO_AUTO = -1
AUTO_KEY = re.compile(r"(0|[1-9]\d{0,8}):(0|[1-9]\d{0,17})")
NEW_KEY = re.compile(r"new:[0-9a-f]{16}")


def auto_key(base: int, track_id: int) -> str:
    """Key of a track that the labels of commit ``base`` hold under ``track_id``."""
    return f"{base}:{track_id}"


def new_key() -> str:
    """Key of a track that a person makes; no two are equal."""
    return f"new:{os.urandom(8).hex()}"


@dataclass(frozen=True, slots=True)
class Box:
    """One cuboid as an edit mentions it.

    Attributes:
        track: key of its track: ``auto_key`` or ``new_key``; it survives reprocessing.
        frame_idx: the recording's own frame number.
        timestamp_ns: when the box was where it is.
        category: leaf of the taxonomy.
        center: x, y, z metres in the scene's world.
        quat_wxyz: unit quaternion.
        size_lwh: length, width, height, metres.
        source: ``auto``, ``interpolated`` or ``human``.
        auto_track: ``track_id`` of the labels' own box that this one is, or replaces, in the
            edit's base commit; ``NO_AUTO`` where there is none.
        auto_place: where the labels had that box, if elsewhere: centre, quaternion, size.
    """

    track: str
    frame_idx: int
    timestamp_ns: int
    category: str
    center: Vector
    quat_wxyz: Vector
    size_lwh: Vector
    source: str
    auto_track: int = NO_AUTO
    auto_place: Vector = ()

    def as_labelled(self) -> Box:
        """The labels' own box."""
        if not self.auto_place:
            return self
        center, quat, size = self.auto_place[:3], self.auto_place[3:7], self.auto_place[7:]
        return replace(self, center=center, quat_wxyz=quat, size_lwh=size, auto_place=())

    @property
    def slot(self) -> tuple[str, int]:
        """Track and frame: where there is one box at most."""
        return self.track, self.frame_idx

    def same_place(self, other: Box | None) -> bool:
        """Whether centre, rotation and size are equal."""
        return other is not None and (
            (self.center, self.quat_wxyz, self.size_lwh)
            == (other.center, other.quat_wxyz, other.size_lwh)
        )


@dataclass(frozen=True, slots=True)
class PutBoxes:
    """Boxes put, moved, turned, resized or deleted.

    A box of ``before`` whose track and frame ``after`` lacks was deleted.

    Attributes:
        before: what was there.
        after: what shall be there, set by the person.
        context: boxes that were near and stayed.
        scope: how far it reaches: this ``frame``; also ``between`` it and the track's other
            keyframes; ``onward`` to the track's end; the whole ``track``.
    """

    before: tuple[Box, ...] = ()
    after: tuple[Box, ...] = ()
    context: tuple[Box, ...] = ()
    scope: Scope = "between"


@dataclass(frozen=True, slots=True)
class Link:
    """Boxes given to another track: split, merge, relink.

    Attributes:
        before: the boxes, with the tracks they belonged to.
        to: key of the track that they belong to now.
        context: boxes of the tracks concerned that stay where they are.
        drop: boxes that were deleted, because the other track has one in their frame.
    """

    before: tuple[Box, ...]
    to: str
    context: tuple[Box, ...] = ()
    drop: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What a decision is about: the scene, a frame, a track, or one box of it.

    Attributes:
        track: key of the track, "" for none.
        frame_idx: frame number, None for none.
    """

    track: str = ""
    frame_idx: int | None = None


@dataclass(frozen=True, slots=True)
class SetValues:
    """The class or attributes of a track, or attributes of one box.

    Attributes:
        target: the track, or the box.
        old: values before, None where there was none.
        new: values after, None to remove. ``category`` is the class and concerns the track.
        before: boxes of the track, to find it again.
    """

    target: Target
    old: Mapping[str, Value]
    new: Mapping[str, Value]
    before: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Decide:
    """A verdict.

    Attributes:
        target: of what.
        verdict: ``accept``, ``reject``, ``flag``, or ``clear`` to take it back.
        text: why.
        before: the boxes that were judged.
    """

    target: Target
    verdict: Verdict
    text: str = ""
    before: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark.

    Attributes:
        target: pinned to this.
        text: what it says.
        before: boxes of the track, to find it again.
    """

    target: Target
    text: str
    before: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Undo:
    """Takes an edit back.

    Attributes:
        of: its id.
    """

    of: str


@dataclass(frozen=True, slots=True)
class Redo:
    """Brings an edit back that was undone.

    Attributes:
        of: its id.
    """

    of: str


Change = PutBoxes | Link | SetValues | Decide | Comment | Undo | Redo


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of an edit log.

    Attributes:
        edit_id: ``<sitting>:<number>``, unique in the scene.
        name: of the action, for people: "move", "fit to points".
        author: who.
        time_ns: when, nanoseconds since 1970, increasing within a sitting.
        base: number of the commit whose labels the person saw.
        change: what.
        origin_m: origin of the scene's world then; recording's world = world + origin.
        seconds: that the person spent on it, where known.
        group: equal for edits that are one action, undone and redone together; "" for one alone.
    """

    edit_id: str
    name: str
    author: str
    time_ns: int
    base: int
    change: Change
    origin_m: Vector = (0.0, 0.0, 0.0)
    seconds: float | None = None
    group: str = ""

    @property
    def order(self) -> Order:
        """Edits of all authors sort by time; sitting and number break ties."""
        sitting, _, number = self.edit_id.rpartition(":")
        return self.time_ns, sitting, int(number)


@dataclass(frozen=True, slots=True)
class Draft:
    """An edit that nobody has signed yet.

    Attributes:
        name: of the action.
        change: what.
        seconds: spent on it.
    """

    name: str
    change: Change
    seconds: float | None = field(default=None, kw_only=True)


def boxes_of(change: Change) -> tuple[Box, ...]:
    """Every box that a change mentions."""
    if isinstance(change, Undo | Redo):
        return ()
    extra: tuple[Box, ...] = ()
    if isinstance(change, PutBoxes):
        extra = change.after + change.context
    elif isinstance(change, Link):
        extra = change.context + change.drop
    return change.before + extra


def tracks_in(change: Change) -> tuple[str, ...]:
    """Keys of the tracks that a change is about, once each; not of what only stayed."""
    if isinstance(change, Undo | Redo):
        return ()
    keys = [box.track for box in change.before]
    if isinstance(change, PutBoxes):
        keys += [box.track for box in change.after]
    elif isinstance(change, Link):
        keys.append(change.to)
    else:
        keys.insert(0, change.target.track)
    return tuple(dict.fromkeys(key for key in keys if key))


def with_boxes(change: Change, moved: Mapping[Box, Box]) -> Change:
    """The same change with every box replaced."""
    if isinstance(change, Undo | Redo):
        return change
    before = tuple(moved[box] for box in change.before)
    if isinstance(change, PutBoxes):
        after = tuple(moved[box] for box in change.after)
        context = tuple(moved[box] for box in change.context)
        return replace(change, before=before, after=after, context=context)
    if isinstance(change, Link):
        context = tuple(moved[box] for box in change.context)
        drop = tuple(moved[box] for box in change.drop)
        return replace(change, before=before, context=context, drop=drop)
    return replace(change, before=before)
