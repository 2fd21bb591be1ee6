"""Verdicts and remarks."""

from __future__ import annotations

from avlabel.edits.model import Value, Verdict
from avlabel_viewer.actions.action import Run, Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.session.prompts import Prompt
from avlabel_viewer.session.working import Thing

table = Table()


@table("decide.accept", "Enter")
def accept(desk: Desk) -> None:
    """Accept it, go on."""
    desk.box.settle()
    if desk.session.decide("accept"):
        desk.next_in_queue(1)


@table("decide.reject", "Backspace")
def reject(desk: Desk) -> None:
    """Reject it, go on."""
    desk.box.settle()
    if desk.session.decide("reject"):
        desk.next_in_queue(1)


@table("decide.flag", "Alt+F")
def flag(desk: Desk) -> None:
    """Flag the object, and say why."""
    desk.box.settle()
    if desk.session.track_id < 0:
        desk.session.say("no object is selected")
        return
    desk.session.ask(
        Prompt("text", "What is wrong with it?", lambda why: desk.session.decide("flag", why))
    )


@table("decide.clear", "Alt+Backspace")
def clear(desk: Desk) -> None:
    """Take its verdict back."""
    desk.box.settle()
    session = desk.session
    if any(one.track_id == session.track_id for one in session.labels.decisions):
        session.decide("clear")
    else:
        session.say("there is no verdict on it")


def _say(verdict: Verdict, thing: Thing) -> Run:
    def run(desk: Desk) -> None:
        desk.box.settle()
        desk.session.decide(verdict, thing=thing)

    return run


THINGS: dict[Thing, str] = {
    "box": "it in this frame",
    "frame": "the whole frame",
    "scene": "the whole scene",
}
KEYS = {"accept-box": ("Shift+Enter",), "accept-frame": ("Ctrl+Enter",)}
VERDICTS: tuple[Verdict, ...] = ("accept", "reject", "flag", "clear")
for _verdict in VERDICTS:
    for _thing, _words in THINGS.items():
        _name = f"{_verdict}-{_thing}"
        _does = "Take back what was said of" if _verdict == "clear" else _verdict.capitalize()
        table.add(
            f"decide.{_name}", KEYS.get(_name, ()), f"{_does} {_words}", _say(_verdict, _thing)
        )


@table("decide.attribute", "Alt+I")
def attribute(desk: Desk) -> None:
    """Set an attribute."""
    session = desk.session

    def take(text: str) -> None:
        name, _, value = (part.strip() for part in text.partition("="))
        if name:
            session.set_attributes({name: parsed(value)})

    if session.track_id < 0:
        session.say("no object is selected")
    else:
        detail = "such as  doors open = yes ; without a value it is removed"
        session.ask(Prompt("text", "Attribute", take, detail=detail))


def parsed(text: str) -> Value:
    """A number, yes or no, or words; None for nothing."""
    if text in ("", "yes", "no"):
        return {"": None, "yes": True, "no": False}[text]
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


@table("decide.comment", "Alt+C")
def comment(desk: Desk) -> None:
    """Pin a remark to it."""
    thing: Thing = "track" if desk.session.track_id >= 0 else "frame"
    desk.session.ask(
        Prompt("text", f"Remark on this {thing}", lambda text: desk.session.comment(text, thing))
    )
