"""What a regressor reads off images."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import factors
import numpy as np
import torch

from cdm.evaluation import metrics
from cdm.evaluation.metrics import readings
from cdm.scm.codes import from_data

_PLAIN = {"kind": "continuous", "levels": [], "unit": "m"}
CODE = from_data([{**_PLAIN, "name": "a", "low": -1.0, "high": 1.0}, {**_PLAIN, "name": "b", "low": 0.0, "high": 20.0}])


def test_every_cell_has_its_error_in_units_beside_the_reader_s() -> None:
    truth, mask = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    missed = torch.tensor([[0.4, 0.2], [0.6, 0.8], [9.0, 9.0]])  # the last row has no do
    arrays = {
        "code": CODE,
        "readings": {"identity": truth, "oracle": truth - 0.1, "model": truth + missed},
        "factors_cf": truth,
        "do_mask": mask,
    }
    told = metrics.score(arrays)["effectiveness"]
    assert told["units"] == ["m", "m"] and told["ranges"] == [2.0, 20.0]
    assert np.allclose(told["model"], [[0.4, 2.0], [0.6, 8.0]])  # codes are half a range long, the second's 10 m
    assert np.allclose(told["reader"], [[0.1, 1.0], [0.1, 1.0]])
    assert np.allclose(told["diagonal"]["model"], [0.2, 0.4]) and told["diagonal"]["identity"] == [0, 0]
    assert np.allclose([told["off diagonal"]["model"], told["off diagonal"]["reader"]], [0.2, 0.05])


def test_a_circle_goes_the_shorter_way_and_levels_are_right_or_wrong() -> None:
    values = torch.tensor([[350.0, 1.0], [10.0, 0.0]])
    truth, read = factors.CODE.encode(_sized(values)), factors.CODE.encode(_sized(values.flip(0)))
    told = readings.effectiveness(factors.CODE, {"model": read}, truth, torch.ones(2, 3))
    assert np.allclose(told["model"], [[0, 20, 1]] * 3, atol=1e-3) and told["units"] == ["1", "deg", "wrong levels"]


def test_what_was_never_set_has_no_figure() -> None:
    truth, mask = torch.zeros(2, 2), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    read = dict.fromkeys(("identity", "oracle", "model"), truth)
    told = metrics.score({"code": CODE, "readings": read, "factors_cf": truth, "do_mask": mask})
    assert told["effectiveness"]["model"] == [[0.0, 0.0], [None, None]]
    assert told["effectiveness"]["diagonal"]["model"] == [0.0, None]
    assert told["effects"] == {"shown": [[0.0, 0.0], [None, None]], "shown in truth": [[0.0, 0.0], [None, None]]}


def test_effects_are_what_the_reader_reads_before_and_after() -> None:
    before = torch.zeros(2, 2)
    read = {"identity": before, "oracle": before + 0.5, "model": before + torch.tensor([0.25, 1.0])}
    told = metrics.score({"code": CODE, "readings": read, "do_mask": torch.eye(2)})["effects"]
    assert told == {"shown": [[0.25, 1.0]] * 2, "shown in truth": [[0.5, 0.5]] * 2}


def _sized(values: torch.Tensor) -> torch.Tensor:
    """The same beside a size that is right."""
    return torch.cat([torch.full((len(values), 1), 3.0), values], dim=1)
