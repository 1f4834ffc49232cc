"""What the encoder minimises where no value is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm import config
from cdm.config import Config
from cdm.data.pairs import Pairs
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import feed, run, valueless
from cdm.training.feed import Batch, Noise


def test_a_ramp_runs_from_zero_to_one() -> None:
    assert [valueless.ramp(share, 0.2, 0.4) for share in (0, 0.2, 0.3, 0.4, 1)] == pytest.approx([0, 0, 0.5, 1, 1])


def _drawn(pairs: Pairs, **changes: Any) -> tuple[CausalDiffusionModel, Config, Batch, Noise]:
    """A new model without values, and a step of its encoder."""
    begun = run.start(pairs, config.make("quick", supervision="targets", encoder_batch=8, **changes))
    batch, noise = feed.valueless(begun.source, begun.config, torch.Generator().manual_seed(0), 0.5)
    return begun.model, begun.config, batch, noise


def test_a_weight_of_zero_asks_for_nothing(toy_pairs: Pairs) -> None:
    model, told, batch, noise = _drawn(toy_pairs, even=0.0, independent=0.0)
    terms = valueless.encoder_terms(model, told, batch, noise)
    assert float(terms["even"].detach()) == float(terms["independent"].detach()) == 0
    assert float(terms["paint"].detach()) > 0
    assert "compass" not in valueless.encoder_terms(*_drawn(toy_pairs, compass=0.0)[:3], replace(noise, share=0.0))


def test_values_and_labels_are_not_looked_at(toy_pairs: Pairs) -> None:
    model, told, batch, noise = _drawn(toy_pairs)
    spoiled = {name: part if name.startswith("image") else torch.zeros_like(part) for name, part in batch.items()}
    spoiled["do_mask"] = batch["do_mask"]
    one, other = (valueless.encoder_terms(model, told, some, noise) for some in (batch, spoiled))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_the_graph_says_what_must_stay_at_the_end(toy_pairs: Pairs) -> None:
    """At the end there is a graph: steadiness is asked of what it says is no descendant."""
    model, told, batch, noise = _drawn(toy_pairs)
    alone = valueless.refine_terms(model, told, batch, noise)["steady"]
    model.set_graph(torch.ones(3, 3).triu(1))
    below = valueless.refine_terms(model, told, batch, noise)["steady"]
    model_without = _drawn(toy_pairs, steady=0.0)
    assert alone >= 0 and not torch.equal(alone, below)
    assert "steady" not in valueless.refine_terms(*model_without)
