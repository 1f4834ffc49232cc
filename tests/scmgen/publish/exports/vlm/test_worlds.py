"""Samples and what is done to them: pairs as the data set has them, or as it would; and which of them are clear."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from exported import made
from numpy.typing import NDArray
from PIL import Image

from scmgen.publish.exports.vlm.lots import Lots
from scmgen.publish.exports.vlm.worlds import Pairs, drawn, stored
from scmgen.publish.exports.writing.selection import Selection
from scmgen.storage.loading.reader import Data

# b follows a, and hides a's own mark wherever it is large; c is seen by itself
HIDING = """
name: hiding
equations:
  a: uniform(0, 1)
  b: a
  c: uniform(0, 1)
factors:
  a: {range: [0, 1]}
  b: {range: [0, 1]}
  c: {range: [0, 1]}
draw:
  - {mark: fill, rgb: [0, 0, 0]}
  - {mark: rect, x: 0.25, y: 0.5, width: 0.2, height: 0.8, rgb: [MARK, 0, 0]}
  - {mark: rect, x: 0.5, y: 0.5, width: 0.2, height: 0.8, rgb: [0, b, 0]}
  - {mark: rect, x: 0.75, y: 0.5, width: 0.2, height: 0.8, rgb: [0, 0, c]}
"""


def pairs(data: Data) -> Pairs:
    found = drawn(Selection(data, ("train",)), "train", 8, Lots(0, "train")).pairs
    assert found is not None
    return found


def pixels(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def test_pairs_are_those_of_the_data_set(circuit: Data) -> None:
    known = drawn(Selection(circuit, ("train",)), "train", 8, Lots(0, "train"))
    labels = {f"train-{row['index']:09d}": row for row in circuit.rows("train")}
    assert known.pairs is not None and len(known.keys) == sum(row["do_kind"] == "hard" for row in labels.values())
    before, after = circuit.images("train"), circuit.images("train", "image_cf")
    names = known.pairs.names
    for row, key in enumerate(known.keys[:8]):
        index, target = labels[key]["index"], int(known.pairs.targets[row])
        assert labels[key]["do_mask"][target] == 1 and labels[key]["do_value"][target] == known.pairs.shift[row]
        np.testing.assert_array_equal(pixels(known.draw("factual", row)), before[index])
        np.testing.assert_array_equal(pixels(known.draw("twin", row)), after[index])
        for name in names:
            assert known.pairs.values["twin"][name][row] == labels[key]["factors_cf"][name]


def test_the_other_worlds_are_what_they_are_called(circuit: Data) -> None:
    known = pairs(circuit)
    factual, twin, direct, other, stranger = (
        np.stack([known.values[world][name] for name in known.names], axis=1)
        for world in ("factual", "twin", "direct", "other", "stranger")
    )
    rows = np.arange(len(known.targets))
    assert ((direct != factual).sum(axis=1) == 1).all() and (direct[rows, known.targets] == known.shift).all()
    assert (known.rivals != known.targets).all()
    assert (stranger[rows, known.targets] == known.shift).all() and (stranger != twin).any(axis=1).all()
    assert (other[rows, known.rivals] != factual[rows, known.rivals]).all()
    own = known.dataset.scene.nuisance
    assert own and all((known.values["stranger"][name] == known.values["factual"][name]).all() for name in own)


def test_what_lies_between_is_held(circuit: Data) -> None:
    known = pairs(circuit)
    arm, red = known.names.index("arm"), known.names.index("red")
    rows = np.flatnonzero(known.targets == arm)
    moved = 0.36 * (
        np.exp(-(((known.shift[rows] - 0.8) / 0.2) ** 2))
        - np.exp(-(((known.values["factual"]["arm"][rows] - 0.8) / 0.2) ** 2))
    )
    held = known.held("red")[rows] - known.values["factual"]["red"][rows]
    np.testing.assert_allclose(held, moved, atol=1e-12)
    assert red not in known.targets[rows]


@pytest.mark.parametrize(("mark", "clear"), [("a", True), ("0", False)])
def test_a_do_that_is_seen_by_its_effect_alone_is_ambiguous(mark: str, clear: bool, tmp_path: Path) -> None:
    (tmp_path / "hiding.yaml").write_text(HIDING.replace("MARK", mark))
    known = pairs(made(tmp_path / "set", str(tmp_path / "hiding.yaml"), n=60))
    moved = known.apart("twin", "factual")
    on_a = (known.targets == 0) & moved
    assert on_a.sum() > 3 and (known.clear[on_a] == clear).all()
    assert known.clear[(known.targets == 2) & moved].all()


def test_a_set_without_pairs_gets_those_that_its_spec_would_have(circuit: Data, tmp_path: Path) -> None:
    single = pairs(made(tmp_path / "single", "circuit", n=80, interventions="none"))
    paired, chosen = pairs(circuit), pairs(made(tmp_path / "many", "circuit", n=80, interventions="soft:scale=0.5"))
    for known in (single, chosen):
        assert (known.targets == paired.targets).all() and (known.shift == paired.shift).all()


def test_images_of_an_imported_set_are_its_own(foreign: Path) -> None:
    import scmgen

    data = scmgen.load(foreign)
    split = next(iter(data.splits))
    known = stored(Selection(data, (split,)), split, 8)
    np.testing.assert_array_equal(pixels(known.draw("factual", 1)), data.images(split)[1])
    assert known.pairs is None and len(known.keys) == data.splits[split]
