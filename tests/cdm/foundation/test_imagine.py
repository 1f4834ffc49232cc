"""The pipeline on the toy: the oracle tells what is true, and each part is scored by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy

from cdm.errors import CdmError
from cdm.foundation.imagine import Parts, imagine
from cdm.foundation.known.oracle import Oracle
from cdm.foundation.perceptual import Perceptual
from cdm.foundation.protocols import Edit, Generated, Manipulation, Picture
from cdm.foundation.semantic import SemanticSCM


@dataclass(frozen=True)
class Drawing:
    """Draws the true twin, or nothing new."""

    oracle: Oracle
    true: bool

    def generate(self, image: Picture, manipulation: Manipulation) -> Generated:
        return Generated(self.oracle.twin(image) if self.true else image)


class Named:
    """Sets what it is told, and lets nothing follow."""

    def manipulate(self, scm: SemanticSCM, do: Mapping[str, str], image: Picture) -> Manipulation:
        target, value = scm.single(do)
        return Manipulation(Edit(target, scm[target].value, value), (), (), "")


class Nobody:
    name = "nobody"

    def finds(self, image: Picture, concept: str, value: str) -> bool:
        return False


@pytest.fixture(scope="module")
def oracle(toy_data: Path, toy_cache: Path) -> Oracle:
    return Oracle.of(str(toy_data), "test", toy_cache)


@pytest.fixture(scope="module")
def image(oracle: Oracle) -> Picture:
    """A picture in whose twin ``a`` was set, so that ``b`` follows."""
    row = next(row for row in range(40) if "a" in oracle.done(row))
    found: Picture = oracle.pairs.arrays["image"][row]
    return found


def test_true_parts_have_no_error_and_the_picture_itself_has_that_of_identity(oracle: Oracle, image: Picture) -> None:
    for true in (True, False):
        network = Perceptual("pixels", lambda images: [images])
        told = imagine("one", image, [], Parts(oracle, oracle, Drawing(oracle, true), Nobody(), oracle, network))
        (answer,) = told.answers
        assert told.scores["structure"]["SHD"] == 0 and max(told.scores["values"].values()) < 1e-3
        assert answer.scores["propagation"]["error"] < 1e-3 < answer.scores["propagation"]["identity"]
        rows = answer.scores["L1"]
        assert rows["identity"]["changed"] > 0
        assert [far == 0 for far in answer.scores["pixels"].values()] == [not true, true]  # to the picture, to the twin
        assert rows["picture"] == ({"all": 0, "changed": 0, "unchanged": 0} if true else rows["identity"])
        assert answer.scores["VLM-Eff"]["share"] == 0 and set(answer.scores["VLM-Eff"]["found"]) == {"a", "b"}


def test_without_truth_judge_and_generator_words_are_all(oracle: Oracle, image: Picture) -> None:
    done = oracle.recorded(image)
    told = imagine("one", image, [done], Parts(oracle, oracle))
    assert told.scores == {} and [answer.generated for answer in told.answers] == [None]
    assert told.answers[0].scores == {}
    assert imagine("one", image, [], Parts(oracle, oracle)).answers == ()


def test_data_without_twins_have_a_graph_and_values_all_the_same(oracle: Oracle, tmp_path: Path) -> None:
    single = Oracle.of(str(toy.write(tmp_path / "single", 8, pairs=False)), "test", tmp_path)
    image = single.pairs.arrays["image"][0]
    told = imagine("one", image, [{"a": "0.5"}], Parts(single, Named(), Drawing(single, False), None, single))
    assert told.scores["structure"]["SHD"] == 0 and told.answers[0].scores == {}
    with pytest.raises(CdmError, match=r"single: it does not tell image_cf, which the oracle reads$"):
        imagine("one", image, [], Parts(single, Named(), None, None, single))


def test_a_do_that_nobody_recorded_has_no_twin_to_be_compared_with(oracle: Oracle, image: Picture) -> None:
    told = imagine("one", image, [{"a": "0.123"}], Parts(oracle, Named(), Drawing(oracle, True), None, oracle))
    assert told.answers[0].scores == {} and told.scores["structure"]["SHD"] == 0
