"""The examples of docs/rigs.md are rigs, and say what the text says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from avlabel.errors import CalibrationError
from avlabel.readers.rig_toml import load_rig, load_rig_file

DOC = Path(__file__).parents[2] / "docs" / "rigs.md"
WHOLE, RELATIVE, PAIR = re.findall(r"```toml\n(.*?)```", DOC.read_text(), re.DOTALL)


def test_the_whole_example_with_its_pair(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(WHOLE + PAIR)
    file = load_rig_file(path)
    assert file.name == "test car"
    assert [pair.name for pair in file.pairs] == ["left edge of the sign"]
    path.write_text(WHOLE + PAIR.replace("[909.5,", "[1009.5,"))
    with pytest.raises(CalibrationError) as caught:
        load_rig(path)
    words = str(caught.value).removeprefix(f"{path.parent}/")
    assert words.endswith("got 909.50, 514.50")
    assert words in DOC.read_text()


def test_the_relative_pose_is_the_absolute_one(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(WHOLE)
    expected = load_rig(path).cameras["front"].ego_from_sensor
    head, camera = WHOLE.split("[cameras.front]\n")
    optics = camera[camera.index("model =") :]
    path.write_text(f"{head}{RELATIVE}{optics}")
    got = load_rig(path).cameras["front"].ego_from_sensor
    np.testing.assert_allclose(got.matrix, expected.matrix, atol=1e-12)
