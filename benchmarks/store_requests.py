"""Requests to an object store that a scene costs: to label it, to skip it, to read it.

python benchmarks/store_requests.py | tee benchmarks/results/store_requests.txt

The server runs on loopback, so that times say nothing about a real store and are not printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from conftest import make_bucket  # noqa: E402 (the tests' own server and proxy)
from faulty_proxy import FaultyProxy  # noqa: E402

import avlabel  # noqa: E402
from avlabel.pipeline import PipelineConfig, label_log  # noqa: E402
from avlabel.pipeline.recording import recording  # noqa: E402
from avlabel.pipeline.stamp import input_stamp  # noqa: E402
from avlabel.scenes.store import Store  # noqa: E402

BUCKET = "benchmark"


@contextmanager
def server() -> Iterator[FaultyProxy]:
    command = [sys.executable, str(ROOT / "tests" / "object_server.py")]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = int(process.stdout.readline())
        make_bucket(port, BUCKET)
        with FaultyProxy(port) as proxy:
            os.environ.update(
                AWS_ENDPOINT_URL=proxy.url,
                AWS_ACCESS_KEY_ID="benchmark",
                AWS_SECRET_ACCESS_KEY="benchmark",  # noqa: S106
                AWS_REGION="us-east-1",
            )
            yield proxy
        process.stdin.close()


def report(proxy: FaultyProxy, what: str) -> None:
    """Print what was asked of the store since the last report."""
    kinds = Counter("LIST" if "list-type" in path else method for method, path in proxy.seen)
    proxy.seen.clear()
    cells = "".join(f"{kinds[kind] or '':>6}" for kind in ("LIST", "GET", "PUT", "POST", "HEAD"))
    print(f"{what:<52}{cells}{sum(kinds.values()):>7}")


def upload(drive: Path, uri: str) -> int:
    store, files = Store.at(uri), [path for path in drive.rglob("*") if path.is_file()]
    for path in files:
        store.create_if_absent(path.relative_to(drive).as_posix(), path.read_bytes())
    return len(files)


def main() -> None:
    drive, root = f"s3://{BUCKET}/drive", f"s3://{BUCKET}/scenes"
    with server() as proxy:
        n_files = upload(ROOT / "sample_data" / "drive", drive)
        proxy.seen.clear()
        print(f"sample_data/drive, a recording of {n_files} files\n")
        print(f"{'':<52}  LIST   GET   PUT  POST  HEAD  total")
        input_stamp(drive)
        report(proxy, "tell by a listing whether the recording has changed")
        with recording(drive, "native") as log:
            report(proxy, "fetch the recording")
            result = label_log(log, root, PipelineConfig())
            report(proxy, f"label {result.n_frames} frames and publish the scene")
            label_log(log, root, PipelineConfig())
            report(proxy, "find the scene made from the same")
        read(proxy, result.scene_path)


def read(proxy: FaultyProxy, path: str) -> None:
    scene = avlabel.open_scene(path)
    report(proxy, "open the scene")
    scene.cuboids()
    report(proxy, "cuboids (and the classes)")
    numbers = scene.frames.frame_idx.tolist()
    report(proxy, "frames")
    scene.sweep(numbers[0])
    report(proxy, "first sweep (and sensors, sweeps, the footer)")
    scene.sweep(numbers[1])
    report(proxy, "another sweep")
    scene.table(f"points/{scene.lidars[0]}")
    report(proxy, "all points at once")
    camera = scene.cameras[0]
    scene.image(numbers[0], camera)
    report(proxy, "first image (and the table of images)")
    scene.image(numbers[1], camera)
    report(proxy, "another image")
    scene.verify()
    report(proxy, "verify every byte")
    files = scene.metadata.files
    points = sum(entry.bytes for name, entry in files.items() if name.startswith("points/"))
    others = sum(entry.bytes for entry in files.values()) - points
    print(
        f"\n{len(files)} tables: {points / 1e6:.2f} MB of points, {others / 1e6:.2f} MB of others"
    )


if __name__ == "__main__":
    main()
