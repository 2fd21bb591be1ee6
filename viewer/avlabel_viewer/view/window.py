"""The window."""

from __future__ import annotations

from avlabel_viewer.session.session import Session


def run(session: Session) -> None:
    """Show the window until it is closed."""
    raise NotImplementedError
