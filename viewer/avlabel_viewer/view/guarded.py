"""Callbacks that never let an error out: Open3D would stop, and hang at the exit."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from avlabel.errors import AvlabelError

P = ParamSpec("P")
R = TypeVar("R")


def guarded(
    call: Callable[P, R], otherwise: R, tell: Callable[[str], None], log: Callable[[str], None]
) -> Callable[P, R]:
    """The same call; what it raises is told in a line instead.

    Args:
        call: a callback.
        otherwise: what to return when it fails.
        tell: shows the person a line.
        log: takes the traceback of what nobody foresaw.
    """

    @functools.wraps(call)
    def safe(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except AvlabelError as error:
            tell(str(error))
        except Exception as error:
            tell(f"that failed: {type(error).__name__}: {error}")
            log(traceback.format_exc())
        return otherwise

    return safe
