"""Parting things into components as they come and go is the same as parting those that are left."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from avlabel.edits.components import Components

TOPICS = st.frozensets(st.sampled_from("abcdefgh"), min_size=1, max_size=3)
STEPS = st.lists(
    st.tuples(st.sets(st.integers(0, 9)), st.dictionaries(st.integers(0, 9), TOPICS)), max_size=6
)


def flooded(topics: dict[int, frozenset[str]]) -> set[tuple[int, ...]]:
    """Components, found by going from neighbour to neighbour."""
    left, out = set(topics), set()
    while left:
        reached, more = set(), {left.pop()}
        while more:
            reached |= more
            about = set().union(*(topics[name] for name in more))
            more = {name for name in left if topics[name] & about}
            left -= more
        out.add(tuple(sorted(reached)))
    return out


@given(STEPS)
def test_components_are_those_of_what_is_left(steps):
    components, topics = Components[int, int](lambda item: item), {}
    there = set()
    for leave, enter in steps:
        gone = leave & topics.keys()
        come = {name: own for name, own in enter.items() if name not in topics or name in gone}
        topics = {name: own for name, own in topics.items() if name not in gone} | come
        went, came = components.update(gone, {name: (name, own) for name, own in come.items()})
        there = (there - set(went)) | set(came)
        assert {tuple(component.items) for component in there} == flooded(topics)
        for component in there:
            about = set().union(*(topics[name] for name in component.items))
            assert component.topics == about
            assert all(components.of_topic(topic) is component for topic in about)


def test_what_does_not_change_stays_the_same_object():
    components = Components[str, str](lambda item: item)
    _, (left, right) = components.update([], {"x": ("x", {"a"}), "y": ("y", {"b"})})
    went, (joined,) = components.update([], {"z": ("z", {"b", "c"})})
    assert went == [right]
    assert list(joined.items) == ["y", "z"]
    assert components.of_topic("a") is left
    assert components.of_topic("d") is None
