"""What a scene says about itself as the one row of the table ``scene``."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from avlabel.core.taxonomy import taxonomy_from_table
from avlabel.scenes.convert.columns import build
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.tables import SCENE

ORIGIN = ("origin_x_m", "origin_y_m", "origin_z_m")


def scene_to_table(info: SceneInfo, facts: dict[str, Any]) -> pa.Table:
    """One row.

    Args:
        info: where the scene comes from.
        facts: the remaining columns: ids, span, versions, hashes.
    """
    row = {
        **facts,
        **dict(zip(ORIGIN, info.origin_m.tolist(), strict=True)),
        "log_id": info.log_id,
        "source_uris": list(info.source_uris),
        "config_toml": info.config_toml,
        "taxonomy_json": json.dumps(info.taxonomy.table()),
        "log_metadata_json": json.dumps(dict(info.log_metadata), sort_keys=True),
    }
    return build(SCENE, {name: [value] for name, value in row.items()})


def info_from_table(table: pa.Table) -> SceneInfo:
    """Where the scene comes from."""
    row = table.to_pylist()[0]
    return SceneInfo(
        log_id=row["log_id"],
        origin_m=np.array([row[name] for name in ORIGIN]),
        taxonomy=taxonomy_from_table(json.loads(row["taxonomy_json"]), "taxonomy of the scene"),
        source_uris=tuple(row["source_uris"]),
        config_toml=row["config_toml"],
        log_metadata=json.loads(row["log_metadata_json"]),
    )
