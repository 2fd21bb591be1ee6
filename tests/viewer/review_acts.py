"""What people do in a session, for tests."""

from __future__ import annotations

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.edits import compose
from avlabel_viewer.session.session import Session


def move(session: Session, track_id: int = 3, by: tuple[float, ...] = (0.0, 0.5, 0.0)) -> bool:
    """Move an object's box in the current frame; whether the disk took it."""
    session.select(track_id)
    center = session.cuboids.center[session.row] + np.array(by)
    return session.do(compose.set_box(session.labels, session.row, center=center))


def act(session: Session, what: str) -> None:
    """Do something to the selected object."""
    labels, track_id = session.labels, session.track_id
    if what == "move":
        assert move(session, track_id)
    elif what == "delete":
        assert session.do(compose.delete_boxes(labels, [session.row]))
    elif what == "accept":
        assert session.decide("accept")
    elif what == "merge":
        assert session.do(compose.merge(labels, track_id, int(labels.tracks.track_id[0])))
    elif what == "split":
        assert session.do(compose.split(labels, track_id, session.frame_idx))


def ticked(session: Session) -> None:
    """Tick until what goes on in the background has been delivered."""
    session.tick()
    while session.jobs.busy:
        session.tick()


def equal(a: Cuboids, b: Cuboids) -> bool:
    """Whether two sets of boxes are the same to the bit."""
    names = ("frame_idx", "track_id", "center", "quat_wxyz", "size_lwh", "source")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)
