"""The page, put together and written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avlabel import __version__
from avlabel.core.log import Log
from avlabel.errors import InputError
from avlabel.report.compare import comparison
from avlabel.report.cutouts import Cutouts
from avlabel.report.found import found, recording
from avlabel.report.head import head
from avlabel.report.html import Html, joined, tag
from avlabel.report.labelled import labelled
from avlabel.report.plots import require_matplotlib
from avlabel.report.quality import quality
from avlabel.report.style import STYLE
from avlabel.report.subject import Subject, subject
from avlabel.report.work import review, run_time
from avlabel.scenes.scene import Labels, Scene

# Whatever a browser is told, this page asks nobody for anything.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(
    scenes: Sequence[Scene], path: Path, log: Log | None = None, *, labels: Labels = "resolved"
) -> None:
    """Write one HTML file with everything in it.

    Args:
        scenes: one or more; two are also compared, the first as the older one.
        path: of the file; one that is there is replaced.
        log: the labelled recording that they were made from, where there is truth.
        labels: as people left them, or as the pipeline made them.

    Raises:
        ConfigError: if matplotlib is not installed.
        EvaluationError: if the log is another drive, or carries no truth.
        InputError: if the file cannot be written.
        SceneError: if a scene cannot be read.
    """
    require_matplotlib()
    made = page([subject(scene, log, labels) for scene in scenes])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def page(subjects: Sequence[Subject]) -> str:
    """The report as HTML."""
    names = ", ".join(one.scene.scene_id for one in subjects)
    compared = [comparison(*subjects)] if len(subjects) == 2 else []
    parts = [
        Html('<!doctype html><html lang="en"><head><meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Html('<meta name="viewport" content="width=device-width">'),
        tag("title", f"Labels of {names}"),
        tag("style", Html(STYLE)),
        Html("</head><body>"),
        *compared,
        *(_scene(one, number) for number, one in enumerate(subjects, 1)),
        tag("footer", f"Written by avlabel {__version__}."),
        Html("</body></html>\n"),
    ]
    return joined(parts)


def _scene(subject: Subject, number: int) -> Html:
    """Everything about one scene, with links to its parts."""
    cutouts = Cutouts(subject.scene, subject.labels)
    parts = {
        "labels": labelled(subject),
        "quality": quality(subject, cutouts),
        "findings": found(subject, cutouts),
        "recording": recording(subject),
        "run time": run_time(subject),
        "review": review(subject),
    }
    ids = {name: f"{name.replace(' ', '-')}-{number}" for name in parts}
    return tag(
        "main",
        tag("h1", f"Labels of {subject.scene.scene_id}"),
        tag("nav", *(tag("a", name, href=f"#{ids[name]}") for name in parts)),
        head(subject),
        *(tag("div", part, id=ids[name]) for name, part in parts.items()),
    )
