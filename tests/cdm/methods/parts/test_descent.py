"""A descent: paced, seeded, told how far it is, and stopped where a loss is not finite."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from torch import Tensor, nn

from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.methods.parts import descent
from cdm.models.protocol import Job


@dataclass(frozen=True)
class Options:
    seed: int = 0
    first_steps: int = 200
    steps: int = 400
    more_steps: int = 0


def _line(job: Job, seed: int = 0, steps: int = 600) -> nn.Linear:
    """A line that is fitted to y = 2 x + 1."""
    line = descent.begun(lambda: nn.Linear(1, 1), Options(seed), "cpu")

    def loss(generator: torch.Generator) -> Tensor:
        x = torch.rand(16, 1, generator=generator)
        return (line(x) - 2 * x - 1).square().mean()

    descent.descend([line], job, "line", steps, 3e-2, loss, seed)
    return line


def test_it_finds_the_least_and_says_how_far_it_is(toy_pairs: Pairs) -> None:
    told: list[dict[str, Any]] = []
    line = _line(Job(toy_pairs, log=told.append))
    assert float(line.weight.detach()) == pytest.approx(2, abs=0.05) and float(line.bias.detach()) == pytest.approx(
        1, abs=0.05
    )
    assert [one["step"] for one in told] == [1, *range(51, 600, 50), 600] and {one["phase"] for one in told} == {"line"}


def test_one_seed_is_one_descent(toy_pairs: Pairs) -> None:
    job = Job(toy_pairs)
    one, again, other = (_line(job, seed, 20) for seed in (1, 1, 2))
    assert torch.equal(one.weight, again.weight) and not torch.equal(one.weight, other.weight)


def test_a_loss_that_is_not_finite_ends_it(toy_pairs: Pairs) -> None:
    line = nn.Linear(1, 1)
    losses = iter((1.0, float("nan")))
    with pytest.raises(CdmError, match=r"^the loss is nan at step 1; train with a lower rate: --set rate=0\.25$"):
        descent.descend([line], Job(toy_pairs), "x", 9, 1.0, lambda draw: line(torch.ones(1, 1)).sum() * next(losses))
    with pytest.raises(CdmError, match=r"^the loss is inf at step 0; the data are at fault$"):
        descent.descend([line], Job(toy_pairs), "x", 9, 1.0, lambda draw: line(torch.ones(1, 1)).abs().sum() / 0)


def test_what_is_needed_is_told_by_name(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 12, pairs=False)), "train", tmp_path / "cache")
    with pytest.raises(CdmError, match=r"^model 'x' needs image_cf, do_mask, which the shards do not hold$"):
        descent.needed(Job(plain), "x", ("image", "image_cf", "do_mask"))
    assert descent.rows(Job(plain), 5, torch.Generator().manual_seed(0))["image"].shape == (5, 3, toy.SIZE, toy.SIZE)


def test_a_rehearsal_takes_few_steps_of_each_phase_that_has_any(toy_pairs: Pairs) -> None:
    seen: list[Options] = []

    def fit(job: Job, options: Options) -> Any:
        seen.append(options)
        return nn.Linear(2, 3)

    said = descent.rehearsal(fit)(Job(toy_pairs), Options())
    assert said.startswith("parameters: 9\nabout 0.0 minutes on cpu")
    assert seen == [replace(Options(), first_steps=few, steps=few) for few in (1, 6)]
