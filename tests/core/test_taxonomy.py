"""Classes: the shipped ones hold together, broken files are refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avlabel.core.taxonomy import default_taxonomy, load_taxonomy
from avlabel.errors import ConfigError

LEAF = "size_m = [1, 1, 1]\nsize_std_m = [1, 1, 1]\nfrequency = 1.0\nmax_speed_mps = 9\n"
GOOD = f'version = "7"\nparents = ["vehicle"]\n[leaves.car]\nparent = "vehicle"\n{LEAF}'


def test_the_shipped_taxonomy() -> None:
    taxonomy = default_taxonomy()
    assert {"vehicle", "pedestrian", "cyclist"} <= set(taxonomy.parents)
    assert {"car", "truck", "bus", "motorcycle", "bicycle", "pedestrian"} <= set(taxonomy.leaves)
    codes = np.array([taxonomy.code("bus"), taxonomy.code("bicycle")])
    assert taxonomy.names(codes) == ["bus", "bicycle"]
    assert [taxonomy.parents[p] for p in taxonomy.coarse(codes)] == ["vehicle", "cyclist"]
    assert taxonomy.size_m.shape == taxonomy.size_std_m.shape == (len(taxonomy.leaves), 3)
    assert np.all(taxonomy.size_m > 0)


def test_an_unknown_leaf_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="'carr': expected one of car"):
        default_taxonomy().code("carr")


def test_a_minimal_file(tmp_path: Path) -> None:
    path = tmp_path / "classes.toml"
    path.write_text(GOOD)
    assert load_taxonomy(path).leaves == ("car",)


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        "",
        'version = "1"',
        GOOD.replace('parent = "vehicle"', 'parent = "boat"'),
        GOOD.replace("max_speed_mps = 9", ""),
        GOOD.replace("size_m = [1, 1, 1]", "size_m = [1, 1]"),
        GOOD.replace("size_m = [1, 1, 1]", 'size_m = ["a", "b", "c"]'),
        GOOD.replace("max_speed_mps = 9", 'max_speed_mps = "fast"'),
        GOOD.replace("max_speed_mps = 9", "max_speed_mps = [1]"),
        'version = "1"\nparents = ["vehicle"]\nleaves = 3',
        'version = "1"\nparents = ["vehicle"]\n[leaves]\ncar = "vehicle"',
        'version = "1"\nparents = 3\n[leaves]',
    ],
)
def test_broken_files_are_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "classes.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"classes\.toml"):
        load_taxonomy(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_taxonomy(tmp_path / "nowhere.toml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "classes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"classes\.toml"):
        load_taxonomy(tmp_path / "classes.toml")
