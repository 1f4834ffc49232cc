"""CausalDiffAE reads factors off its latents, carries a do out, and lets follow what follows, however far."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import causal_diffae
from cdm.methods.causal_diffae import CausalDiffAE, Options
from cdm.methods.causal_diffae.fit import labelled, missed
from cdm.methods.causal_diffae.networks import CausalLayer
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job
from cdm.scm import codes
from cdm.scm.codes import Code

MANIFEST = {"graph": toy.graph(toy.FACTORS, toy.ADJACENCY)}
_NUMBER = {"kind": "continuous", "low": 0.0, "high": 1.0, "levels": [], "unit": "1"}


def _bar(images: torch.Tensor, lower: bool) -> torch.Tensor:
    """Where the bar of ``a``, or the lower one of ``b``, stands: from 0 to 1."""
    dark = (images[:, :, 8:] if lower else images[:, :, :8]).mean(dim=(1, 2))
    weight = (dark.amax(dim=1, keepdim=True) - dark).clamp_min(0) ** 4
    x = (torch.arange(toy.SIZE) + 0.5) / toy.SIZE
    return ((weight * x).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-9) - 0.1) / 0.8


@pytest.fixture(scope="module")
def given(taught_pairs: Pairs) -> CausalDiffAE:
    """Give one that has learned the toy."""
    options = Options(steps=240, latents=2, ddim=8, width=16)
    return causal_diffae.fit(Job(taught_pairs, MANIFEST), options)


def _moved(model: CausalDiffAE, pairs: Pairs) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Rows in which a is small, and what their images are under do(a = 0.9)."""
    chosen = torch.nonzero(torch.tensor(pairs.arrays["factors"][:, 0]) < 0.4)[:8, 0]
    batch = pairs.batch(chosen)
    return batch, model.predict(model.abduct(batch["image"]), model.table({"a": 0.9}, len(chosen)))


def test_each_factor_is_read_off_its_own_latents(given: CausalDiffAE, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(200))
    read, true = given.encode(batch["image"]), taught_pairs.code.decode(batch["factors"])
    assert torch.corrcoef(torch.stack([read[:, 0], true[:, 0]]))[0, 1] > 0.97
    assert torch.corrcoef(torch.stack([read[:, 1], true[:, 1]]))[0, 1] > 0.97
    assert (read[:, 2] == true[:, 2]).float().mean() > 0.97
    z = given.abduct(batch["image"]).z
    assert (given.layer.means(z)[:, 2:] - batch["factors"][:, 2:]).abs().mean() < 0.1


def test_a_do_of_nothing_gives_the_image_back(given: CausalDiffAE, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(8))
    read = given.abduct(batch["image"])
    none = DoTable(torch.zeros(8, 3), batch["factors"])
    assert torch.equal(given.moved(read.z, none), read.z)
    assert (given.predict(read, none) - batch["image"]).abs().mean() < 1e-3


def test_what_is_set_is_drawn_and_what_follows_along_the_graph(given: CausalDiffAE, taught_pairs: Pairs) -> None:
    batch, drawn = _moved(given, taught_pairs)
    values = taught_pairs.code.decode(batch["factors"])
    wanted = values[:, 1] + 0.6 * (0.9**2 - values[:, 0] ** 2)
    assert (_bar(drawn, lower=False) - 0.9).abs().median() < 0.1
    assert (_bar(drawn, lower=True) - wanted).abs().median() < 0.1
    acted = given.code.decode(given.act(given.abduct(batch["image"]), given.table({"a": 0.9}, len(drawn))))
    assert (acted[:, 0] - 0.9).abs().max() < 1e-5 and (acted[:, 1] - wanted).abs().median() < 0.1
    assert torch.equal(acted[:, 2], given.encode(batch["image"])[:, 2])


def test_without_a_graph_nothing_follows(given: CausalDiffAE, taught_pairs: Pairs) -> None:
    alone = CausalDiffAE(given.code, given.size, replace(given.config, graph="none"))
    alone.encoder, alone.denoiser = given.encoder, given.denoiser
    (batch, drawn), (_, followed) = _moved(alone, taught_pairs), _moved(given, taught_pairs)
    assert (_bar(drawn, lower=False) - taught_pairs.code.decode(batch["factors"])[:, 0]).median() > 0.3
    assert (_bar(followed, lower=True) - _bar(drawn, lower=True)).median() > 0.1
    z = alone.abduct(batch["image"]).z
    assert torch.equal(alone.moved(z, alone.table({"a": 0.9}, len(z)))[:, 2:], z[:, 2:])


