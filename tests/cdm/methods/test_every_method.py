"""What holds of every method: trained a little, it answers what it says, again the same, and from its file the same."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from trainings import same

import cdm
from cdm.benchmark import budget
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.models import protocol
from cdm.models.interventions import DoTable
from cdm.models.protocol import MODELS, Job, Model
from cdm.runs import models

METHODS = sorted(set(MODELS) - {protocol.USUAL, "linear", "told"})
_FEW = {"steps": 3, "batch": 4, "ddim": 2, "rows": 60}
_QUICK = {"graph_search": {"search": "pc"}}


def _options(name: str, **changes: Any) -> Any:
    """Options of so few steps that nothing is learned."""
    entry = MODELS[name]
    few = {one.name: _FEW[last] for one in fields(entry.config) if (last := one.name.split("_")[-1]) in _FEW}
    return entry.config(**{**few, **_QUICK.get(name, {}), **changes})


@pytest.fixture(scope="module", params=METHODS)
def fitted(request: pytest.FixtureRequest, toy_data: Path, toy_pairs: Pairs) -> tuple[str, Job, Model]:
    """Give a method, what it was trained on, and what came of it."""
    job = Job(toy_pairs, {"graph": toy.graph(toy.FACTORS, toy.ADJACENCY)})
    return request.param, job, MODELS[request.param].fit(job, _options(request.param))


def test_its_answers_are_images_and_the_same_from_its_file(
    fitted: tuple[str, Job, Model], tmp_path: Path, toy_pairs: Pairs
) -> None:
    name, job, model = fitted
    models.train(name, replace(job, out=tmp_path / "run"), model.config)
    again, batch = cdm.load(tmp_path / "run"), toy_pairs.batch(torch.arange(4))
    assert type(again) is type(model) and again.config == model.config and same(model, again)
    do = DoTable(batch["do_mask"], batch["do_value"])
    if "counterfactual" in model.answers:
        images, others = (one.predict(protocol.abducted(one, batch), do) for one in (model, again))
        assert torch.equal(images, others) and images.shape == batch["image"].shape and not images.requires_grad
        assert -1 <= float(images.min()) and float(images.max()) <= 1
    if "encode" in model.answers:
        codes = model.codes(batch["image"])
        assert codes.shape == (4, model.code.width) and torch.equal(codes, again.codes(batch["image"]))
    if "latents" in model.answers:
        read = model.latents(batch["image"])
        assert read.ndim == 2 and len(read) == 4 and torch.equal(read, again.latents(batch["image"]))
    if "graph" in model.answers:
        assert model.graph is not None and model.graph.shape == (3, 3) and not model.graph.diagonal().any()


def test_one_seed_is_one_model_and_the_global_generator_stays(fitted: tuple[str, Job, Model]) -> None:
    name, job, model = fitted
    torch.manual_seed(11)
    before = torch.get_rng_state()
    again, other = (MODELS[name].fit(job, replace(model.config, seed=seed)) for seed in (model.config.seed, 1))
    assert same(model, again) and torch.equal(before, torch.get_rng_state())
    assert not [*model.parameters()] or not same(model, other)  # a search draws no first weights


def test_a_budget_scales_its_steps_and_a_rehearsal_tells_its_cost(fitted: tuple[str, Job, Model]) -> None:
    name, job, model = fitted
    steps = [one.name for one in fields(model.config) if one.name.endswith("steps")]
    less = budget.scaled(model.config, 1 / 3)
    assert all(getattr(less, one) == 1 for one in steps if getattr(model.config, one))
    for preset in ("tiny", "quick", "standard", "full"):
        assert preset in MODELS[name].presets
    rehearse = MODELS[name].rehearse
    assert rehearse is not None and rehearse(job, model.config).startswith("parameters: ")


def test_what_the_data_lack_is_told_by_name(fitted: tuple[str, Job, Model], tmp_path: Path) -> None:
    name, _, model = fitted
    bare = open_data(str(toy.write(tmp_path / "toy", 12, pairs=False, without="factors")), "train", tmp_path / "cache")
    if name not in ("c2vae", "qlae"):  # which needs images only
        with pytest.raises(CdmError, match=rf"^model '{name}' needs .*which the shards do not hold$"):
            MODELS[name].fit(Job(bare), model.config)
