"""The whole chain in one process: a log in, one committed scene out."""

from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.label import LabelResult, label_log

__all__ = ["LabelResult", "PipelineConfig", "label_log"]
