"""A session in which somebody edits until he is killed; says each edit that he was shown.

Arguments: scene, author, folder for bookmarks, how many edits (0: without end).
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np

import avlabel
from avlabel.edits import compose
from avlabel_viewer.session.session import Session


def main(path: str, author: str, state: str, n: str) -> None:
    session = Session(avlabel.open_scene(path), author, state_folder=Path(state))
    for i in itertools.count() if n == "0" else range(int(n)):
        session.go_to(i % len(session.scene.frames))
        session.select(3)
        row = session.row
        assert row is not None
        center = session.cuboids.center[row] + np.array([0.0, 0.001, 0.0])
        draft = compose.set_box(session.labels, row, center=center, scope="frame")
        if not session.do(draft):
            raise SystemExit(session.trouble)
        if i % 5 == 4:
            session.undo()
        session.poll()
        session.keep()
        mine = [edit for edit in session.book.edits if edit.author == author]
        sys.stdout.write(f"{mine[-1].edit_id} {session.frame_idx}\n")
        sys.stdout.flush()
    session.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
