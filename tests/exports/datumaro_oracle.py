"""Prints what Datumaro reads of a tracklet file, as JSON; run where its warnings are no errors."""

from __future__ import annotations

import json
import sys

from datumaro.plugins.data_formats.kitti_raw.base import KittiRawBase

items = [
    {
        "id": item.id,
        "frame": item.attributes["frame"],
        "boxes": [
            {
                "position": list(one.position),
                "rotation": list(one.rotation),
                "scale": list(one.scale),
                "label": one.label,
            }
            for one in item.annotations
        ],
    }
    for item in KittiRawBase(sys.argv[1])
]
sys.stdout.write(json.dumps(items))
