"""Waiting for threads that read, without sleeping."""

from __future__ import annotations

from avlabel_viewer.frames.accumulator import Accumulator
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.data import FrameData

WAIT_S = 30
"""A test that waits longer has found a thread that hangs."""


def ready(cache: FrameCache) -> None:
    """Wait until everything wanted is here, or no more fits."""
    with cache._changed:
        assert cache._changed.wait_for(lambda: cache._next() is None and not cache._reading, WAIT_S)


def taken(accumulator: Accumulator) -> FrameData:
    """Wait for the result and take it."""
    with accumulator._changed:
        assert accumulator._changed.wait_for(lambda: accumulator._done is not None, WAIT_S)
        found = accumulator.take()
    assert found is not None
    return found
