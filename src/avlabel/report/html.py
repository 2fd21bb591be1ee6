"""HTML put together from parts; text is escaped unless it is HTML already."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

import cv2

from avlabel.core.arrays import UInt8

JPEG_QUALITY = 80


class Html(str):
    """Text that is HTML already. Whatever else is put into a page is escaped."""

    __slots__ = ()


def html(value: object) -> Html:
    """A value as HTML: as it is if it is ``Html``, else its text, escaped."""
    return value if isinstance(value, Html) else Html(escape(str(value), quote=True))


def joined(parts: Iterable[object]) -> Html:
    """Parts one after another."""
    return Html("".join(html(part) for part in parts))


def tag(name: str, *children: object, **attributes: object) -> Html:
    """An element; attributes are named as in HTML, ``class_`` for ``class``."""
    given = "".join(f' {key.rstrip("_")}="{html(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{given}>{joined(children)}</{name}>")


def section(title: str, *children: object) -> Html:
    """A part of the page under a heading."""
    return tag("section", tag("h2", title), *children)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """A table; numbers are aligned to the right, as are the headings above them."""
    body = list(rows)
    if not body:
        return Html("")
    right = [all(_is_number(row[k]) for row in body) for k in range(len(head))]
    kinds = ["n" if one else "t" for one in right]
    heads = joined(tag("th", name, class_=kind) for name, kind in zip(head, kinds, strict=True))
    lines = (
        tag("tr", *(tag("td", cell, class_=k) for cell, k in zip(row, kinds, strict=True)))
        for row in body
    )
    top = [tag("tr", heads)] if any(head) else []
    return tag("div", tag("table", *top, *lines), class_="wide")


def picture(image: UInt8, alt: str) -> Html:
    """An (H, W, 3) RGB image within the page."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return img("image/jpeg", encoded.tobytes(), alt)


def img(media_type: str, content: bytes, alt: str) -> Html:
    """A file of an image within the page."""
    source = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    return Html(f'<img alt="{html(alt)}" src="{source}">')


def card(image: Html, *caption: object, kind: str = "card") -> Html:
    """A picture with what it shows below it."""
    return tag("figure", image, tag("figcaption", *caption), class_=kind)


def _is_number(cell: object) -> bool:
    text = str(cell).replace(",", "").strip("+-")
    return not text or text.replace(".", "", 1).isdigit()
