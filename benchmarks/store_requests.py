"""How many requests a scene costs an object store: counted on the way to one on loopback."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recordings import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from faulty_proxy import FaultyProxy


def store_requests(drive: Path) -> None:
    """Count the requests of a run that makes a scene in a bucket, and of one that skips it."""
    print(f"\nRequests to an object store: one log of {drive.name}, on a local disk")
    with bucket("scenes") as proxy:
        for what in ("a new scene", "a scene that is there"):
            before = len(proxy.seen)
            command = [sys.executable, "-m", "avlabel", "run", str(drive), "--format", "native"]
            environment = {
                **os.environ,
                "AWS_ENDPOINT_URL": proxy.url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": "us-east-1",
            }
            subprocess.run(  # noqa: S603
                [*command, "--out", "s3://scenes/all", "--synchronous"],
                check=True,
                capture_output=True,
                env=environment,
            )
            seen = proxy.seen[before:]
            scene = Counter(method for method, path in seen if "_runs" not in path)
            counts = ", ".join(f"{n} {method}" for method, n in sorted(scene.items()))
            print(f"  {what:<24} {sum(scene.values()):>4}: {counts}")
        print(
            f"  a run's own record       {sum('_runs' in path for _, path in proxy.seen) // 2:>4}"
        )


@contextmanager
def bucket(name: str) -> Iterator[FaultyProxy]:
    """A server that speaks S3, with an empty bucket, behind a proxy that counts."""
    script = ROOT / "tests" / "object_server.py"
    with subprocess.Popen(  # noqa: S603
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        port = int((server.stdout or sys.stdin).readline())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("PUT", f"/{name}", headers={"Host": "s3.amazonaws.com"})
        connection.getresponse().read()
        with FaultyProxy(port) as proxy:
            yield proxy
        server.terminate()
