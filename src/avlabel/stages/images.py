"""Whether an image file is whole and of the right size, without decoding it."""

from __future__ import annotations

from avlabel.core.encoded_images import JPEG_START, PNG_START, size_in_header

PNG_END = b"IEND\xaeB`\x82"
JPEG_END = b"\xff\xd9"
TAIL_BYTES = 64
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
