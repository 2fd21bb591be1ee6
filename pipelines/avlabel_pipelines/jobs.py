"""What a run hands around: which log, under which settings, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from avlabel.pipeline import PipelineConfig

Status = Literal["done", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class LogRef:
    """One recording, not opened yet.

    Attributes:
        uri: a path or URI that every worker can reach.
        format: name of its reader; "" for a scene that is there already.
        scene_id: name of the scene to be; "" for the recording's own.
        sequence: which sequence of it; "" for the only one.
        lidar: which LiDAR; "" for the main one.
        rig: a rig's TOML file or a known rig's name, in place of its own; "" for its own.
        first: first frame number, None for all.
        last: frame number before which to stop, None for all.
    """

    uri: str
    format: str = ""
    scene_id: str = ""
    sequence: str = ""
    lidar: str = ""
    rig: str = ""
    first: int | None = None
    last: int | None = None

    @property
    def facts(self) -> tuple[object, ...]:
        """What besides the files decides what is read."""
        return self.format, self.sequence, self.lidar, self.rig, self.first, self.last

    @property
    def name(self) -> str:
        """For a person."""
        return self.scene_id or self.uri + (f" {self.sequence}" if self.sequence else "")

    @property
    def key(self) -> str:
        """Hex hash that tells it from every other."""
        return hashlib.sha256(repr((self.uri, self.scene_id, *self.facts)).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Facts without what was left out."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Settings:
    """What all tasks of a run share.

    Attributes:
        root: folder or URI that holds scenes.
        config: settings of every stage, resolved.
        config_hash: of ``config`` and all that belongs to it.
        part_frames: long logs are looked at in parts of so many frames; 0 for never.
        long_frames: a log of more frames than this is long.
        force: whether to do again what is done.
        stages: later stages to do again from stored detections; empty to start from sensor data.
    """

    root: str
    config: PipelineConfig
    config_hash: str
    part_frames: int = 0
    long_frames: int = 0
    force: bool = False
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at a recording's index tells.

    Attributes:
        scene_id: name of the scene to be.
        frames: how many it will have; 0 if that cannot be told without copying the recording.
        stamp: of its files, without their content.
        why: why it has to be made; "" if there is nothing to do.
    """

    scene_id: str
    frames: int
    stamp: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one log: a few hundred bytes, however long it is.

    Attributes:
        log: which.
        scene_id: its scene; "" if it was not even opened.
        status: done, skipped (nothing to do) or failed.
        message: why it was made or skipped, or what failed.
        frames: frames labelled.
        findings: how many of the findings are errors: frames skipped and the like.
        conflicts: edits that found no match in the new labels.
        seconds: of the task that made the scene.
        stage_ms: milliseconds by stage.
        peak_mb: most memory that its last worker ever held, MB.
    """

    log: LogRef
    scene_id: str
    status: Status
    message: str = ""
    frames: int = 0
    findings: int = 0
    conflicts: int = 0
    seconds: float = 0.0
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As the run record keeps it."""
        rounded = {stage: round(ms, 1) for stage, ms in self.stage_ms.items()}
        return {**asdict(self), "log": self.log.as_json(), "stage_ms": rounded}
