"""Codes of what a point hit, beside the taxonomy's leaves (which lie below 100)."""

from __future__ import annotations

ROAD = 100
PAVEMENT = 101
TERRAIN = 102
BUILDING = 103
VEGETATION = 104
POLE = 105
OTHER = 106
NOISE = 107
