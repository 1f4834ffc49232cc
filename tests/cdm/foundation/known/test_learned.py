"""A trained model as extractor, manipulator and judge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data.images import given, to_bytes
from cdm.errors import CdmError
from cdm.foundation.known.learned import Learned
from cdm.foundation.protocols import Edit, Manipulation

IMAGE = toy.draw(np.array([[0.3, 0.5, 1.0]]))[0]


@pytest.fixture(scope="module")
def learned(toy_run: Path) -> Learned:
    return Learned.of(str(toy_run))


def test_it_tells_what_the_model_reads_and_its_graph(learned: Learned) -> None:
    scm, read = learned.extract(IMAGE), learned.model.encode(IMAGE[None])[0]
    assert learned.model.graph is not None
    edges = {(toy.FACTORS[i], toy.FACTORS[j]) for i, j in learned.model.graph.nonzero().tolist()}
    assert set(scm.edges) == edges and scm["k"].value in ("red", "green", "blue")
    assert float(scm["a"].value) == pytest.approx(float(read[0]), rel=1e-3)


def test_what_follows_is_what_its_mechanisms_say(learned: Learned) -> None:
    scm = learned.extract(IMAGE)
    told = learned.manipulate(scm, {"a": "0.9"}, IMAGE)
    with torch.no_grad():
        abduction = learned.model.abduct(given(IMAGE[None]))
        after = learned.model.code.decode(learned.model.act(abduction, learned.model.table({"a": 0.9}, 1)))[0]
    moved = {edit.concept: edit.after for edit in told.propagated}
    assert set(moved) <= set(scm.descendants("a"))
    for name, value in moved.items():
        assert learned.model.code.factors[learned.model.code.index(name)].read(value) == pytest.approx(
            float(after[learned.model.code.index(name)]), rel=1e-3
        )


def test_it_draws_its_own_counterfactual_of_all_that_was_edited(learned: Learned) -> None:
    told = learned.manipulate(learned.extract(IMAGE), {"a": "0.9"}, IMAGE)
    both = Manipulation(told.target, (Edit("b", "0.5", "0.2"),), ("k",), "")
    drawn = learned.generate(IMAGE, both)
    assert np.array_equal(
        drawn.image, to_bytes(learned.model.counterfactual(IMAGE[None], {"a": 0.9, "b": 0.2}))[0].numpy()
    )
    assert drawn.settings == {"generator": "causal_diffusion", "run": "run"}
    with pytest.raises(CdmError, match=r"^no factor 'sky'; there are a, b, k$"):
        learned.generate(IMAGE, Manipulation(Edit("sky", "grey", "blue"), (), (), ""))


def test_it_finds_what_it_reads_or_nearly_so(learned: Learned) -> None:
    read = learned.model.encode(IMAGE[None])[0]
    near, far = (str(float(read[0]) + change) for change in (0.05, 0.3))
    assert learned.finds(IMAGE, "a", near) and not learned.finds(IMAGE, "a", far)
    level = ("red", "green", "blue")[int(read[2])]
    assert learned.finds(IMAGE, "k", level) and not learned.finds(IMAGE, "k", "red" if level != "red" else "blue")


def test_what_it_cannot_take_is_one_message(learned: Learned) -> None:
    with pytest.raises(CdmError, match=r"^run: a picture of 8 x 4 pixels; the model was trained on 16 x 16$"):
        learned.extract(np.zeros((4, 8, 3), np.uint8))
    with pytest.raises(CdmError, match=r"^a = 7: a number from 0 to 1 is needed$"):
        learned.manipulate(learned.extract(IMAGE), {"a": "7"}, IMAGE)
