"""All edits in order of time, folded into what people want of each object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from avlabel.edits.conflicts import Conflict
from avlabel.edits.model import (
    CATEGORY,
    NO_AUTO,
    Box,
    Comment,
    Decide,
    Edit,
    Link,
    PutBoxes,
    Scope,
    SetValues,
    Target,
    Value,
)
from avlabel.edits.wishes import Claim, Keyframe, Note, Removal, Slot, Wish


def replay(edits: Iterable[Edit], before: Wishes | None = None) -> Wishes:
    """Fold edits, given in order of time, onto what others came to before them."""
    wishes = Wishes() if before is None else before.copy()
    for edit in edits:
        wishes.apply(edit)
    return wishes


@dataclass(slots=True)
class Wishes:
    """Everything that people want.

    Attributes:
        objects: by key, in order of first mention.
        apart: pairs of keys that a person told apart: they are never one object.
        decisions: verdict by target.
        comments: in order of time.
        attributes: by target.
        conflicts: contradictions between people.
    """

    objects: dict[str, Wish] = field(default_factory=dict)
    apart: set[frozenset[str]] = field(default_factory=set)
    decisions: dict[Target, Note] = field(default_factory=dict)
    comments: list[Note] = field(default_factory=list)
    attributes: dict[Target, Note] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    _moved: dict[Slot, str] = field(default_factory=dict)

    def copy(self) -> Wishes:
        """The same, to be folded on."""
        return Wishes(
            objects={key: wish.copy() for key, wish in self.objects.items()},
            apart=set(self.apart),
            decisions=dict(self.decisions),
            comments=list(self.comments),
            attributes=dict(self.attributes),
            conflicts=list(self.conflicts),
            _moved=dict(self._moved),
        )

    def apply(self, edit: Edit) -> None:
        """Fold in the next edit."""
        change = edit.change
        if isinstance(change, PutBoxes):
            self._put(edit, change)
        elif isinstance(change, Link):
            self._link(edit, change)
        elif isinstance(change, SetValues):
            self._set(edit, change)
        elif isinstance(change, Decide):
            self._decide(edit, change)
        elif isinstance(change, Comment):
            target = self._followed(change.target)
            self.comments.append(Note(target, edit, change.before, text=change.text))
            self._claim(edit, change.before)

    def object(self, key: str, edit: Edit) -> Wish:
        """The wish of a key, made at its first mention."""
        return self.objects.setdefault(key, Wish(key, edit))

    def current_key(self, slot: Slot) -> str:
        """The object that a box belongs to now, after splits and merges."""
        seen = set()
        key, frame = slot
        while (key, frame) in self._moved and key not in seen:
            seen.add(key)
            key = self._moved[key, frame]
        return key

    def _put(self, edit: Edit, change: PutBoxes) -> None:
        self._claim(edit, change.context)
        before = {box.slot: box for box in change.before}
        after = {box.slot for box in change.after}
        for box in change.before:
            if box.slot not in after:
                self._remove(edit, box)
        for box in change.after:
            self._set_keyframe(edit, box, before.get(box.slot), change.scope)
        if change.scope == "track" and not change.after:
            for key in {self.current_key(box.slot) for box in change.before}:
                self._remove_rest(edit, self.object(key, edit))

    def _set_keyframe(self, edit: Edit, box: Box, old: Box | None, scope: Scope) -> None:
        wish = self.object(self.current_key(box.slot), edit)
        self._notice_contradiction(edit, wish, box.frame_idx, old)
        if old is not None:
            self._claim(edit, [old])
            if old.category != box.category:
                wish.category, wish.category_edit = box.category, edit
        elif wish.key.startswith("new:") and not wish.category:
            wish.category, wish.category_edit = box.category, edit
        wish.keyframes[box.frame_idx] = Keyframe(box, scope, edit, old)
        wish.removals.pop(box.frame_idx, None)
        wish.gone = None

    def _remove(self, edit: Edit, box: Box) -> None:
        wish = self.object(self.current_key(box.slot), edit)
        self._notice_contradiction(edit, wish, box.frame_idx, box)
        self._claim(edit, [box])
        wish.keyframes.pop(box.frame_idx, None)
        wish.removals[box.frame_idx] = Removal(box, edit)
        if box.frame_idx in wish.claims:
            wish.dropped.append(replace(wish.claims.pop(box.frame_idx), edit=edit))

    def _remove_rest(self, edit: Edit, wish: Wish) -> None:
        wish.gone = edit
        for frame, keyframe in list(wish.keyframes.items()):
            self._notice_contradiction(edit, wish, frame, None)
            wish.removals[frame] = Removal(keyframe.box, edit)
            del wish.keyframes[frame]
        for claim in wish.claims.values():
            wish.dropped.append(replace(claim, edit=edit))
        wish.claims.clear()

    def _link(self, edit: Edit, change: Link) -> None:
        self._claim(edit, change.context)
        for box in change.drop:
            self._remove(edit, box)
        to = self.object(change.to, edit)
        to.linked, to.gone = True, None
        for box in change.before:
            key = self.current_key(box.slot)
            if key == change.to:
                continue
            self.apart.add(frozenset((key, change.to)))
            source = self.object(key, edit)
            if not to.category and to.key.startswith("new:"):
                to.category, to.category_edit = source.category, source.category_edit
            if box.frame_idx in source.keyframes and box.frame_idx in to.keyframes:
                self.conflicts.append(
                    Conflict.of(
                        "box-taken",
                        edit,
                        f"'{edit.name}' gives a box to a track that has one set by a person in "
                        "that frame; both are kept, apart",
                        box.frame_idx,
                        box.center,
                    )
                )
                continue
            self._hand_over(edit, box, source, to)

    def _hand_over(self, edit: Edit, box: Box, source: Wish, to: Wish) -> None:
        frame = box.frame_idx
        self._moved[source.key, frame] = to.key
        # A later box may come back to a track that gave it away.
        self._moved.pop((to.key, frame), None)
        if frame in source.keyframes:
            to.keyframes[frame] = source.keyframes.pop(frame)
        to.removals.pop(frame, None)
        self._claim_for(source, edit, box)
        if frame in source.claims:
            to.claims[frame] = source.claims.pop(frame)

    def _set(self, edit: Edit, change: SetValues) -> None:
        self._claim(edit, change.before)
        target = self._followed(change.target)
        free = {name: value for name, value in change.new.items() if name != CATEGORY}
        if free:
            earlier = self.attributes.get(target)
            values = {**earlier.values, **free} if earlier else free
            held = {name: value for name, value in values.items() if value is not None}
            self.attributes[target] = Note(target, edit, change.before, values=held)
        if CATEGORY in change.new and target.track:
            wish, category = self.object(target.track, edit), change.new[CATEGORY]
            self._notice_other_class(edit, wish, change.old.get(CATEGORY), category)
            wish.category, wish.category_edit = str(category or ""), edit

    def _decide(self, edit: Edit, change: Decide) -> None:
        self._claim(edit, change.before)
        target = self._followed(change.target)
        if target.track:
            self.object(target.track, edit)
        earlier = self.decisions.pop(target, None)
        if earlier and earlier.edit.author != edit.author and earlier.verdict != change.verdict:
            self.conflicts.append(
                Conflict.of(
                    "contradiction",
                    edit,
                    f"{edit.author} says '{change.verdict}' where {earlier.edit.author} said "
                    f"'{earlier.verdict}'; the later holds",
                    -1 if target.frame_idx is None else target.frame_idx,
                )
            )
        if change.verdict != "clear":
            boxes = change.before
            self.decisions[target] = Note(target, edit, boxes, change.verdict, change.text)

    def _claim(self, edit: Edit, boxes: Iterable[Box]) -> None:
        for box in boxes:
            self._claim_for(self.object(self.current_key(box.slot), edit), edit, box)

    def _claim_for(self, wish: Wish, edit: Edit, box: Box) -> None:
        if box.auto_track != NO_AUTO:
            wish.claims[box.frame_idx] = Claim(box, edit.base, edit)

    def _followed(self, target: Target) -> Target:
        """A target's track after splits and merges; a track as a whole keeps its key."""
        if not target.track or target.frame_idx is None:
            return target
        return Target(self.current_key((target.track, target.frame_idx)), target.frame_idx)

    def _notice_contradiction(self, edit: Edit, wish: Wish, frame: int, seen: Box | None) -> None:
        """Somebody else's box or deletion that this author had not seen."""
        keyframe, removal = wish.keyframes.get(frame), wish.removals.get(frame)
        if keyframe is not None:
            theirs, unseen = keyframe.edit, not keyframe.box.same_place(seen)
        elif removal is not None:
            theirs, unseen = removal.edit, seen is not None
        else:
            return
        if theirs.author == edit.author or not unseen:
            return
        where = (keyframe or removal).box.center  # type: ignore[union-attr]
        did = "set this box" if keyframe is not None else "deleted this box"
        message = f"{theirs.author} {did} ('{theirs.name}') and {edit.author}, not knowing, did "
        message += f"'{edit.name}' to it; the later holds"
        self.conflicts.append(Conflict.of("contradiction", edit, message, frame, where))

    def _notice_other_class(self, edit: Edit, wish: Wish, seen: Value, now: Value) -> None:
        theirs = wish.category_edit
        if theirs is None or theirs.author == edit.author or wish.category in (seen, now):
            return
        message = f"{theirs.author} named it '{wish.category}' and {edit.author}, not knowing, "
        self.conflicts.append(
            Conflict.of("contradiction", edit, message + f"'{now}'; the later holds")
        )
