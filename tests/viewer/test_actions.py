"""The table of actions and the keys that do them; no window."""

from __future__ import annotations

from pathlib import Path

import pytest

from avlabel.errors import ConfigError
from avlabel_viewer.actions.bindings import bind, normal, rebound, spelled
from avlabel_viewer.actions.table import ACTIONS


def test_every_action_has_a_name_a_text_and_keys_of_its_own() -> None:
    bound = bind(ACTIONS)
    names = [action.name for action in ACTIONS]
    assert len(set(names)) == len(names)
    assert all(action.text and "." in action.name for action in ACTIONS)
    assert set(bound.values()) == {action for action in ACTIONS if action.keys}


@pytest.mark.parametrize(
    ("keys", "name"),
    [("W", "box.forward"), ("G", "box.flip"), ("Alt+O", "box.fit"), ("Ctrl+Z", "scene.undo"),
     ("Space", "frame.play"), ("?", "scene.help"), ("V", "view.film"), ("F", "box.new")],
)  # fmt: skip
def test_keys_that_annotators_know(keys: str, name: str) -> None:
    assert bind(ACTIONS)[normal(keys)].name == name


def test_one_spelling_for_each_combination() -> None:
    assert normal("shift+ctrl+z") == "Ctrl+Shift+Z"
    assert normal("?") == normal("Shift+/")
    assert normal("alt+left") == "Alt+Left"
    assert spelled("Shift+/") == "?"


@pytest.mark.parametrize("keys", ["", "Ctrl+", "Hyper+A", "ab", "F13"])
def test_what_is_no_key_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        normal(keys)


def test_a_file_gives_actions_other_keys(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('[keys]\n"box.fit" = ["W", "F5"]\n"box.flip" = []\n')
    bound = bind(rebound(ACTIONS, file))
    assert bound["W"].name == bound["F5"].name == "box.fit"
    assert "Alt+O" not in bound
    assert "G" not in bound


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keys]\n"box.fitt" = "W"', "no action 'box.fitt'; did you mean 'box.fit'"),
        ('[keys]\n"box.fit" = "W"\n"box.flip" = "w"', "key W is given to both"),
        ('[keys]\n"box.fit" = "Hyper+W"', "no modifier 'Hyper'"),
        ('[keys]\n"box.fit" = 3', "expected a key or a list of keys"),
        ("[key]\n", r"expected one table \[keys\]"),
        ("[keys", "cannot be read"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        rebound(ACTIONS, file)


def test_the_document_lists_every_action() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "review.md").read_text()
    for action in ACTIONS:
        keys = " ".join(f"`{spelled(key)}`" for key in action.keys)
        assert f"| `{action.name}` | {keys} | {action.text} |" in text
