"""The log on disk: nothing that was said to be written is lost, and nothing strange gets in."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from edit_samples import Person, two_cars
from hypothesis import given
from hypothesis import strategies as st

from avlabel.edits import compose
from avlabel.edits.codec import MAX_LINE_BYTES, from_line, to_line
from avlabel.edits.log import EditLog
from avlabel.edits.model import Box, PutBoxes
from avlabel.edits.reading import next_redo, next_undo, read_edits
from avlabel.errors import SceneCorruptError, SceneVersionError, SceneWriteError
from avlabel.scenes.store import Store

ENDLESS_EDITOR = Path(__file__).with_name("endless_editor.py")


@pytest.fixture
def seen():
    return Person(two_cars()).sees


@pytest.fixture
def folder(tmp_path):
    return Store.at(tmp_path / "scene_id=one" / "edits")


def log_of(folder, author="ann", **options):
    return EditLog(folder, author, 1, (0.0, 0.0, 0.0), **options)


def every_kind(seen):
    ann = Person(two_cars())
    moved = ann.does(compose.set_box(seen, 4, center=[1.5, 0, 0.75], scope="onward"))
    return [
        compose.set_box(seen, 4, center=[1.5, 0, 0.75], scope="onward"),
        compose.add_box(
            seen, frame_idx=3, category="bus", center=[1e5 / 3, -2, 0.1],
            quat_wxyz=[1, 0, 0, 0], size_lwh=[12, 2.5, 3],
        ),
        compose.delete_track(seen, 5),
        compose.split(seen, 3, 7),
        compose.merge(seen, 5, 3),
        compose.set_category(seen, 3, "truck"),
        compose.set_attributes(seen, 3, {"door": "open", "doors": 4, "gone": None}),
        replace(compose.decide(seen, "accept", 3), seconds=12.5),
        compose.decide(seen, "flag", frame_idx=4, text="rain \u2602"),
        compose.decide(seen, "reject"),
        compose.comment(seen, "two lines\nof text", 3, 4),
        compose.undo(moved),
        compose.redo(moved),
    ]  # fmt: skip


def test_what_is_written_is_read_back_to_the_bit(seen, folder):
    with log_of(folder, "J\u00f8rgen O'Neil / 7") as log:
        written = [edit for draft in every_kind(seen) for edit in log.append(draft)]
    history = read_edits(folder)
    assert list(history.edits) == written
    assert history.torn == ()
    (name,) = folder.names()
    assert "J-rgen-O-Neil-7" in name
    for line in Path(folder.path(name)).read_bytes().splitlines():
        assert json.loads(line)["version"] == "1.0"


floats = st.floats(-1e9, 1e9)
boxes = st.builds(
    Box,
    track=st.sampled_from(["1:12", "new:0123456789abcdef"]),
    frame_idx=st.integers(-(2**31), 2**31 - 1),
    timestamp_ns=st.integers(-(2**62), 2**62 - 1),
    category=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    center=st.tuples(floats, floats, floats),
    quat_wxyz=st.just((0.6, 0.0, 0.0, 0.8)),
    size_lwh=st.tuples(*[st.floats(1e-3, 100)] * 3),
    source=st.sampled_from(["auto", "interpolated", "human"]),
    auto_track=st.integers(-1, 2**63 - 1),
    auto_place=st.sampled_from([(), (0.1, 2e8, -3.0, 0.6, 0.0, 0.0, 0.8, 4.0, 2.0, 1e-3)]),
)


@given(st.lists(boxes, max_size=3, unique_by=lambda box: box.slot), floats)
def test_any_edit_survives_its_line(mentioned, x):
    put = PutBoxes(tuple(mentioned), tuple(mentioned[:1]), tuple(mentioned), "track")
    edit = replace(Person(two_cars()).does(compose.Draft("n", put)), origin_m=(x, -x, 0.0))
    line = to_line(edit)
    assert line.count(b"\n") == 1
    assert from_line(line) == edit


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_clear_error(line):
    with pytest.raises((ValueError, SceneVersionError)):
        from_line(line)


SOUND = json.loads(
    to_line(Person(two_cars()).does(compose.set_box(Person(two_cars()).sees, 4, name="move")))
)


def changed(path, value):
    facts = json.loads(json.dumps(SOUND))
    at = facts
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(facts).encode()


HOSTILE = {
    "a number": (b"7", "expected an object"),
    "no JSON": (b"move box 7", "Expecting value"),
    "no UTF-8": (b'{"version":"\xff"}', "utf-8"),
    "deep nesting": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "deep nesting of a value": (b'{"a":' * 100_000, "nested too deeply"),
    "a huge integer": (b'{"version":' + b"9" * 10_000 + b"}", "integer string conversion"),
    "a missing key": (b'{"version":"1.0"}', "kind: missing"),
    "an unknown kind": (changed(["kind"], "eval"), "kind: expected one of boxes, link"),
    "not a number": (changed(["after", 0, "center", 0], float("nan")), "finite numbers, got NaN"),
    "an infinite number": (
        json.dumps(SOUND).encode().replace(b'"base": 1', b'"base": 1, "seconds": 1e999'),
        "seconds: expected a finite number",
    ),
    "text for a number": (changed(["after", 0, "center", 0], "1.0"), "after: center: expected a n"),
    "a truth value for a number": (changed(["base"], True), "base: expected an integer"),
    "too few numbers": (changed(["after", 0, "center"], [1, 2]), "center: expected 3 numbers"),
    "no rotation": (changed(["after", 0, "quat_wxyz"], [0, 0, 0, 0]), "unit quaternion"),
    "no size": (changed(["after", 0, "size_lwh"], [0, 1, 1]), "positive lengths"),
    "a place beyond the world": (changed(["after", 0, "center"], [1e300, 0, 0]), "up to 1e\\+09"),
    "a path for a track": (changed(["after", 0, "track"], "../../etc"), "expected a track"),
    "boxes that are none": (changed(["after"], {"a": 1}), "expected a list of boxes"),
    "a frame out of range": (changed(["after", 0, "frame_idx"], 2**40), "integer of 32 bits"),
    "two boxes in one slot": (changed(["after"], [SOUND["after"][0]] * 2), "two boxes"),
    "half a letter": (json.dumps(SOUND).encode().replace(b'"move"', b'"\\ud800"'), "surrogates"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_line_is_refused_with_its_file_and_number(case, seen, folder):
    line, message = HOSTILE[case]
    with log_of(folder) as log:
        log.append(compose.set_box(seen, 4))
    path = Path(folder.path(folder.names()[0]))
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(SceneCorruptError, match=message) as caught:
        read_edits(folder)
    assert str(caught.value).startswith(f"{path}: line 2: ")
    assert len(str(caught.value)) < 500


def test_a_later_major_version_is_refused_and_a_minor_one_read(seen, folder):
    with log_of(folder) as log:
        log.append(compose.set_box(seen, 4))
    path = Path(folder.path(folder.names()[0]))
    later = path.read_bytes().replace(b'"version":"1.0"', b'"version":"1.9","mood":"good"')
    path.write_bytes(later)
    assert len(read_edits(folder).edits) == 1
    path.write_bytes(later.replace(b'"1.9"', b'"2.0"'))
    with pytest.raises(SceneVersionError, match=r"line 1: edits of version '2\.0'"):
        read_edits(folder)


def test_a_huge_line_costs_bounded_memory(seen, folder):
    with log_of(folder) as log:
        log.append(compose.set_box(seen, 4))
    path = Path(folder.path(folder.names()[0]))
    with path.open("ab") as stream:
        stream.write(b"[" + b"[]," * (7 * MAX_LINE_BYTES // 3))
    tracemalloc.start()
    with pytest.raises(SceneCorruptError, match="line 2: a line of"):
        read_edits(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20
    with path.open("ab") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(SceneCorruptError, match="at most"):
        read_edits(folder)


def test_a_torn_last_line_costs_only_itself(seen, folder):
    with log_of(folder) as log:
        written = log.append(compose.set_box(seen, 4), compose.set_box(seen, 5))
    path = Path(folder.path(folder.names()[0]))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole) - 1, 97):
        path.write_bytes(whole[:length])
        history = read_edits(folder)
        assert history.edits == written[:1]
        assert [torn.line for torn in history.torn] == ([2] if length > first else [])
    path.write_bytes(whole + b"\0" * 4096)
    assert read_edits(folder).edits == written
    path.write_bytes(whole[:-1])
    assert read_edits(folder).edits == written


def test_killed_editors_lose_nothing_that_they_said(folder, tmp_path):
    command = [sys.executable, str(ENDLESS_EDITOR), folder.path()]
    processes = [
        subprocess.Popen([*command, author], stdout=subprocess.PIPE, text=True)  # noqa: S603
        for author in ("ann", "ann", "bob")
    ]
    said = []
    for process in processes:
        said += [process.stdout.readline().strip() for _ in range(40)]
    for process in processes:
        process.kill()
        said += process.communicate()[0].split()
    history = read_edits(folder)
    assert len({edit.edit_id.partition(":")[0] for edit in history.edits}) == 3
    assert set(said) <= {edit.edit_id for edit in history.edits}
    for name in folder.names():
        with log_of(folder) as log:
            log.append(compose.set_box(two_cars_seen(), 1))
        assert Path(folder.path(name)).stat().st_size > 0
    assert len(read_edits(folder).edits) == len(history.edits) + 3


def two_cars_seen():
    return Person(two_cars()).sees


def test_files_are_never_shared_and_a_clock_set_back_reorders_nothing(seen, folder):
    times = itertools.chain([10**18], itertools.repeat(5 * 10**17))
    with log_of(folder, clock=lambda: next(times)) as log, log_of(folder) as other:
        log.append(compose.set_box(seen, 1))
        log.append(compose.set_box(seen, 2), compose.set_box(seen, 3))
        other.append(compose.set_box(seen, 4))
        log.append(compose.set_box(seen, 5))
    assert len(folder.names()) == 2
    mine = [e for e in read_edits(folder).edits if e.edit_id.startswith(log.sitting)]
    assert [edit.edit_id.rpartition(":")[2] for edit in mine] == ["0", "1", "2", "3"]


def test_a_full_disk_leaves_whole_lines_and_the_log_goes_on(seen, folder, monkeypatch):
    log = log_of(folder)
    log.append(compose.set_box(seen, 1))
    real = os.write

    def full(handle, content):
        if len(content) < 300:
            raise OSError(28, "No space left on device")
        return real(handle, content[:250])

    monkeypatch.setattr("os.write", full)
    with pytest.raises(SceneWriteError, match="no space left"):
        log.append(compose.set_box(seen, 2))
    monkeypatch.undo()
    log.append(compose.set_box(seen, 3))
    log.close()
    history = read_edits(folder)
    assert history.torn == ()
    assert [edit.change.after[0].slot for edit in history.edits] == [
        box.slot for box in compose.boxes_at(seen, [1, 3])
    ]


def test_a_full_disk_that_is_asked_again_and_again_leaves_one_file(seen, folder, monkeypatch):
    def full(handle, content):
        raise OSError(28, "No space left on device")

    log = log_of(folder)
    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        for _ in range(5):
            with pytest.raises(SceneWriteError, match="no space left"):
                log.append(compose.set_box(seen, 1))
    log.append(compose.set_box(seen, 1))
    assert len(folder.names()) == 1
    assert len(read_edits(folder).edits) == 1


def test_what_a_broken_disk_kept_in_spite_of_itself_is_no_second_edit(seen, folder, monkeypatch):
    def broken(handle, *size):
        raise OSError(5, "Input/output error")

    log = log_of(folder)
    log.append(compose.set_box(seen, 0))
    monkeypatch.setattr("os.fsync", broken)
    monkeypatch.setattr("os.ftruncate", broken)
    with pytest.raises(SceneWriteError, match="input/output error"):
        log.append(compose.set_box(seen, 1))
    monkeypatch.undo()
    log.append(compose.set_box(seen, 2))
    assert len(read_edits(folder).edits) == 3


def test_a_folder_that_cannot_be_written_is_named(seen, tmp_path):
    (tmp_path / "edits").write_text("a file")
    with pytest.raises(SceneWriteError, match=r"cannot write .*edits.*: file exists"):
        log_of(Store.at(tmp_path / "edits")).append(compose.set_box(seen, 1))


class NoAppending:
    """A store whose files cannot be appended to, as those of buckets."""

    is_local = False

    def __init__(self, store):
        self.create_if_absent, self.path = store.create_if_absent, store.path


def test_where_nothing_can_be_appended_each_batch_is_a_file(seen, folder):
    log = log_of(NoAppending(folder))
    log.append(compose.set_box(seen, 1), compose.set_box(seen, 2))
    log.append(compose.set_box(seen, 3))
    assert len(folder.names()) == 2
    assert len(read_edits(folder).edits) == 3


def test_an_edit_that_is_too_large_is_refused_and_writes_nothing(seen, folder):
    (box,) = compose.boxes_at(seen, [1])
    many = tuple(replace(box, frame_idx=i) for i in range(40_000))
    log = log_of(folder)
    with pytest.raises(SceneWriteError, match="expected at most"):
        log.append(compose.Draft("move all", PutBoxes(many)))
    assert folder.names() == []


def test_undo_and_redo_go_through_what_one_person_did(seen, folder):
    log = log_of(folder)
    first, second = log.append(compose.set_box(seen, 1), compose.set_box(seen, 2))
    (theirs,) = log_of(folder, "bob").append(compose.set_box(seen, 3))

    def edits():
        return read_edits(folder).edits

    assert next_undo(edits(), "ann") == second
    log.append(compose.undo(second))
    assert next_undo(edits(), "ann") == first
    log.append(compose.undo(first))
    assert next_undo(edits(), "ann") is None
    assert next_redo(edits(), "ann") == first
    log.append(compose.redo(first))
    assert read_edits(folder).active == (first, theirs)
    assert next_redo(edits(), "ann") == second
    log.append(compose.set_box(seen, 4))
    assert next_redo(edits(), "ann") is None