def test_an_intervention_of_no_strength_is_none(given: CausalDiffAE, taught_pairs: Pairs) -> None:
    weak = CausalDiffAE(given.code, given.size, replace(given.config, strength=0.0, ddim=2))
    weak.load_state_dict(given.state_dict())
    batch = taught_pairs.batch(torch.arange(4))
    read = weak.abduct(batch["image"])
    a, b = (weak.predict(read, weak.table({"a": value}, 4)) for value in (0.1, 0.9))
    assert torch.equal(a, b)


@pytest.fixture
def chain() -> tuple[Code, CausalLayer]:
    """Give a chain of a number, an angle and a choice, and a layer along it whose networks say something."""
    angle = {**_NUMBER, "kind": "circular", "name": "turn"}
    kind = {**_NUMBER, "kind": "categorical", "name": "kind", "levels": ["red", "green", "blue"]}
    code = codes.from_data([{**_NUMBER, "name": "number"}, angle, kind])
    torch.manual_seed(3)
    layer = CausalLayer(code, 2, torch.tensor([[0, 1, 0], [0, 0, 1], [0, 0, 0]]))
    torch.nn.init.normal_(layer.weights[-1])
    return code, layer.requires_grad_(False)


def test_an_effect_travels_all_the_way_and_comes_to_be_a_value(chain: tuple[Code, CausalLayer]) -> None:
    code, layer = chain
    values = torch.tensor([[0.2, 0.3, 1.0], [0.7, 0.9, 2.0]])
    z = layer.widened(code.encode(values)) + 0.02 * torch.randn(2, 12)
    torch.testing.assert_close(layer.solve(layer.noise(z)), z)
    mask, value = torch.tensor([[1.0, 0, 0], [0, 1, 0]]), layer.widened(code.encode(torch.full((2, 3), 0.5)))
    after = layer.counterfactual(z, mask, value)
    assert torch.equal(after[0, :2], value[0, :2]) and torch.equal(after[1, :2], z[1, :2])
    assert torch.equal(after[1, 2:6], value[1, 2:6]) and not torch.allclose(after[0, 2:6], z[0, 2:6])
    assert not torch.allclose(after[0, 6:], z[0, 6:])  # two edges away
    means = layer.means(after)
    assert abs(float(means[0, 1:3].norm()) - 1) < 1e-5
    torch.testing.assert_close(means[:, 3:], layer.valid(after)[:, 3:])
    assert torch.equal(layer.valid(after)[:, 3:].sum(dim=1), torch.ones(2))


def test_each_factor_owes_only_to_its_parents(chain: tuple[Code, CausalLayer]) -> None:
    _, layer = chain
    z = torch.randn(1, 12)
    slopes = torch.autograd.functional.jacobian(layer, z)[0, :, 0] != 0
    wanted = torch.zeros(12, 12, dtype=torch.bool)
    wanted[2:6, :2], wanted[6:, 2:6] = True, True
    assert torch.equal(slopes, wanted)


def test_of_rows_without_labels_no_label_is_read(given: CausalDiffAE, taught_pairs: Pairs) -> None:
    told = labelled(1000, replace(given.config, labelled=0.25))
    assert int(told.sum()) == 250 and bool(labelled(7, given.config).all())
    batch, some = taught_pairs.batch(torch.arange(4)), torch.tensor([True, False, True, False])
    once, again = (
        missed(given, batch["image"], labels, some, torch.Generator().manual_seed(0))
        for labels in (batch["factors"], batch["factors"] + 1)
    )
    assert torch.equal(once == again, ~some)


def test_it_must_have_a_graph_and_options_in_their_bounds(taught_pairs: Pairs) -> None:
    with pytest.raises(
        CdmError, match=r"'causal_diffae' needs a graph, which the manifest does not tell; --set graph=none$"
    ):
        causal_diffae.fit(Job(taught_pairs), Options(steps=1))
    for wrong in (
        {"batch": 0},
        {"latents": 0},
        {"ddim": 0},
        {"spread": 0},
        {"labelled": 0},
        {"labelled": 2},
        {"drop": 2},
        {"width": 12},
    ):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]
