"""A small network that looks at clusters: what each is, and the whole box it belongs to.

C. R. Qi et al., "PointNet: deep learning on point sets for 3D classification and segmentation",
CVPR 2017: the same layers for every point, the maximum over points, then layers on the result.
Trained on simulated sweeps alone by ``training/train_cluster_net.py``. Plain matrix products, so
that neither a framework nor a download is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64
from avlabel.errors import ReadError
from avlabel.stages.detection.patches import Patches

SIZE_SCALE_M = np.array([4.5, 1.85, 1.6])
BOX_TARGETS = 8
CHUNK = 40
"""Clusters that pass the point layers at once: what a layer puts out stays in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class ClusterNet:
    """Weights.

    Attributes:
        point_layers: matrices (in, out) and offsets (out,) applied to every point.
        cluster_layers: the same on the maximum over points, beside the cluster's own features.
        classes: names of the leaves that the first outputs stand for.
    """

    point_layers: tuple[tuple[Float32, Float32], ...]
    cluster_layers: tuple[tuple[Float32, Float32], ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ClusterViews:
    """What the network says of C clusters.

    Attributes:
        probability: (C, L) float32 of each leaf.
        center: (C, 2) float64 metres in the ego frame.
        size_lwh: (C, 3) float64 metres.
        yaw: (C,) float64 radians in the ego frame, towards the likelier front.
        front: (C,) float32 probability in 0.5..1 that the front is where ``yaw`` points.
    """

    probability: Float32
    center: Float64
    size_lwh: Float64
    yaw: Float64
    front: Float32


def look(net: ClusterNet, patches: Patches, rect: Float64) -> ClusterViews:
    """Run the network.

    Args:
        net: weights.
        patches: C clusters.
        rect: (C, 5) their rectangles, ego frame.
    """
    outputs = _forward(net, patches)
    n_classes = len(net.classes)
    logits, box = outputs[:, :n_classes], outputs[:, n_classes:].astype(np.float64)
    probability = np.exp(logits - logits.max(axis=1, keepdims=True))
    probability /= probability.sum(axis=1, keepdims=True)
    c, s = np.cos(patches.yaw), np.sin(patches.yaw)
    center = rect[:, :2] + np.column_stack(
        [box[:, 0] * c - box[:, 1] * s, box[:, 0] * s + box[:, 1] * c]
    )
    axis = np.arctan2(box[:, 6], box[:, 5]) / 2
    forward = 1 / (1 + np.exp(-box[:, 7]))
    return ClusterViews(
        probability=probability,
        center=center,
        size_lwh=SIZE_SCALE_M * np.exp(np.clip(box[:, 2:5], -3, 2)),
        yaw=patches.yaw + axis + np.where(forward < 0.5, np.pi, 0.0),
        front=np.maximum(forward, 1 - forward).astype(np.float32),
    )


def _forward(net: ClusterNet, patches: Patches) -> Float32:
    pooled = [_pooled(net, patches, first) for first in range(0, max(len(patches), 1), CHUNK)]
    hidden = np.concatenate([np.concatenate(pooled), patches.cluster], axis=1)
    for layer in net.cluster_layers[:-1]:
        hidden = _rectified(hidden, layer)
    matrix, offset = net.cluster_layers[-1]
    return np.asarray(hidden @ matrix + offset)


def _pooled(net: ClusterNet, patches: Patches, first: int) -> Float32:
    """(CHUNK, F) the maximum over the points of each cluster after the point layers."""
    distinct = patches.distinct[first : first + CHUNK]
    # A repeated point does not change the maximum.
    hidden = patches.points[first : first + CHUNK][distinct]
    for layer in net.point_layers[:-1]:
        hidden = _rectified(hidden, layer)
    matrix, offset = net.point_layers[-1]
    # Offset and rectifier grow with their input, so that they commute with the maximum.
    peak = _maximum(hidden @ matrix, np.cumsum(distinct.sum(axis=1)))
    return np.asarray(np.maximum(peak + offset, 0.0))


@njit(cache=True, nogil=True)
def _maximum(hidden, stops):  # type: ignore[no-untyped-def]
    """(C, F) largest of the rows of each cluster; there is at least one."""
    out = np.full((len(stops), hidden.shape[1]), -np.inf, np.float32)
    row = 0
    for c in range(len(stops)):
        for r in range(row, stops[c]):
            for f in range(hidden.shape[1]):
                out[c, f] = max(out[c, f], hidden[r, f])
        row = stops[c]
    return out


def _rectified(hidden: Float32, layer: tuple[Float32, Float32]) -> Float32:
    out: Float32 = hidden @ layer[0]
    out += layer[1]
    np.maximum(out, 0.0, out=out)
    return out


@lru_cache(maxsize=1)
def default_net() -> ClusterNet:
    """The weights that avlabel ships with."""
    with as_file(files("avlabel.stages.detection") / "weights" / "cluster_net.npz") as path:
        return load_net(path)


def load_net(path: Path) -> ClusterNet:
    """Read weights.

    Raises:
        ReadError: if the file is missing or holds something else.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            layers = [
                tuple((kept[f"{kind}{i}_matrix"], kept[f"{kind}{i}_offset"]) for i in range(n))
                for kind, n in (
                    ("point", int(kept["n_point"])),
                    ("cluster", int(kept["n_cluster"])),
                )
            ]
            return ClusterNet(layers[0], layers[1], tuple(kept["classes"].tolist()))
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise ReadError(f"{path}: no weights of a cluster network: {error}") from error
