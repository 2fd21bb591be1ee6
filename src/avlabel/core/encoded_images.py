"""What an encoded image says of itself, without decoding it.

JPEG: ITU-T T.81, annex B (markers). PNG: W3C PNG specification, section 5 (chunks).
"""

from __future__ import annotations

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that carry the size; the three left out are tables."""


def size_in_header(encoded: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG; None for another, or if it does not say."""
    if encoded.startswith(PNG_START):
        return int.from_bytes(encoded[16:20]), int.from_bytes(encoded[20:24])
    return _jpeg_size(encoded) if encoded.startswith(JPEG_START) else None


def _jpeg_size(encoded: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header; None if there is none."""
    at = 2
    while at + 9 <= len(encoded) and encoded[at] == 0xFF:
        marker = encoded[at + 1]
        if marker in FRAME_HEADERS:
            height, width = encoded[at + 5 : at + 7], encoded[at + 7 : at + 9]
            return int.from_bytes(width), int.from_bytes(height)
        at += 2 + int.from_bytes(encoded[at + 2 : at + 4])
    return None
