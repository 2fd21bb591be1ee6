"""The whole configuration: one dataclass, one TOML."""

from __future__ import annotations

from dataclasses import dataclass, field

from avlabel.checks.config import CheckConfig
from avlabel.pipeline.boxes import TrackBoxesConfig
from avlabel.pipeline.gates import GatesConfig
from avlabel.scenes.options import StoreConfig
from avlabel.stages.camera.fuse import FuseConfig
from avlabel.stages.detection.detect import DetectConfig
from avlabel.stages.ingest import IngestConfig
from avlabel.stages.project import ProjectConfig
from avlabel.stages.refining.refine import RefineConfig
from avlabel.stages.synchronize import SynchronizeConfig
from avlabel.stages.tracking.track import TrackConfig


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """Settings of every stage, in the order in which they run."""

    gates: GatesConfig = field(default_factory=GatesConfig)
    synchronize: SynchronizeConfig = field(default_factory=SynchronizeConfig)
    ingest: IngestConfig = field(default_factory=IngestConfig)
    detect: DetectConfig = field(default_factory=DetectConfig)
    fuse: FuseConfig = field(default_factory=FuseConfig)
    track: TrackConfig = field(default_factory=TrackConfig)
    refine: RefineConfig = field(default_factory=RefineConfig)
    boxes: TrackBoxesConfig = field(default_factory=TrackBoxesConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    project: ProjectConfig = field(default_factory=ProjectConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
