"""An action, and the table that keyboard, menu and help sheet are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from avlabel_viewer.actions.desk import Desk

Run = Callable[[Desk], None]


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do.

    Attributes:
        name: stable, ``group.what``; key files call it so.
        keys: that do it, such as ``Ctrl+Shift+Z``.
        text: what it does, for menu and help sheet.
        run: does it.
        family: what it and others do, who share a line of the help sheet; "" for a line of its own.
    """

    name: str
    keys: tuple[str, ...]
    text: str
    run: Run
    family: str = ""

    @property
    def group(self) -> str:
        """Its menu."""
        return self.name.partition(".")[0]


class Table:
    """Collects actions in the order in which they are written down."""

    def __init__(self) -> None:
        self.actions: list[Action] = []

    def __call__(self, name: str, *keys: str, family: str = "") -> Callable[[Run], Run]:
        """Decorate a function; its docstring is what menu and help sheet say."""

        def add(run: Run) -> Run:
            self.add(name, keys, (run.__doc__ or "").strip().rstrip("."), run, family)
            return run

        return add

    def add(self, name: str, keys: tuple[str, ...], text: str, run: Run, family: str = "") -> None:
        """Write an action down."""
        self.actions.append(Action(name, keys, text, run, family))
