"""Whether an image file is whole and how large it is, without decoding it.

JPEG: ITU-T T.81, annex B (markers). PNG: W3C PNG specification, section 5 (chunks).
"""

from __future__ import annotations

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"
JPEG_START = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
TAIL_BYTES = 64
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that carry the size; the three left out are tables."""
OTHER_STARTS = (b"BM", b"II*\x00", b"MM\x00*", b"RIFF", b"P5", b"P6", b"\x00\x00\x00")


def image_fault(encoded: bytes, width_px: int, height_px: int) -> str | None:
    """What is wrong with an encoded image, or None.

    A JPEG or PNG needs its start, its end and the size that its camera's calibration says. Some
    cameras append a few bytes after the end marker; so the last 64 bytes are searched. Other
    formats are known by their start only.
    """
    if not encoded:
        return "is empty"
    tail = encoded[-TAIL_BYTES:]
    if encoded.startswith(JPEG_START):
        if JPEG_END not in tail:
            return "is a truncated JPEG"
    elif encoded.startswith(PNG_START):
        if PNG_END not in tail:
            return "is a truncated PNG"
    elif not encoded.startswith(OTHER_STARTS):
        return "is no image"
    size = size_in_header(encoded)
    if size is not None and size != (width_px, height_px):
        expected = f"its camera's calibration is for {width_px} x {height_px}"
        return f"has {size[0]} x {size[1]} px; {expected}"
    return None


def size_in_header(encoded: bytes) -> tuple[int, int] | None:
    """Width and height that a JPEG or PNG states; None for other formats."""
    if encoded.startswith(JPEG_START):
        return _jpeg_size(encoded)
    if encoded.startswith(PNG_START):
        return int.from_bytes(encoded[16:20]), int.from_bytes(encoded[20:24])
    return None


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
