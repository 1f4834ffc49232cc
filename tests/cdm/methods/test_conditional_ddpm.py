"""A conditional DDPM draws what is set, and what follows only along a graph."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import conditional_ddpm
from cdm.methods.conditional_ddpm import ConditionalDDPM, Options
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job

MANIFEST = {"graph": toy.graph(toy.FACTORS, toy.ADJACENCY)}


def _bar(images: torch.Tensor, lower: bool) -> torch.Tensor:
    """Where the bar of ``a``, or the lower one of ``b``, stands: from 0 to 1."""
    dark = (images[:, :, 8:] if lower else images[:, :, :8]).mean(dim=(1, 2))
    weight = (dark.amax(dim=1, keepdim=True) - dark).clamp_min(0) ** 4
    x = (torch.arange(toy.SIZE) + 0.5) / toy.SIZE
    return ((weight * x).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-9) - 0.1) / 0.8


@pytest.fixture(scope="module")
def given(taught_pairs: Pairs) -> ConditionalDDPM:
    """Give one that has a graph."""
    options = Options(steps=340, mechanism_steps=300, graph="given", ddim=8, width=8)
    return conditional_ddpm.fit(Job(taught_pairs, MANIFEST), options)


def _moved(model: ConditionalDDPM, pairs: Pairs) -> tuple[Any, ...]:
    """Images, and what they are under do(a = 0.9), of rows in which a is small."""
    chosen = torch.nonzero(torch.tensor(pairs.arrays["factors"][:, 0]) < 0.4)[:24, 0]
    batch = pairs.batch(chosen)
    do = model.table({"a": 0.9}, len(chosen))
    return batch, model.predict(model.abduct(batch["image"], batch["factors"]), do)


def test_a_do_of_nothing_gives_the_image_back(given: ConditionalDDPM, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(8))
    none = DoTable(torch.zeros(8, 3), batch["factors"])
    same = given.predict(given.abduct(batch["image"], batch["factors"]), none)
    assert (same - batch["image"]).abs().mean() < 1e-3


def test_what_is_set_is_drawn_and_what_follows_along_the_graph(given: ConditionalDDPM, taught_pairs: Pairs) -> None:
    batch, drawn = _moved(given, taught_pairs)
    assert (_bar(drawn, lower=False) - 0.9).abs().median() < 0.1
    wanted = 0.15 + 0.6 * 0.9**2 + (taught_pairs.code.decode(batch["factors"]) @ torch.tensor([0.0, 1, 0]))
    wanted -= 0.15 + 0.6 * taught_pairs.code.decode(batch["factors"])[:, 0] ** 2
    assert (_bar(drawn, lower=True) - wanted).abs().median() < 0.1


def test_without_a_graph_it_is_told_what_is_set_and_nothing_else(given: ConditionalDDPM, taught_pairs: Pairs) -> None:
    alone, batch = ConditionalDDPM(given.code, given.size, Options()), taught_pairs.batch(torch.arange(8))
    do, known = alone.table({"a": 0.9}, 8), given.abduct(batch["image"], batch["factors"])
    stayed, followed = (model.code.decode(model.act(known, do))[:, 1] for model in (alone, given))
    before = alone.code.decode(batch["factors"])[:, 1]
    assert torch.equal(stayed, before) and (followed - before).abs().max() > 0.1


def test_it_must_know_labels_and_a_graph_that_is_given(given: ConditionalDDPM, taught_pairs: Pairs) -> None:
    with pytest.raises(CdmError, match=r"^model 'conditional_ddpm' reads no factors: it needs labels$"):
        given.abduct(torch.zeros(1, 3, 16, 16))
    with pytest.raises(CdmError, match=r"needs a graph, which the manifest does not tell; --set graph=none$"):
        conditional_ddpm.fit(Job(taught_pairs), Options(steps=1, graph="given"))
    for wrong in ({"batch": 0}, {"ddim": 0}, {"drop": 2.0}, {"width": 12}):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]
