"""What a regressor reads off images."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.evaluation import metrics
from cdm.scm.codes import from_data

CODE = from_data([{"name": n, "kind": "continuous", "low": -1.0, "high": 1.0, "levels": [], "unit": "1"} for n in "ab"])


def test_readings_are_shares_of_the_range() -> None:
    wanted, mask = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.eye(2)
    arrays = {"code": CODE, "reading": wanted - 0.5, "do_value": wanted, "do_mask": mask, "true_reading": wanted}
    assert metrics.score(arrays) == {"effectiveness": [0.25, 0.25], "regressor": [0.0, 0.0]}
