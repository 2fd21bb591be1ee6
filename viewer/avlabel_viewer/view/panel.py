"""The panel at the right: what needs eyes, and all about the selected object."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from open3d.visualization import gui

from avlabel_viewer.actions.facts import ObjectFacts

QUEUE_ROWS, REASON, NOTES = 13, 3, 4
LINE = 38
"""Letters of a line."""
GRID = (("x", "length", "yaw"), ("y", "width", "pitch"), ("z", "height", "roll"))
BUTTONS = (
    (("Accept", "decide.accept"), ("Reject", "decide.reject"), ("Flag", "decide.flag")),
    (("Fit", "box.fit"), ("Ground", "box.to-ground"), ("Flip", "box.flip")),
    (("Comment", "decide.comment"), ("Film", "view.film"), ("Help", "scene.help")),
)


@dataclass(frozen=True, slots=True)
class Hears:
    """Who is told what a person does in the panel.

    Attributes:
        act: an action, by name.
        queued: a row of the queue was chosen.
        category: a class was chosen.
        number: one of the box's numbers was typed.
        scope: how far edits reach was chosen.
        locked: whether the size is kept was chosen.
    """

    act: Callable[[str], None]
    queued: Callable[[int], None]
    category: Callable[[str], None]
    number: Callable[[str, float], None]
    scope: Callable[[str], None]
    locked: Callable[[bool], None]


def wrapped(text: str, lines: int = 2) -> str:
    """Text in exactly so many lines: what the panel shows must not change its layout."""
    found = [part for line in text.split("\n") for part in textwrap.wrap(line, LINE)][:lines]
    return "\n".join(found + [""] * (lines - len(found)))


class Panel:
    """Widgets of the panel; they show what they are told and know nothing.

    Args:
        em: pixels of a line of text.
        scopes: how far edits may reach.
        hears: who is told.
    """

    def __init__(self, em: int, scopes: Sequence[str], hears: Hears) -> None:
        self._em, self._hears = em, hears
        margin = em // 2
        self.widget = gui.ScrollableVert(em // 4, gui.Margins(margin, margin, margin, margin))
        self._scene = self._label()
        self._left = self._label(wrapped(""))
        self._queue = gui.ListView()
        self._queue.set_max_visible_items(QUEUE_ROWS)
        self._queue.set_on_selection_changed(self._chose_row)
        self.widget.add_child(self._queue)
        self._reason = self._label(wrapped("", REASON))
        self._title = self._label()
        self._line = self._label(wrapped(""))
        self._classes = self._combobox("class", (), hears.category)
        self._scopes = self._combobox("reach", scopes, hears.scope)
        self._locked = gui.Checkbox("keep the size over the track")
        self._locked.set_on_checked(hears.locked)
        self.widget.add_child(self._locked)
        self._numbers = self._number_grid()
        for row in BUTTONS:
            self._add_buttons(row)
        self._notes = self._label(wrapped("", NOTES))
        self._titles: list[str] = []

    def offer_classes(self, classes: Sequence[str]) -> None:
        """Let the person choose among these."""
        self._classes.clear_items()
        for name in classes:
            self._classes.add_item(name)

    def show_scene(self, title: str, left: str) -> None:
        """What scene this is, and how much is left to do."""
        self._scene.text, self._left.text = title, wrapped(left)

    def show_queue(self, titles: list[str], current: int, reason: str) -> None:
        """What needs eyes, most urgent first, and why the current one does."""
        if titles != self._titles:
            self._titles = titles
            self._queue.set_items(titles)
        # Only another row than the selected one can be chosen: without an item there is none.
        self._queue.selected_index = current
        self._reason.text = wrapped(reason, REASON)

    def show_object(self, facts: ObjectFacts | None) -> None:
        """The selected object, or none."""
        for widget in (self._classes, self._scopes, self._locked):
            widget.enabled = facts is not None
        for name, edit in self._numbers.items():
            edit.enabled = facts is not None and name in facts.numbers
            edit.double_value = facts.numbers.get(name, 0.0) if facts else 0.0
        if facts is None:
            self._title.text = "Nothing selected"
            self._line.text = wrapped("Click a box, or press Tab.")
            self._notes.text = wrapped("", NOTES)
            return
        self._title.text, self._line.text = facts.title, wrapped(facts.line)
        self._notes.text = wrapped(facts.notes, NOTES)
        self._classes.selected_text, self._scopes.selected_text = facts.category, facts.scope
        self._locked.checked = facts.locked

    def _label(self, text: str = "") -> gui.Label:
        label = gui.Label(text)
        self.widget.add_child(label)
        return label

    def _combobox(
        self, name: str, choices: Sequence[str], chosen: Callable[[str], None]
    ) -> gui.Combobox:
        box = gui.Combobox()
        for choice in choices:
            box.add_item(choice)
        box.set_on_selection_changed(lambda text, _index: chosen(text))
        row = gui.VGrid(2, self._em // 2)
        row.add_child(gui.Label(name))
        row.add_child(box)
        self.widget.add_child(row)
        return box

    def _number_grid(self) -> dict[str, gui.NumberEdit]:
        grid = gui.VGrid(3, self._em // 4)
        edits = {}
        for row in GRID:
            for name in row:
                cell = gui.Vert(0)
                edit = gui.NumberEdit(gui.NumberEdit.DOUBLE)
                edit.decimal_precision = 2
                edit.set_on_value_changed(partial(self._hears.number, name))
                cell.add_child(gui.Label(name))
                cell.add_child(edit)
                grid.add_child(cell)
                edits[name] = edit
        self.widget.add_child(grid)
        return edits

    def _add_buttons(self, row: Sequence[tuple[str, str]]) -> None:
        line = gui.Horiz(self._em // 4)
        for text, action in row:
            button = gui.Button(text)
            button.vertical_padding_em, button.horizontal_padding_em = 0.1, 0.5
            button.set_on_clicked(partial(self._hears.act, action))
            line.add_child(button)
        self.widget.add_child(line)

    def _chose_row(self, _text: str, _is_double_click: bool) -> None:
        if self._queue.selected_index >= 0:
            self._hears.queued(self._queue.selected_index)
