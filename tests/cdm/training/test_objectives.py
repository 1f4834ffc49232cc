"""Objectives: terms are functions of a model, a configuration, a batch and its noise, and of nothing else."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from cdm import config
from cdm.data.pairs import Pairs
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import objectives, run, stages
from cdm.training.feed import Drawn
from cdm.training.losses import Terms
from cdm.training.phases import PHASES, TRAINED, Phase

BATCHES = {"encoder_batch": 8, "mechanism_batch": 16, "draft_batch": 4, "denoiser_batch": 4, "drop": 0.5, "causal": 1.0}
WAYS = ({}, {"supervision": "labels", "latents": "bottleneck"}, {"supervision": "targets"}, {"supervision": "unknown"})
CASES = pytest.mark.parametrize(
    ("phase", "way"), [(phase, way) for phase in PHASES for way in WAYS], ids=lambda case: str(case)
)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[None]:
    """A group of one process."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


class _Step(nn.Module):
    """A step as one module: what a wrapper of torch takes."""

    def __init__(self, model: CausalDiffusionModel, phase: str) -> None:
        super().__init__()
        self.model, self.parts = model, objectives.of(phase, model.config)

    def forward(self, drawn: Sequence[Drawn]) -> Tensor:
        return torch.stack([*objectives.terms(self.parts, self.model, self.model.config, drawn).values()]).sum()


def _begun(toy_pairs: Pairs, phase: str, way: dict[str, Any]) -> tuple[CausalDiffusionModel, list[Drawn]]:
    """A new model whose graph has an edge, and a step that is half through a phase."""
    begun = run.start(toy_pairs, config.make("quick", **BATCHES, **way))
    begun.model.set_graph(torch.ones(3, 3).triu(1))
    stages.encoded(begun)
    parts = objectives.of(phase, begun.config)
    return begun.model, objectives.draw(parts, begun.source, begun.config, Phase(phase, 10, 1e-3, ""), 3)


def _terms(model: CausalDiffusionModel, phase: str, drawn: Sequence[Drawn]) -> Terms:
    return objectives.terms(objectives.of(phase, model.config), model, model.config, drawn)


@CASES
def test_a_loss_is_a_function_of_what_it_is_given(toy_pairs: Pairs, phase: str, way: dict[str, Any]) -> None:
    model, drawn = _begun(toy_pairs, phase, way)
    kept, state, weights = copy.deepcopy(drawn), torch.get_rng_state(), copy.deepcopy(model.state_dict())
    first, again = _terms(model, phase, drawn), _terms(copy.deepcopy(model), phase, kept)
    assert first.keys() == again.keys() and all(torch.equal(first[name], again[name]) for name in first)
    assert all(value.shape == () and torch.isfinite(value) for value in first.values())
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(weights[name], weight) for name, weight in model.state_dict().items())
    for (batch, noise), (before, noise_before) in zip(drawn, kept, strict=True):
        assert all(torch.equal(batch[name], before[name]) for name in batch)
        assert torch.equal(noise.eps, noise_before.eps) and torch.equal(noise.dropped, noise_before.dropped)


@CASES
def test_a_step_goes_under_data_parallel_as_it_is(
    toy_pairs: Pairs, phase: str, way: dict[str, Any], alone: None
) -> None:
    model, drawn = _begun(toy_pairs, phase, way)
    trained = [part for part in TRAINED[phase] if hasattr(model, part)]
    model.requires_grad_(False)
    for part in trained:
        getattr(model, part).requires_grad_(True)
    plain = copy.deepcopy(model)
    _Step(plain, phase)(drawn).backward()
    shared = DistributedDataParallel(_Step(model, phase), find_unused_parameters=True)
    shared(drawn).backward()
    moved = {name for name, weight in model.named_parameters() if weight.grad is not None}
    assert {name.split(".")[0] for name in moved} == {*trained}
    for name, weight in plain.named_parameters():
        if name in moved:
            assert torch.equal(weight.grad, model.get_parameter(name).grad), name


@pytest.mark.filterwarnings("ignore")  # of torch's compiler, about tensors of its own
def test_a_step_is_compiled_as_it_is(toy_pairs: Pairs) -> None:
    model, drawn = _begun(toy_pairs, "draft", {})
    step = _Step(model, "draft")
    assert torch.allclose(torch.compile(step, backend="eager")(drawn), step(drawn), rtol=1e-5)


def test_noise_decides_what_is_random_in_a_loss(toy_pairs: Pairs) -> None:
    model, [(batch, noise)] = _begun(toy_pairs, "denoiser", {"prediction": "eps"})
    other = replace(noise, eps=noise.eps.flip(0))
    assert not torch.equal(*(_terms(model, "denoiser", [(batch, some)])["denoise"] for some in (noise, other)))


def test_without_values_the_share_of_the_phase_decides_what_is_asked(toy_pairs: Pairs) -> None:
    model, [(batch, noise)] = _begun(toy_pairs, "encoder", {"supervision": "targets"})
    early, late = (_terms(model, "encoder", [(batch, replace(noise, share=share))]) for share in (0.0, 0.5))
    assert "compass" in early and "compass" not in late
    assert all(float(early[name].detach()) == 0 for name in ("independent", "sparse", "even"))
    assert float(late["even"].detach()) > 0
    refined = _terms(model, "refine", [(batch, noise)])
    assert "compass" not in refined and float(refined["even"].detach()) > 0 and "steady" in refined


def test_the_joint_phase_is_the_sum_of_the_others(toy_pairs: Pairs) -> None:
    model, drawn = _begun(toy_pairs, "joint", {})
    terms = _terms(model, "joint", drawn)
    images = ["draft", "draft control", "causal", "denoise", "denoise control"]
    assert list(terms) == ["anchor", "steady", "likelihood", "invariance", *images]
    assert len({id(batch) for batch, _ in drawn}) == 4  # each of rows of its own
    assert torch.equal(terms["anchor"], _terms(model, "refine", drawn[:1])["anchor"])
    assert torch.equal(terms["draft"], _terms(model, "draft", drawn[2:3])["draft"])
