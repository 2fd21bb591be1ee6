"""Sheets and questions over the window."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from open3d.visualization import gui

from avlabel_viewer.actions.action import Action
from avlabel_viewer.actions.bindings import listed
from avlabel_viewer.actions.desk import Desk, Sheet
from avlabel_viewer.actions.guide import GUIDE
from avlabel_viewer.session.folders import note_guide_seen
from avlabel_viewer.session.prompts import Prompt

LOOKED_AT_S = 1.0
"""A guide that was closed sooner, by keys meant for the window, is shown again next time."""
HELP_COLUMNS, CHOICE_COLUMNS = 3, 3
SHIFTED = dict(zip("1234567890-=[];',./`\\", '!@#$%^&*()_+{}:"<>?~|', strict=True))
Pairs = list[tuple[str, str]]
Call = Callable[[], None]


class Dialogs:
    """Shows the sheet or the question that waits, if any, and hands its answer on.

    Args:
        window: over which.
        actions: for the help sheet.
        safe: makes a callback that never raises.
    """

    def __init__(
        self,
        window: gui.Window,
        actions: Sequence[Action],
        safe: Callable[[Call], Call],
    ) -> None:
        self._window, self._actions, self._safe = window, actions, safe
        self._em = window.theme.font_size
        self._shown: Prompt | Sheet | None = None
        self._enter: Call = lambda: None
        self._edit: gui.TextEdit | None = None
        self._since_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether one is shown."""
        return self._shown is not None

    def follow(self, desk: Desk) -> None:
        """Show what waits at a desk now, and only that."""
        self._desk = desk
        wanted = self._desk.session.prompt or self._desk.sheet
        if wanted is self._shown:
            return
        if self._shown is not None:
            self._window.close_dialog()
            if self._shown == "guide" and time.monotonic() - self._since_s > LOOKED_AT_S:
                note_guide_seen()
        self._since_s = time.monotonic()
        self._shown, self._edit = wanted, None
        if isinstance(wanted, Prompt):
            self._window.show_dialog(self._question(wanted))
        elif wanted is not None:
            self._window.show_dialog(self._sheet(wanted))

    def hear_key(self, keys: str) -> None:
        """Esc turns away, Enter agrees, digits choose, other keys write."""
        if keys == "Escape":
            self._turn_away()
        elif keys == "Enter":
            self._enter()
        elif self._edit is not None:
            self._edit.text_value = typed(self._edit.text_value, keys)
        elif isinstance(self._shown, Prompt) and keys.isdigit():
            place = (int(keys) - 1) % 10  # 0 is the tenth
            if 0 <= place < len(self._shown.choices):
                self._answer(self._shown.choices[place])

    def _turn_away(self) -> None:
        if isinstance(self._shown, Prompt):
            self._desk.session.dismiss()
        else:
            self._desk.show_sheet(None)

    def _answer(self, value: object) -> None:
        self._desk.session.answer(value)

    # -- sheets -------------------------------------------------------------------------------

    def _sheet(self, sheet: Sheet) -> gui.Dialog:
        dialog, body = self._body("Keys" if sheet == "help" else "How reviewing works here")
        if sheet == "help":
            body.add_child(self._columns(help_columns(self._actions)))
        else:
            for paragraph in GUIDE:
                body.add_child(gui.Label(paragraph))
        self._enter = self._turn_away
        body.add_child(self._buttons([("Close", self._turn_away)]))
        return dialog

    def _columns(self, columns: Sequence[Pairs]) -> gui.Widget:
        row = gui.Horiz(self._em)
        for pairs in columns:
            grid = gui.VGrid(2, self._em // 4)
            for keys, text in pairs:
                grid.add_child(gui.Label(keys))
                grid.add_child(gui.Label(text))
            row.add_child(grid)
        return row

    # -- questions ----------------------------------------------------------------------------

    def _question(self, prompt: Prompt) -> gui.Dialog:
        dialog, body = self._body(prompt.title)
        if prompt.detail:
            body.add_child(gui.Label(prompt.detail))
        self._enter = lambda: None
        buttons: list[tuple[str, Call]] = [("Cancel", self._turn_away)]
        if prompt.kind == "choice":
            body.add_child(self._choices(prompt))
        elif prompt.kind == "confirm":
            self._enter = lambda: self._answer(True)
            buttons = [("Yes", self._enter), ("No", self._turn_away)]
        else:
            edit = gui.TextEdit()
            edit.text_value = "" if prompt.default is None else str(prompt.default)
            body.add_child(edit)
            self._edit, self._enter = edit, lambda: self._answer(edit.text_value)
            buttons = [("OK", self._enter), *buttons]
        body.add_child(self._buttons(buttons))
        return dialog

    def _choices(self, prompt: Prompt) -> gui.Widget:
        grid = gui.VGrid(CHOICE_COLUMNS, self._em // 4)
        for number, choice in enumerate(prompt.choices, start=1):
            button = gui.Button(f"{number % 10}  {choice}" if number <= 10 else choice)
            button.set_on_clicked(self._safe(partial(self._answer, choice)))
            grid.add_child(button)
        return grid

    # -- both ---------------------------------------------------------------------------------

    def _body(self, title: str) -> tuple[gui.Dialog, gui.Vert]:
        em = self._em
        dialog, body = gui.Dialog(title), gui.Vert(em // 2, gui.Margins(em, em, em, em))
        body.add_child(gui.Label(title))
        dialog.add_child(body)
        return dialog, body

    def _buttons(self, buttons: Sequence[tuple[str, Call]]) -> gui.Widget:
        row = gui.Horiz(self._em // 2)
        row.add_stretch()
        for text, call in buttons:
            button = gui.Button(text)
            button.set_on_clicked(self._safe(call))
            row.add_child(button)
        return row


def typed(text: str, keys: str) -> str:
    """What stands in a text field after a key.

    Open3D gives a field the keys only after a click into it; until then they are written here, as
    on an English keyboard.
    """
    *held, key = keys.split("+") if keys != "+" else [keys]
    if key == "Backspace":
        return text[:-1]
    key = {"Space": " "}.get(key, key)
    if len(key) != 1 or set(held) - {"Shift"}:
        return text
    return text + (SHIFTED.get(key, key) if held else key.lower())


def help_columns(actions: Sequence[Action]) -> list[Pairs]:
    """Keys and what they do, group by group, in columns of about equal length."""
    lines: Pairs = []
    group, told = "", set[str]()
    for action in actions:
        if not action.keys or action.family in told:
            continue
        if action.group != group:
            group = action.group
            lines.append(("", group.upper()))
        members = [action]
        if action.family:
            told.add(action.family)
            members = [one for one in actions if one.family == action.family]
        keys = listed([key for one in members for key in one.keys])
        lines.append((keys, action.family or action.text))
    return _split(lines)


def _split(lines: Pairs) -> list[Pairs]:
    """In columns of about equal length, none of which ends with a heading."""
    columns: list[Pairs] = []
    for left in range(HELP_COLUMNS, 0, -1):
        n = -(-len(lines) // left)
        if n < len(lines) and not lines[n - 1][0]:
            n -= 1
        columns.append(lines[:n])
        lines = lines[n:]
    return columns
