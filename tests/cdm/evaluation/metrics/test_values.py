"""What a model says that factors become, against what they become."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import factors
import numpy as np
import torch

from cdm import metrics as plain
from cdm.evaluation import metrics
from cdm.evaluation.metrics import unnamed, values


def _drawn(n: int, seed: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    low, high = torch.tensor([2.0, 0.0, 0.0]), torch.tensor([6.0, 360.0, 2.99])
    return low + (high - low) * torch.rand(n, 3, generator=draw)


def _levelled(table: torch.Tensor) -> torch.Tensor:
    table[:, 2] = table[:, 2].floor()
    return table


SAID, FACTUAL, TRUTH = (_levelled(_drawn(60, seed)) for seed in range(3))
MASK = torch.eye(3).repeat(20, 1)


def test_every_cell_is_what_the_plain_metric_says_of_factors_of_every_kind() -> None:
    codes = [factors.CODE.encode(table) for table in (SAID, FACTUAL, TRUTH)]
    told = values.counterfactual_factors(factors.CODE, *codes, MASK)
    known = unnamed.plain(factors.CODE)
    for row, table in (("model", SAID), ("identity", FACTUAL)):
        wanted = plain.effectiveness(table.numpy(), TRUTH.numpy(), MASK.numpy(), known)
        np.testing.assert_allclose(told[row], wanted["units"], rtol=1e-3)
        assert np.mean(told["diagonal"][row]) == pytest.approx(wanted["diagonal"], rel=1e-3)
        assert told["off diagonal"][row] == pytest.approx(wanted["beside"], rel=1e-3)
    assert told["units"] == ["1", "deg", "wrong levels"] and told["ranges"] == [4.0, 360.0, 1.0]


def test_it_stands_beside_what_is_read_in_images_and_has_its_form() -> None:
    said, before, true = (factors.CODE.encode(table) for table in (SAID, FACTUAL, TRUTH))
    arrays = {"code": factors.CODE, "codes_cf": said, "factors": before, "factors_cf": true, "do_mask": MASK}
    told = metrics.score({**arrays, "readings": {"identity": before, "oracle": true, "model": said}})
    mine, read = told["counterfactual factors"], told["effectiveness"]
    assert mine["model"] == read["model"]  # whoever draws what it says, read without error
    assert mine["diagonal"] == {row: read["diagonal"][row] for row in ("identity", "model")}
    assert mine["off diagonal"] == {row: read["off diagonal"][row] for row in ("identity", "model")}


def test_what_was_never_set_has_no_figure() -> None:
    codes = [factors.CODE.encode(table) for table in (SAID, FACTUAL, TRUTH)]
    told = values.counterfactual_factors(factors.CODE, *codes, torch.tensor([[1.0, 0, 0]]).repeat(60, 1))
    assert told["model"][1] == [None] * 3 == told["identity"][2] and told["diagonal"]["model"][1:] == [None, None]
