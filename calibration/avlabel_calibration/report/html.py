"""The report of a check: one HTML file with everything in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.errors import AvlabelError, InputError
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.registry import RULES
from avlabel_calibration.check.run import Checked
from avlabel_calibration.check.verdict import Verdict, label
from avlabel_calibration.report.curves import curve_charts
from avlabel_calibration.report.overlay import FAR_M, NEAR_M, depth_colors, overlay
from avlabel_calibration.report.style import STYLE

FRAMES = 2
JPEG_QUALITY = 82
TOLD = ("alignment", "camera-time")
"""Rules whose verdict stands beside the pictures that it is about, also if all is fine."""
ORDER = ("error", "warning", "undecided", "fine")


def write_report(checked: Checked, folder: Path) -> Path:
    """Write ``index.html`` with verdicts, points over images and alignment curves.

    Args:
        checked: what the rules said and what they looked at.
        folder: made if it is not there; an older report in it is replaced.

    Returns:
        The file.

    Raises:
        InputError: if it cannot be written.
    """
    path = folder / "index.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(page(checked), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def page(checked: Checked) -> str:
    """The report as HTML."""
    title = checked.evidence.log.log_id if checked.evidence else "a recording that cannot be opened"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>Calibration of {escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>Calibration of {escape(title)}</h1>",
        f"<p class='summary'>{_summary(checked.verdicts)}</p>",
        _verdicts(checked.verdicts),
    ]
    if checked.evidence is not None:
        parts += [*_cameras(checked.evidence, checked.verdicts)]
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _summary(verdicts: tuple[Verdict, ...]) -> str:
    counts = {word: sum(label(v) == word for v in verdicts) for word in ORDER}
    if counts["error"]:
        said = "The calibration has errors."
    elif counts["warning"]:
        said = "Nothing is plainly wrong; look at the warnings."
    else:
        said = "Nothing was found wrong."
    parts = ", ".join(f"<b class='{word}'>{n} {word}</b>" for word, n in counts.items() if n)
    return f"{said} Verdicts: {parts}."


def _verdicts(verdicts: tuple[Verdict, ...]) -> str:
    """What was found and what is undecided in full; what is fine folded away."""
    ordered = sorted(verdicts, key=lambda v: ORDER.index(label(v)))
    told = [v for v in ordered if label(v) != "fine"]
    rest = [v for v in ordered if label(v) == "fine"]
    return (
        f"{_table(told) if told else ''}<details><summary>{len(rest)} verdicts are fine"
        f"</summary>{_table(rest)}</details>"
    )


def _table(verdicts: list[Verdict]) -> str:
    rows = "".join(
        f"<tr><td class='{label(v)}'>{label(v)}</td>"
        f"<td title='{escape(RULES[v.rule].reason, quote=True)}'>{v.rule}</td>"
        f"<td>{escape(v.sensor_id)}</td><td>{escape(v.message)}</td></tr>"
        for v in verdicts
    )
    head = "<tr><th></th><th>rule</th><th>sensor</th><th>verdict</th></tr>"
    return f"<table>{head}{rows}</table>"


def _cameras(evidence: Evidence, verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    yield f"<h2>Cameras</h2><p>Points are coloured by distance: {_scale()}</p>"
    for name in evidence.log.rig.cameras:
        yield f"<h3>{escape(name)}</h3>"
        about = [v for v in verdicts if v.sensor_id == name and _worth_saying(v)]
        yield "".join(
            f"<p class='said'><b class='{label(v)}'>{label(v)}</b> {v.rule}: "
            f"{escape(v.message)}</p>"
            for v in about
        )
        yield from _pictures(evidence, name)
        features = evidence.features(name)
        if features is not None:
            yield (
                "<p>How well LiDAR edges meet image edges as one axis is moved: 0 is chance; a "
                f"peak at the given value is right.</p><div>{curve_charts(features)}</div>"
            )


def _worth_saying(verdict: Verdict) -> bool:
    return label(verdict) != "fine" or verdict.rule in TOLD


def _pictures(evidence: Evidence, name: str) -> Iterator[str]:
    camera = evidence.log.rig.cameras[name]
    frames = evidence.frames(FRAMES, name)
    if not len(frames):
        yield "<p>No image belongs to a sweep.</p>"
    for k in frames:
        number = int(evidence.schedule.frame_idx[k])
        try:
            drawn = overlay(evidence, camera, int(k))
        except AvlabelError as error:
            yield f"<p>Frame {number}: {escape(str(error))}</p>"
            continue
        if drawn is not None:
            yield (
                f"<figure><img alt='points over image' src='{_embedded(drawn)}'>"
                f"<figcaption>frame {number}</figcaption></figure>"
            )


def _scale() -> str:
    """Marks of some distances in their colours."""
    depths = np.array([d for d in (3, 5, 10, 20, 40, 80) if NEAR_M <= d <= FAR_M], np.float64)
    return " ".join(
        f"<span class='swatch' style='background:rgb({r},{g},{b})'></span>{depth:g} m"
        for depth, (b, g, r) in zip(depths, depth_colors(depths).tolist(), strict=True)
    )


def _embedded(image: UInt8) -> str:
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode()}"
