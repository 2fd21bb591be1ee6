"""How long a person works on each object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

IDLE_S = 20.0
"""After so long without a sign of life a person is taken to have turned away."""


class WorkTime:
    """Active time by object, until an edit takes it along.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._last = clock, clock()
        self._spent: defaultdict[str, float] = defaultdict(float)

    def touch(self, key: str) -> None:
        """A sign of life: the time since the last one was spent on an object.

        Args:
            key: of the object that was selected meanwhile, "" for none.
        """
        now = self._clock()
        self._spent[key] += min(now - self._last, IDLE_S)
        self._last = now

    def spent(self, key: str) -> float:
        """Seconds on an object that no edit has taken yet."""
        return self._spent.get(key, 0.0)

    def take(self, key: str) -> float:
        """Seconds on an object since they were last taken, to be written into an edit."""
        return self._spent.pop(key, 0.0)
