"""GIES: with dos on every factor the graph of linear effects, and of what no do orients a class."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")
pytest.importorskip("gies")

import torch
from causes import TRUTH, linear

from cdm.errors import CdmError


def test_linear_effects_come_out_and_nothing_stays_open() -> None:
    learned = linear().discovered("gies")
    assert learned.adjacency.tolist() == TRUTH.tolist() and learned.undecided.sum() == 0
    assert torch.equal(learned.probability, linear().discovered("gies").probability)


def test_what_no_do_orients_stays_open() -> None:
    pairs = linear()
    assert pairs.mask is not None
    none = replace(pairs, after=pairs.before, mask=torch.zeros_like(pairs.mask))  # a -> b -> d <- c: a - b stays open
    learned = none.discovered("gies")
    assert learned.undecided.triu().nonzero().tolist() == [[0, 1]]
    assert learned.adjacency[1, 3] == learned.adjacency[2, 3] == 1


def test_it_needs_pairs() -> None:
    with pytest.raises(CdmError, match=r"^graph 'gies': needs pairs of images, which the data do not hold$"):
        linear().observed.discovered("gies")
