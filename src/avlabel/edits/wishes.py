"""What people want of each object, and what they said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from avlabel.edits.model import Box, Edit, Scope, Target, Value

Slot = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A box that a person set.

    Attributes:
        box: where.
        scope: how far it reaches.
        edit: that set it.
        replaced: what was there; None for nothing.
    """

    box: Box
    scope: Scope
    edit: Edit
    replaced: Box | None


@dataclass(frozen=True, slots=True)
class Removal:
    """A box that a person deleted.

    Attributes:
        box: what was there.
        edit: that deleted it.
    """

    box: Box
    edit: Edit


@dataclass(frozen=True, slots=True)
class Claim:
    """A box of earlier labels that belongs to an object.

    Attributes:
        box: that an edit mentions; ``as_labelled`` tells where it was.
        base: the commit that held it.
        edit: that says so.
    """

    box: Box
    base: int
    edit: Edit


@dataclass(slots=True)
class Wish:
    """What people want of one object; frames are keys.

    Attributes:
        key: of the object.
        keyframes: boxes set.
        removals: boxes deleted and not set again.
        claims: boxes of earlier labels that are this object.
        dropped: boxes of earlier labels that were deleted from it.
        gone: the edit that deleted the whole track, None while it is there.
        linked: whether boxes were given to it.
        category: class that was set, "" for none.
        category_edit: that set it.
        first: the first edit that mentions it.
    """

    key: str
    first: Edit
    keyframes: dict[int, Keyframe] = field(default_factory=dict)
    removals: dict[int, Removal] = field(default_factory=dict)
    claims: dict[int, Claim] = field(default_factory=dict)
    dropped: list[Claim] = field(default_factory=list)
    gone: Edit | None = None
    linked: bool = False
    category: str = ""
    category_edit: Edit | None = None

    def copy(self) -> Wish:
        """The same, to be changed by itself."""
        return replace(
            self,
            keyframes=dict(self.keyframes),
            removals=dict(self.removals),
            claims=dict(self.claims),
            dropped=list(self.dropped),
        )


@dataclass(frozen=True, slots=True)
class Note:
    """A verdict, a comment or attributes that hold.

    Attributes:
        target: what it is pinned to.
        edit: that made it.
        boxes: of its track, to find it again.
        verdict: ``accept``, ``reject``, ``flag``, or "".
        text: why, or the comment.
        values: attributes.
    """

    target: Target
    edit: Edit
    boxes: tuple[Box, ...]
    verdict: str = ""
    text: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
