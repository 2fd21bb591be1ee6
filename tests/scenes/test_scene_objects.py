"""Scenes in an object store: the same bytes, few requests, published once, whatever breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import scene_samples as samples
from faulty_proxy import Fault, FaultyProxy, always, never, one_in

import avlabel
from avlabel.errors import (
    ConfigError,
    SceneCorruptError,
    SceneError,
    SceneNotFoundError,
    SceneWriteError,
)
from avlabel.scenes import object_client, object_files
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.publish import is_current
from avlabel.scenes.store import Store


@pytest.fixture
def root(bucket: str) -> str:
    return f"s3://{bucket}/some/scenes"


@pytest.fixture
def proxy(
    object_server: int, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyProxy]:
    """What ``root`` is reached through."""
    soon = timedelta(milliseconds=5)
    backoff = {"init_backoff": soon, "max_backoff": soon}
    monkeypatch.setitem(object_client.RETRY, "backoff", backoff)
    monkeypatch.setattr(object_client, "FIRST_WAIT_S", 0.01)
    with FaultyProxy(object_server) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.url)
        yield between


def write(root: str | Path, **options: object) -> str:
    with samples.open_writer(root, **options) as writer:
        samples.write_everything(writer)
        writer.commit()
        return writer.scene_path


def tables(scene: str | Path) -> dict[str, bytes]:
    """Files of the newest commit by table."""
    opened, store = avlabel.open_scene(scene), Store.at(scene)
    files = opened.metadata.files
    return {name: store.read(entry.path).to_pybytes() for name, entry in files.items()}


def commits(scene: str) -> list[str]:
    return Store.at(scene).names("_commits")


@pytest.mark.parametrize("config", [StoreConfig(), StoreConfig(True, True)])
def test_the_tables_are_those_of_a_local_disk(
    root: str, tmp_path: Path, config: StoreConfig
) -> None:
    assert tables(write(root, config=config)) == tables(write(tmp_path, config=config))


def test_everything_a_scene_offers(root: str) -> None:
    write(root, config=StoreConfig(embed_images=True))
    scene = avlabel.open_scene(root)
    assert scene.path == f"{root}/scene_id=one"
    assert scene.verify() == 12
    np.testing.assert_array_equal(scene.cuboids().center, samples.sample_cuboids().center)
    np.testing.assert_array_equal(scene.sweep(8).ring, samples.sample_sweep(8).ring)
    assert len(scene.table("points/top")) == 1500
    assert scene.image(7, "front").tolist()[0][0] == [255, 0, 0]
    assert scene.detections().points.shape == (30, 3)
    assert len(scene.tracks()) == 2
    assert len(scene.projections()) == 2
    assert len(scene.findings()) == 2
    assert scene.rig.cameras.keys() == {"front"}


def test_images_are_read_from_the_recording(root: str, bucket: str) -> None:
    source = f"s3://{bucket}/recordings/drive"
    scene = avlabel.open_scene(write(root, source=source))
    with pytest.raises(avlabel.errors.ReadError, match=r"s3://.*/camera/7\.png: cannot be read"):
        scene.image(7, "front")
    Store.at(source).create_if_absent("camera/7.png", samples.png_bytes())
    assert scene.image(7, "front").shape == (2, 4, 3)


def test_ids_that_begin_alike_are_kept_apart(root: str) -> None:
    write(root, scene_id="one")
    other = write(root, scene_id="one0")
    with pytest.raises(SceneNotFoundError, match="holds 2 scenes"):
        avlabel.open_scene(root)
    Store.at(root).remove_folder("scene_id=one")
    assert avlabel.open_scene(other).verify() == 12
    with pytest.raises(SceneNotFoundError, match="did you mean 'one0'"):
        avlabel.open_scene(f"{root}/scene_id=on0")


def test_a_file_larger_than_one_part(root: str) -> None:
    with samples.open_writer(root, config=StoreConfig(lossless_points=True)) as writer:
        samples.write_required(writer)
        for frame_idx in samples.FRAMES:
            writer.write_sweep(samples.sample_sweep(frame_idx, n=300_000))
        writer.commit()
    scene = avlabel.open_scene(root)
    assert scene.metadata.files["points/top"].bytes > 8 << 20
    assert len(scene.sweep(9)) == 300_000
    scene.verify()


def test_a_copy_of_a_file_too_large_for_one_request(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.at(root)
    content = bytes(range(256)) * 50_000
    store.create_if_absent("old", content)
    store.link("old", "small")
    monkeypatch.setattr(object_files, "COPY_BYTES", 1_000_000)
    monkeypatch.setattr(object_files, "PART_BYTES", 5 << 20)
    store.link("old", "large")
    assert store.read("small").to_pybytes() == store.read("large").to_pybytes() == content


def test_requests(root: str, proxy: FaultyProxy) -> None:
    """Docs and capacity planning count on these."""

    def counted() -> Counter[str]:
        count = Counter("LIST" if "list-type" in path else method for method, path in proxy.seen)
        proxy.seen.clear()
        return count

    path = write(root)
    assert counted() == {"LIST": 2, "PUT": 13}
    assert is_current(root, "one", "input-a", "config-a")
    assert counted() == {"LIST": 2, "GET": 1}
    scene = avlabel.open_scene(path)
    assert counted() == {"LIST": 1, "GET": 1}
    scene.cuboids()
    # The table, and the classes in the table "scene".
    assert counted() == {"GET": 2}
    scene.sweep(7)
    # The tables "sensors" and "sweeps"; a small file of points comes whole with its end.
    assert counted() == {"GET": 3}
    scene.sweep(8)
    assert not counted()


def test_a_sweep_of_a_large_file_is_one_request(root: str, proxy: FaultyProxy) -> None:
    with samples.open_writer(root) as writer:
        samples.write_required(writer)
        for frame_idx in samples.FRAMES:
            writer.write_sweep(samples.sample_sweep(frame_idx, n=100_000))
        writer.commit()
    scene = avlabel.open_scene(root)
    scene.sweep(7)
    proxy.seen.clear()
    assert len(scene.sweep(8)) == 100_000
    assert len(proxy.seen) == 1


@pytest.mark.parametrize("seed", range(3))
def test_one_request_in_ten_fails(root: str, tmp_path: Path, proxy: FaultyProxy, seed: int) -> None:
    proxy.choose = one_in(10, seed)
    scenes = [write(root, scene_id=name) for name in "abc"]
    expected = tables(write(tmp_path, scene_id="a"))
    for scene in scenes:
        assert commits(scene) == ["00000001.json"]
        opened = avlabel.open_scene(scene)
        assert opened.verify() == 12
        assert len(opened.sweep(9)) == 500
    assert tables(scenes[0]) == expected
    assert len(proxy.broken) >= 5


@pytest.mark.parametrize("fault", ["cut before", "cut after", "503", "500", "cut within"])
def test_the_commit_itself_breaks(root: str, proxy: FaultyProxy, fault: Fault) -> None:
    """An answer that is lost hides whether the commit is there: it must not come twice."""
    left = [fault]

    def first_commit(method: str, path: str) -> Fault | None:
        return left.pop() if left and method == "PUT" and "_commits" in path else None

    proxy.choose = first_commit
    scene = write(root)
    assert proxy.broken == [fault]
    assert commits(scene) == ["00000001.json"]
    assert avlabel.open_scene(scene).verify() == 12
    assert is_current(root, "one", "input-a", "config-a")


@pytest.mark.parametrize("fault", ["503", "cut before", "cut after"])
def test_a_commit_that_never_gets_an_answer(root: str, proxy: FaultyProxy, fault: Fault) -> None:
    """Nobody knows, and the files must stay: the commit may be there and name them."""

    def commit(method: str, path: str) -> Fault | None:
        return fault if method == "PUT" and "_commits" in path else None

    proxy.choose = commit
    with pytest.raises(SceneWriteError, match=r"cannot write s3://.*00000001\.json: .*tried"):
        write(root)
    proxy.choose = never
    assert len(Store.at(root).tree()) == (13 if fault == "cut after" else 12)
    assert is_current(root, "one", "input-a", "config-a") == (fault == "cut after")
    write(root)
    assert avlabel.open_scene(root).verify() == 12


def test_a_store_that_fails_for_good(root: str, proxy: FaultyProxy) -> None:
    scene = write(root)
    opened = avlabel.open_scene(scene)
    proxy.choose = always
    with pytest.raises(SceneWriteError, match=r"cannot write s3://.*tried 4 times"):
        Store.at(root).create_if_absent("x", b"")
    with pytest.raises(SceneError, match="cannot list s3://") as caught:
        avlabel.open_scene(scene)
    assert "Debug" not in str(caught.value)
    with pytest.raises(SceneError, match="cannot be reached") as caught:
        opened.tracks()
    # It may be whole: nobody should throw it away.
    assert not isinstance(caught.value, SceneCorruptError)
    with pytest.raises(SceneError):
        is_current(root, "one", "input-a", "config-a")


def test_nothing_is_left_when_a_table_cannot_be_written(root: str, proxy: FaultyProxy) -> None:
    def points(method: str, path: str) -> Fault | None:
        return "500" if "points" in path and method in ("PUT", "POST") else None

    proxy.choose = points
    with pytest.raises(SceneWriteError, match=r"cannot write s3://.*top\.parquet"):
        write(root)
    assert Store.at(root).tree() == {}


def test_an_exception_leaves_nothing(root: str) -> None:
    def label() -> None:
        with samples.open_writer(root) as writer:
            samples.write_everything(writer)
            raise RuntimeError("detector")

    with pytest.raises(RuntimeError, match="detector"):
        label()
    assert Store.at(root).tree() == {}


def test_equal_writers_give_one_commit(root: str, proxy: FaultyProxy) -> None:
    with samples.open_writer(root) as first, samples.open_writer(root) as second:
        samples.write_everything(first)
        samples.write_everything(second)
        theirs = first.commit()
        assert second.commit().generation == theirs.generation
    scene = f"{root}/scene_id=one"
    assert commits(scene) == ["00000001.json"]
    assert len(Store.at(scene).names("data")) == 1
    assert avlabel.open_scene(scene).verify() == 12


def test_different_writers_each_get_a_number(root: str, proxy: FaultyProxy) -> None:
    with (
        samples.open_writer(root) as first,
        samples.open_writer(root, config_hash="config-b") as second,
    ):
        samples.write_everything(first)
        samples.write_everything(second)
        first.commit()
        second.commit()
    assert commits(f"{root}/scene_id=one") == ["00000001.json", "00000002.json"]
    assert avlabel.open_scene(root).metadata.config_hash == "config-b"


@pytest.mark.parametrize("change", ["gone", "shorter", "longer", "other"])
def test_an_object_that_is_not_what_was_committed(root: str, change: str) -> None:
    scene = avlabel.open_scene(write(root))
    for table in ("points/top", "cuboids"):
        entry = scene.metadata.files[table]
        store = Store.at(scene.path)
        content = store.read(entry.path).to_pybytes()
        store.remove_folder(entry.path.rpartition("/")[0]) if change == "gone" else None
        changed = {
            "shorter": content[:-100],
            "longer": content + b"x",
            "other": content[:-500] + bytes(500),
            "gone": None,
        }[change]
        if changed is not None:
            sink = store.create(entry.path)
            sink.write(changed)
            sink.finish().close()
        with pytest.raises(SceneCorruptError, match=f"{entry.path}: "):
            scene.table(table)
    assert not is_current(root, "one", "input-a", "config-a") or change == "other"


def test_a_bucket_that_is_not_there(bucket: str) -> None:
    with pytest.raises(SceneError, match=r"cannot list s3://no-such-bucket/.*404"):
        samples.open_writer("s3://no-such-bucket/scenes")
    with pytest.raises(SceneError, match=r"cannot list s3://no-such-bucket.*404"):
        avlabel.open_scene("s3://no-such-bucket")


def test_the_whole_bucket_as_a_root(bucket: str) -> None:
    assert write(f"s3://{bucket}/") == f"s3://{bucket}/scene_id=one"
    assert avlabel.open_scene(f"s3://{bucket}").verify() == 12


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
    with pytest.raises(ConfigError, match=r"pip install 'avlabel\[cloud\]'"):
        samples.open_writer("s3://bucket-of-nobody/scenes")
