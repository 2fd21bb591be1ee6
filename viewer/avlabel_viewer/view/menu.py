"""The menu, from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence

from open3d.visualization import gui

from avlabel_viewer.actions.action import Action

FIRST = 100


class Menu:
    """One menu for each group, in the order of the table.

    Args:
        actions: the table.
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        self.by_number = dict(enumerate(actions, start=FIRST))

    def show(self) -> None:
        """Put it on the window that is made next, or is the only one."""
        menus: dict[str, gui.Menu] = {}
        for number, action in self.by_number.items():
            menu = menus.setdefault(action.group, gui.Menu())
            keys = f"    {action.keys[0]}" if action.keys else ""
            menu.add_item(f"{action.text}{keys}", number)
        bar = gui.Menu()
        for group, menu in menus.items():
            bar.add_menu(group.capitalize(), menu)
        gui.Application.instance.menubar = bar
