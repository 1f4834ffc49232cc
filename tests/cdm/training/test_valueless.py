"""What the encoder minimises where no value is told."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.training import valueless


def test_a_ramp_runs_from_zero_to_one() -> None:
    assert [valueless.ramp(share, 0.2, 0.4) for share in (0, 0.2, 0.3, 0.4, 1)] == pytest.approx([0, 0, 0.5, 1, 1])
