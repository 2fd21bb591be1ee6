"""Edits and garbage where nothing can be appended to or locked."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import scene_samples as samples
from faulty_proxy import FaultyProxy, one_in

import avlabel
from avlabel.edits import compose
from avlabel.scenes import object_client
from avlabel.scenes.garbage import GarbageRules, find_garbage, remove_garbage
from avlabel.scenes.store import Store


@pytest.fixture
def proxy(object_server, bucket, monkeypatch):
    """What the bucket is reached through."""
    soon = timedelta(milliseconds=5)
    backoff = {"init_backoff": soon, "max_backoff": soon}
    monkeypatch.setitem(object_client.RETRY, "backoff", backoff)
    monkeypatch.setattr(object_client, "FIRST_WAIT_S", 0.01)
    with FaultyProxy(object_server) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.url)
        yield between


@pytest.fixture
def scene(bucket, proxy):
    root = f"s3://{bucket}/scenes"
    for config in ("config-a", "config-b"):
        with samples.open_writer(root, config_hash=config) as writer:
            samples.write_everything(writer)
            writer.commit()
    return writer.scene_path


def test_edits_are_written_once_whatever_breaks_on_the_way(scene, proxy):
    opened = avlabel.open_scene(scene)
    seen, written = opened.resolved(), []
    proxy.choose = one_in(5, 1)
    for author in ("ann", "bob"):
        with opened.edit_log(author) as log:
            for i in range(8):
                pair = compose.comment(seen, f"{i} a"), compose.comment(seen, f"{i} b")
                written += log.append(*pair)
    assert opened.edits().edits == tuple(sorted(written, key=lambda edit: edit.order))
    assert len(proxy.broken) >= 3


def test_garbage_goes_by_age_alone_and_edits_stay(scene):
    opened = avlabel.open_scene(scene)
    with opened.edit_log("ann") as log:
        log.append(compose.comment(opened.resolved(), "look"))
    store = Store.at(scene)
    now_s = time.time()
    assert find_garbage(store, GarbageRules(), now_s + 3600) == []
    found = find_garbage(store, GarbageRules(), now_s + 90_000)
    assert [(item.kind, item.commit) for item in found] == [("superseded", 1)]
    assert remove_garbage(store, found) == found
    assert store.names("_commits") == ["00000002.json"]
    left = avlabel.open_scene(scene)
    assert left.verify() == 12
    assert len(left.edits().edits) == 1
