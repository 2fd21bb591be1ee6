"""What a desktop does when one clicks a window's closing cross: it sends WM_DELETE_WINDOW."""

from __future__ import annotations

import ctypes

CLIENT_MESSAGE, NO_EVENT_MASK, FORMAT = 33, 0, 32


class ClientMessage(ctypes.Structure):
    """``XClientMessageEvent`` of Xlib, as long as an ``XEvent``."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 12),
    ]


def ask_to_close(display: str, window: int) -> None:
    """Ask the program of a window to close it."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    server = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    protocols = x11.XInternAtom(server, b"WM_PROTOCOLS", 0)
    delete = x11.XInternAtom(server, b"WM_DELETE_WINDOW", 0)
    event = ClientMessage(type=CLIENT_MESSAGE, window=window, message_type=protocols, format=FORMAT)
    event.data[0] = delete
    x11.XSendEvent(server, ctypes.c_ulong(window), 0, NO_EVENT_MASK, ctypes.byref(event))
    x11.XCloseDisplay(server)
