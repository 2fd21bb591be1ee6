"""Records of nuScenes' tables, and their tokens."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

TABLES = (
    *("category", "attribute", "visibility", "instance", "sensor", "calibrated_sensor"),
    *("ego_pose", "log", "scene", "sample", "sample_data", "sample_annotation", "map"),
)
SHARED = ("category", "sensor")
Record = dict[str, Any]


@dataclass(slots=True)
class Tables:
    """The tables, and tokens that are the same in every export of a scene."""

    scene_id: str
    records: dict[str, list[Record]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def token(self, table: str, *key: object) -> str:
        """A token of what it stands for; classes and sensors have the same in every scene."""
        scene = () if table in SHARED else (self.scene_id,)
        return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, (*scene, table, *key)))).hex

    def add(self, table: str, *key: object, **values: Any) -> str:
        """Append a record under the token of its table and key, and return the token."""
        token = self.token(table, *key)
        self.records[table].append({"token": token, **values})
        return token

    def chain(self, table: str, tokens: Sequence[str]) -> None:
        """Link records in order of time by ``prev`` and ``next``."""
        by_token = {record["token"]: record for record in self.records[table]}
        for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
            by_token[token] |= {"prev": before, "next": after}
