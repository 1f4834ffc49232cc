"""What a model is asked for, on a model whose answers are known: a value moves a patch, and all else stays."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.evaluation import answers
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Continuous


class Grey(Model):
    """The left half of an image is the first factor, the right one the second; answers are a hundredth too bright."""

    name, answers = "grey", frozenset({"encode", "counterfactual", "rows"})

    def __init__(self) -> None:
        super().__init__()
        self.code, self.size = Code(tuple(Factor(name, Continuous(-1.0, 1.0)) for name in "ab")), 4

    def codes(self, images: Tensor) -> Tensor:
        return torch.stack([images[:, 0, 0, 0], images[:, 0, 0, 3]], dim=1)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Any:
        return self.codes(images) if factors is None else factors

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        return drawn(torch.where(do.mask > 0, do.value, abduction)) + 0.01

    def rows(self, abduction: Any, do: DoTable) -> dict[str, Tensor]:
        return {"darker": self.predict(abduction, do) - 0.5}


class Told(Grey):
    """It says what factors become that it is told, and draws nothing."""

    name, answers = "told", frozenset({"factors", "given"})

    def act(self, abduction: Any, do: DoTable) -> Tensor:
        return torch.where(do.mask > 0, do.value, abduction)


def drawn(codes: Tensor) -> Tensor:
    return codes[:, None, None].repeat_interleave(2, dim=-1).expand(-1, 3, 4, -1).clone()


def _batch() -> dict[str, Tensor]:
    before, after = torch.tensor([[0.1, 0.2], [0.3, 0.4]]), torch.tensor([[0.8, 0.2], [0.3, 0.4]])
    return {
        "image": drawn(before),
        "image_cf": drawn(after),
        "do_mask": torch.tensor([[1.0, 0.0], [0.0, 0.0]]),
        "do_value": after,
        "factors": before,
        "factors_cf": after,
    }


def test_whoever_draws_nothing_says_what_factors_become() -> None:
    batch = _batch()
    said = answers.of(Told(), batch, {})
    assert torch.equal(said["codes_cf"], batch["factors_cf"]) and said.keys() == batch.keys() | {"codes_cf"}
    bare = {name: batch[name] for name in ("image", "factors")}
    assert answers.of(Told(), bare, {}).keys() == bare.keys()


def test_what_is_said_stands_beside_what_is_true() -> None:
    batch = _batch()
    said = answers.of(Grey(), batch, {})
    assert torch.allclose(said["prediction"], batch["image_cf"] + 0.01)
    assert torch.allclose(said["null"], batch["image"] + 0.01)
    assert torch.allclose(said[f"{answers.ROW}darker"], batch["image_cf"] - 0.49)
    assert torch.allclose(said["codes"], batch["factors"]) and torch.allclose(said["codes_of_cf"], batch["factors_cf"])
    assert said.keys() - batch.keys() == {"prediction", "null", f"{answers.ROW}darker", "codes", "codes_of_cf"}
    assert torch.equal(answers.prediction(Grey(), batch), said["prediction"])


def test_without_pairs_it_is_asked_what_it_reads() -> None:
    said = answers.of(Grey(), {name: _batch()[name] for name in ("image", "factors")}, {})
    assert said.keys() == {"image", "factors", "codes"}


def test_a_null_cycle_sets_a_target_to_what_it_is_and_errors_add_up() -> None:
    batch = _batch()
    for count in (1, 2, 3):
        batch["image"] = answers.cycled(Grey(), batch)
        assert torch.allclose(batch["image"], drawn(batch["factors"]) + 0.01 * count)


def test_what_was_done_is_undone_from_the_answer() -> None:
    batch = _batch()
    back = answers.reversed_(Grey(), batch, batch["image_cf"] + 0.1)
    wanted = drawn(torch.tensor([[0.1, 0.3], [0.4, 0.5]])) + 0.01  # what was not set is read in the answer
    assert torch.allclose(back, wanted)


def test_rows_are_refused_where_there_are_none() -> None:
    class Bare(Grey):
        answers = frozenset({"encode", "counterfactual"})
        rows = Model.rows

    assert not any(name.startswith(answers.ROW) for name in answers.of(Bare(), _batch(), {}))
    with pytest.raises(CdmError, match=r"^model 'grey' cannot show what its answers are made of; it answers encode, "):
        Bare().rows(None, DoTable(torch.zeros(1, 2), torch.zeros(1, 2)))
