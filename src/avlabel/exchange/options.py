"""What a user may choose about an export or an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from avlabel.scenes.scene import Labels


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Which labels go out, and what goes with them.

    Attributes:
        labels: as people left them, or as the pipeline made them.
        accepted: only what a person accepted.
        min_score: leave out boxes that are less sure. A person's are always sure.
        min_points: leave out boxes with fewer LiDAR points inside, where they can be counted.
        first: first frame number, None for the scene's first.
        last: frame number before which to stop, None for all.
        classes: names to write by leaf or parent; "" leaves a class out.
        camera: the camera for formats that know one only; the first with images if None.
        points: whether to write sweeps.
        images: whether to write images.
        keep_unseen: for formats whose labels cover one camera's view: write what it does not see
            too, with an empty rectangle.
    """

    labels: Labels = "resolved"
    accepted: bool = False
    min_score: float = 0.0
    min_points: int = 0
    first: int | None = None
    last: int | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    camera: str | None = None
    points: bool = True
    images: bool = True
    keep_unseen: bool = False


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How labels come in.

    Attributes:
        sequence: which sequence or log of a folder that holds several.
        classes: leaf by name in the file; "" leaves a class out.
        author: who the edits are by; ``import:<format>`` if None.
        scope: ``frame``: boxes as they are; ``between``: automatic boxes between an object's
            imported ones follow them, and gaps are interpolated.
        replace: delete what the scene has in labelled frames and the labels lack, but for
            people's own boxes.
        confirm: set boxes that the scene has just so, too, so that they are the import's and no
            reprocessing moves them.
    """

    sequence: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    author: str | None = None
    scope: Literal["frame", "between"] = "frame"
    replace: bool = False
    confirm: bool = False
