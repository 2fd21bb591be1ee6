"""Whether an image file is whole, without decoding it."""

from __future__ import annotations

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"
JPEG_START = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
TAIL_BYTES = 64


def image_fault(encoded: bytes) -> str | None:
    """What is wrong with an encoded image, or None if it has a known start and its proper end.

    Some cameras append a few bytes after the end marker; so the last 64 bytes are searched.
    Formats other than JPEG and PNG are not looked into.
    """
    if not encoded:
        return "is empty"
    tail = encoded[-TAIL_BYTES:]
    if encoded.startswith(JPEG_START):
        return None if JPEG_END in tail else "is a truncated JPEG"
    if encoded.startswith(PNG_START):
        return None if PNG_END in tail else "is a truncated PNG"
    known = (b"BM", b"II*\x00", b"MM\x00*", b"RIFF", b"P5", b"P6", b"\x00\x00\x00")
    return None if encoded.startswith(known) else "is no image"
