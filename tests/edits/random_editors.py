"""People who do anything to any labels, drawn by hypothesis."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from edit_samples import Person, labels
from hypothesis import strategies as st

from avlabel.edits import compose

N_FRAMES = 8
TRACKS = st.integers(0, 5)
POSES = st.tuples(st.integers(-6, 6), st.integers(-6, 6), st.sampled_from([0.0, 0.3, 1.6, 3.1]))
ACTIONS = st.sampled_from(
    ["move", "move", "move", "add", "delete", "delete track", "split", "merge", "class", "undo",
     "redo", "decide", "comment", "attribute"]
)  # fmt: skip


@st.composite
def some_labels(draw, commit=1):
    spans = st.dictionaries(st.integers(0, N_FRAMES - 1), POSES, max_size=N_FRAMES)
    tracks = draw(st.dictionaries(TRACKS, spans, max_size=4))
    classes = draw(st.dictionaries(TRACKS, st.sampled_from([0, 2, 8]), max_size=4))
    return labels(tracks, n_frames=N_FRAMES, commit=commit, category=classes)


def act(data, person, author, seen):
    """One action of somebody who sees ``seen``, which may be out of date.

    Keys of new objects are counted: random ones would make what is drawn random.
    """
    with patch.object(compose, "new_key", lambda: f"new:{len(person.edits):016x}"):
        _act(data, person, author, seen)


def _act(data, person, author, seen):
    action, cuboids = data.draw(ACTIONS), seen.cuboids
    if action == "undo" or action == "redo":
        if person.edits:
            edit = data.draw(st.sampled_from(person.edits))
            person.does(getattr(compose, action)(edit), author)
        return
    if action == "add" or not len(cuboids):
        x, y, yaw = data.draw(POSES)
        ids = [None, *sorted({seen.key_of(int(track)) for track in cuboids.track_id})]
        draft = compose.add_box(
            seen, frame_idx=data.draw(st.integers(0, N_FRAMES - 1)), category="car",
            center=[x, y, 0.75], quat_wxyz=[np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)],
            size_lwh=[4, 2, 1.5], track=data.draw(st.sampled_from(ids)),
        )  # fmt: skip
        person.does(draft, author)
        return
    row = data.draw(st.integers(0, len(cuboids) - 1))
    track = int(cuboids.track_id[row])
    other = int(cuboids.track_id[data.draw(st.integers(0, len(cuboids) - 1))])
    drafts = {
        "move": lambda: compose.set_box(
            seen,
            row,
            center=cuboids.center[row] + [*data.draw(POSES)[:2], 0],
            scope=data.draw(st.sampled_from(["frame", "between", "onward", "track"])),
        ),
        "delete": lambda: compose.delete_boxes(seen, [row]),
        "delete track": lambda: compose.delete_track(seen, track),
        "split": lambda: compose.split(seen, track, int(cuboids.frame_idx[row])),
        "merge": lambda: compose.merge(seen, track, other),
        "class": lambda: compose.set_category(seen, track, "truck"),
        "decide": lambda: compose.decide(
            seen, data.draw(st.sampled_from(["accept", "reject", "clear"])), track
        ),
        "comment": lambda: compose.comment(seen, "look", data.draw(st.sampled_from([track, None]))),
        "attribute": lambda: compose.set_attributes(
            seen, track, {"parked": data.draw(st.booleans())}
        ),
    }
    person.does(drafts[action](), author)


def edited(data, auto, n=8):
    """Two people, each of whom sees the other's work now and then."""
    person = Person(auto)
    views = {"ann": person.sees, "bob": person.sees}
    for _ in range(data.draw(st.integers(1, n))):
        author = data.draw(st.sampled_from(["ann", "bob"]))
        if data.draw(st.integers(0, 3)):
            views[author] = person.sees
        act(data, person, author, views[author])
    return person
