"""Open3D's key events, which know no modifiers, as combinations such as ``Ctrl+Shift+Z``."""

from __future__ import annotations

from open3d.visualization import gui

HELD = {
    int(gui.KeyName.LEFT_CONTROL): "Ctrl",
    int(gui.KeyName.RIGHT_CONTROL): "Ctrl",
    int(gui.KeyName.LEFT_SHIFT): "Shift",
    int(gui.KeyName.RIGHT_SHIFT): "Shift",
    int(gui.KeyName.ALT): "Alt",
}
WORDS = {
    "ZERO": "0", "ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5", "SIX": "6",
    "SEVEN": "7", "EIGHT": "8", "NINE": "9", "BACKTICK": "`", "MINUS": "-", "EQUALS": "=",
    "LEFT_BRACKET": "[", "RIGHT_BRACKET": "]", "BACKSLASH": "\\", "SEMICOLON": ";", "QUOTE": "'",
    "COMMA": ",", "PERIOD": ".", "SLASH": "/", "QUESTION_MARK": "/", "LEFT": "Left",
    "RIGHT": "Right", "UP": "Up", "DOWN": "Down", "SPACE": "Space", "ENTER": "Enter",
    "ESCAPE": "Escape", "TAB": "Tab", "BACKSPACE": "Backspace", "DELETE": "Delete",
    "INSERT": "Insert", "HOME": "Home", "END": "End", "PAGE_UP": "PageUp",
    "PAGE_DOWN": "PageDown",
}  # fmt: skip
NAMES = WORDS | {f"F{n}": f"F{n}" for n in range(1, 13)} | {chr(c): chr(c) for c in range(65, 91)}
KEYS: dict[int, str] = {int(getattr(gui.KeyName, name)): word for name, word in NAMES.items()}


class Keyboard:
    """Remembers which modifiers are held."""

    def __init__(self) -> None:
        self._held: dict[int, str] = {}

    @property
    def held(self) -> frozenset[str]:
        """Modifiers that are down now."""
        return frozenset(self._held.values())

    def press(self, event: gui.KeyEvent) -> str | None:
        """Combination that an event stands for; None if it is a release or a modifier."""
        down = event.type == gui.KeyEvent.Type.DOWN
        if event.key in HELD:
            if down:
                self._held[event.key] = HELD[event.key]
            else:
                self._held.pop(event.key, None)
            return None
        if not down or event.key not in KEYS:
            return None
        return "+".join([*(m for m in ("Ctrl", "Alt", "Shift") if m in self.held), KEYS[event.key]])
