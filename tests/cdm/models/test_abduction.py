"""References: what of an image is shown, and which rows have none."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.models.abduction import Reference


def test_what_is_hidden_is_not_shown_and_a_row_that_shows_nothing_has_no_reference() -> None:
    hidden = torch.zeros(3, 1, 2, 2, dtype=torch.bool)
    hidden[1, :, 0], hidden[2] = True, True
    reference = Reference(torch.ones(3, 3, 2, 2), torch.zeros(3, 4), hidden)
    assert reference.absent.tolist() == [False, False, True]
    assert reference.shown.sum(dim=(1, 2, 3)).tolist() == [12.0, 6.0, 0.0]
