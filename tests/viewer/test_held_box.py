"""The box in a person's hand, and a disk that does not take it."""

from __future__ import annotations

import os

from avlabel_viewer.actions.held_box import SETTLE_S, HeldBox


def test_a_box_that_the_disk_refuses_stays_in_the_hand_and_is_tried_now_and_then(
    open_session, monkeypatch
):
    now, tried = [0.0], []
    session = open_session(clock=lambda: now[0])
    session.select(3)
    box = HeldBox(session, lambda: now[0])
    box.change(lambda place: place.moved([0.0, 0.5, 0.0]), "move")

    def full(handle, content):
        tried.append(now[0])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        for tick in range(100):
            now[0] = tick * SETTLE_S / 10
            box.settle_if_rested()
    assert len(tried) == 9
    assert box.is_held
    assert box.placement.center.tolist() == [0.0, 0.5, 0.75]
    assert session.cuboids.center[session.row].tolist() == [0.0, 0.0, 0.75]
    assert len(session.messages) == 1
    now[0] += SETTLE_S
    box.settle_if_rested()
    assert not box.is_held
    assert session.cuboids.center[session.row].tolist() == [0.0, 0.5, 0.75]
    assert len(session.book.edits) == 1
