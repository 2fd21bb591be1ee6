"""Following logs while others write them: every edit once, whenever one looks."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from edit_samples import Person, two_cars
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.edits import compose
from avlabel.edits.codec import to_line
from avlabel.edits.following import EditFollower
from avlabel.edits.reading import read_edits
from avlabel.errors import SceneCorruptError, SceneVersionError
from avlabel.scenes.store import Store

SEEN = Person(two_cars()).sees


def lines(author: str, n: int) -> list[bytes]:
    person = Person(two_cars(), author)
    made = [person.does(compose.comment(SEEN, f"{author} {i}")) for i in range(n)]
    return [to_line(edit).replace(b'"sitting:', f'"{author}:'.encode()) for edit in made]


LOGS = {name: b"".join(lines(name, n)) for name, n in (("ann", 4), ("bob", 1), ("eve", 7))}
CUT = {name: st.lists(st.integers(0, len(log)), max_size=6) for name, log in LOGS.items()}


@settings(max_examples=60)
@given(st.fixed_dictionaries(CUT), st.randoms(use_true_random=False))
def test_every_edit_arrives_once_however_it_is_written(tmp_path_factory, cuts, random):
    folder = tmp_path_factory.mktemp("edits")
    steps = [(name, at) for name, where in cuts.items() for at in [*sorted(where), None]]
    random.shuffle(steps)
    follow = EditFollower(Store.at(folder), skip="me")
    arrived = []
    for name, at in steps:
        path = folder / f"{name}.jsonl"
        size = path.stat().st_size if path.exists() else 0
        content = LOGS[name][:at]
        if len(content) >= size:
            path.write_bytes(content)
        news = follow()
        assert news.problems == ()
        arrived += news.edits
    whole = read_edits(Store.at(folder)).edits
    assert len(whole) == 12
    assert sorted(arrived, key=lambda edit: edit.order) == sorted(whole, key=lambda e: e.order)
    assert follow().edits == ()
    shutil.rmtree(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bob.jsonl").write_bytes(LOGS["bob"])
    return tmp_path


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"no edit\n", SceneCorruptError, "byte 0: Expecting value"),
        (lines("eve", 1)[0].replace(b'"1.0"', b'"7.0"'), SceneVersionError, "version '7.0'"),
        (lines("bob", 1)[0].replace(b"bob 0", b"bob 1"), SceneCorruptError, "a second, other edit"),
    ],
)
def test_a_log_that_cannot_be_read_is_told_once_and_hides_no_other(
    folder: Path, content: bytes, kind: type, message: str
) -> None:
    follow = EditFollower(Store.at(folder), skip="me")
    assert len(follow().edits) == 1
    (folder / "eve.jsonl").write_bytes(content)
    (folder / "zoe.jsonl").write_bytes(LOGS["ann"])
    news = follow()
    (problem,) = news.problems
    assert isinstance(problem, kind)
    assert str(problem).startswith(str(folder / "eve.jsonl"))
    assert message in str(problem)
    assert len(news.edits) == 4
    assert follow().problems == ()


def test_a_log_that_could_not_be_got_is_asked_for_again(folder: Path, monkeypatch) -> None:
    store = Store.at(folder)
    follow = EditFollower(store, skip="me")

    def broken(path: str, limit: int):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(store.files, "read", broken)
        assert "cannot be read" in str(follow().problems[0])
        assert len(follow().problems) == 1
    assert len(follow().edits) == 1
    assert follow().edits == ()


def test_ones_own_files_drafts_and_other_things_are_passed_over(folder: Path) -> None:
    for name in ("me-000000.jsonl", ".eve.jsonl.17", "notes.txt"):
        (folder / name).write_bytes(LOGS["eve"])
    assert len(EditFollower(Store.at(folder), skip="me")().edits) == 1
    assert EditFollower(Store.at(folder / "nowhere"), skip="me")().edits == ()


class Bucket:
    """Answers only when several files have been asked for."""

    is_local = False

    def __init__(self, folder: Path, n: int) -> None:
        self._store, self._together = Store.at(folder), threading.Barrier(n)
        self.sizes, self.path = self._store.sizes, self._store.path

    def read(self, name: str):
        self._together.wait(60)
        return self._store.read(name)


@pytest.mark.parametrize(
    "read", [lambda folder: read_edits(folder).edits, lambda f: EditFollower(f, skip="me")().edits]
)
def test_where_each_edit_is_an_object_many_are_asked_for_at_once(tmp_path: Path, read) -> None:
    for i, line in enumerate(lines("ann", 32)):
        (tmp_path / f"{i:02}.jsonl").write_bytes(line)
    edits = read(Bucket(tmp_path, 16))
    assert [edit.change.text for edit in edits] == [f"ann {i}" for i in range(32)]
