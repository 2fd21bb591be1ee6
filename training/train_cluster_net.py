"""Train the cluster network on simulated sweeps and write its weights.

    pip install torch
    python training/train_cluster_net.py --out src/avlabel/stages/detection/weights/cluster_net.npz

No recording and no human label enters. Equal seeds give equal samples; the last digits of the
weights depend on the machine's arithmetic.
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from cluster_samples import Samples, samples_of_sweep
from simulated_sweeps import sweeps_of_drive
from torch import nn

from avlabel.core.taxonomy import default_taxonomy
from avlabel.stages.detection.cluster_net import BOX_TARGETS
from avlabel.stages.detection.detect import DetectConfig
from avlabel.stages.detection.patches import CLUSTER_FEATURES, POINT_FEATURES

BATCH = 256
POINT_WIDTHS = (32, 64, 128)
CLUSTER_WIDTHS = (128, 64)
BOX_WEIGHTS = torch.tensor([1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0])


class Net(nn.Module):
    """The network that ``avlabel.stages.detection.cluster_net`` runs without torch."""

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        widths = (POINT_FEATURES, *POINT_WIDTHS)
        self.points = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        widths = (POINT_WIDTHS[-1] + CLUSTER_FEATURES, *CLUSTER_WIDTHS, n_classes + BOX_TARGETS)
        self.cluster = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, points: torch.Tensor, cluster: torch.Tensor) -> torch.Tensor:
        """(B, 96, 4) points and (B, 8) features to (B, classes + 8) outputs."""
        for layer in self.points:
            points = torch.relu(layer(points))
        hidden = torch.cat([points.amax(dim=1), cluster], dim=1)
        for layer in self.cluster[:-1]:
            hidden = torch.relu(layer(hidden))
        return self.cluster[-1](hidden)


def main() -> None:
    """Simulate, sample, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drives", type=int, default=90)
    parser.add_argument("--held-out", type=int, default=6, help="last drives, not trained on")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--cache", type=Path, default=Path("build/simulated"))
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    split = arguments.drives - arguments.held_out
    net = Net(len(default_taxonomy().leaves))
    train(
        net,
        collect(range(split), arguments.cache),
        collect(range(split, arguments.drives), arguments.cache),
        arguments.epochs,
    )
    write(net, arguments.out)


def collect(drives: range, cache: Path) -> Samples:
    """Samples of many drives."""
    config = DetectConfig()
    return Samples.concatenate(
        [samples_of_sweep(s, config) for number in drives for s in sweeps_of_drive(number, cache)]
    )


def train(net: Net, samples: Samples, held_out: Samples, epochs: int) -> None:
    """One-cycle AdamW; prints the losses and the held-out accuracy after each epoch."""
    n = len(samples.category)
    steps = epochs * (n // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + 1)
    rng = np.random.default_rng(0)
    print(f"{n} samples, {len(held_out.category)} held out")
    for epoch in range(epochs):
        start, total = time.perf_counter(), np.zeros(2)
        order = rng.permutation(n)
        for step in range(n // BATCH):
            rows = order[step * BATCH : (step + 1) * BATCH]
            points, cluster, category, box = augmented(samples, rows, rng)
            losses = loss(net(points, cluster), category, box)
            optimizer.zero_grad()
            sum(losses).backward()
            optimizer.step()
            schedule.step()
            total += [part.item() for part in losses]
        seconds = time.perf_counter() - start
        print(epoch, total / (n // BATCH), evaluate(net, held_out), f"{seconds:.0f} s", flush=True)


def augmented(
    samples: Samples, rows: np.ndarray, rng: np.random.Generator
) -> tuple[torch.Tensor, ...]:
    """A batch, half of it mirrored left to right, its points jittered."""
    points, cluster = samples.points[rows].copy(), samples.cluster[rows].copy()
    box, category = samples.box[rows].copy(), samples.category[rows]
    mirror = rng.random(len(rows)) < 0.5
    points[mirror, :, 1] *= -1
    cluster[mirror, 7] *= -1
    box[mirror, 1] *= -1
    box[mirror, 6] *= -1
    points[:, :, :3] += rng.normal(0, 0.015, points[:, :, :3].shape).astype(np.float32)
    return tuple(map(torch.from_numpy, (points, cluster, category, box)))


def loss(
    outputs: torch.Tensor, category: torch.Tensor, box: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross entropy of the class; smooth L1 of the box and cross entropy of the front."""
    n_classes = outputs.shape[1] - BOX_TARGETS
    by_class = nn.functional.cross_entropy(outputs[:, :n_classes], category)
    known = category != n_classes - 1
    if not known.any():
        return by_class, by_class * 0
    guess, truth = outputs[known, n_classes:], box[known]
    place = nn.functional.smooth_l1_loss(guess[:, :7], truth[:, :7], beta=0.1, reduction="none")
    front = nn.functional.binary_cross_entropy_with_logits(guess[:, 7], truth[:, 7])
    return by_class, (place * BOX_WEIGHTS).mean() + 0.2 * front


@torch.no_grad()
def evaluate(net: Net, samples: Samples) -> str:
    """Accuracy by coarse class and the mean error of centres on held-out samples."""
    outputs = torch.cat(
        [
            net(
                torch.from_numpy(samples.points[k : k + 4096]),
                torch.from_numpy(samples.cluster[k : k + 4096]),
            )
            for k in range(0, len(samples.category), 4096)
        ]
    ).numpy()
    taxonomy = default_taxonomy()
    n_classes = len(taxonomy.leaves)
    guess = taxonomy.coarse(outputs[:, :n_classes].argmax(axis=1))
    truth = taxonomy.coarse(samples.category)
    said = []
    for k, parent in enumerate(taxonomy.parents):
        hit = ((guess == k) & (truth == k)).sum()
        precision, recall = hit / max((guess == k).sum(), 1), hit / max((truth == k).sum(), 1)
        said.append(f"{parent} P {precision:.2f} R {recall:.2f}")
    vehicle = truth == 0
    error = np.abs(outputs[vehicle, n_classes:] - samples.box[vehicle]).mean(axis=0)
    front = ((outputs[vehicle, -1] > 0) == (samples.box[vehicle, -1] > 0.5)).mean()
    return f"{', '.join(said)}; box error {np.round(error[:7], 2)}, front {front:.2f}"


def write(net: Net, path: Path) -> None:
    """Weights as plain arrays."""
    arrays: dict[str, np.ndarray] = {"classes": np.array(default_taxonomy().leaves)}
    for kind, layers in (("point", net.points), ("cluster", net.cluster)):
        arrays[f"n_{kind}"] = np.array(len(layers))
        for i, layer in enumerate(layers):
            arrays[f"{kind}{i}_matrix"] = layer.weight.detach().numpy().T.copy()
            arrays[f"{kind}{i}_offset"] = layer.bias.detach().numpy().copy()
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
