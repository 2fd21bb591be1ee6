"""What a scene says about itself besides its tables of labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from avlabel.core.arrays import Float64
from avlabel.core.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True, eq=False)
class SceneInfo:
    """Where a scene comes from.

    Attributes:
        log_id: name of the recorded drive.
        origin_m: (3,) float64 metres; the recording's world is the scene's world plus this.
        taxonomy: classes that categories refer to.
        source_uris: the recording; image URIs are relative to the first, the log's root.
        config_toml: the resolved configuration.
        log_metadata: what the reader kept: format, licence, where poses come from.
    """

    log_id: str
    origin_m: Float64
    taxonomy: Taxonomy
    source_uris: tuple[str, ...] = ()
    config_toml: str = ""
    log_metadata: Mapping[str, str] = field(default_factory=dict)
