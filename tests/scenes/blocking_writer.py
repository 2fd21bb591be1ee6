"""A process that writes a whole scene, says ``ready``, and commits when it is told to.

Arguments: root, scene id, config hash.
"""

from __future__ import annotations

import sys

import scene_samples as samples

from avlabel.scenes import writer as writer_module
from avlabel.scenes.commits import Commit
from avlabel.scenes.publish import publish
from avlabel.scenes.store import Store


def publish_when_told(scene: Store, mine: Commit, base: int) -> Commit:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    return publish(scene, mine, base)


def main(root: str, scene_id: str, config_hash: str) -> None:
    writer_module.publish = publish_when_told
    samples.write_sample(root, scene_id, config_hash=config_hash)


if __name__ == "__main__":
    main(*sys.argv[1:])
