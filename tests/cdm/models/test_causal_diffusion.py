"""The causal diffusion model: what it learns of the toy, and how it answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from trainings import GRAPH, TINY

from cdm import config, diffusion
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.models import masks, protocol
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.models.interventions import DoTable
from cdm.training import run, train


def test_the_graph_and_the_factors_come_out(taught: CausalDiffusionModel, taught_data: Path, toy_cache: Path) -> None:
    assert taught.adjacency.int().tolist() == toy.ADJACENCY
    pairs = open_data(str(taught_data), "test", toy_cache)
    read, true = taught.encode(pairs.batch(torch.arange(200))["image"]), torch.tensor(pairs.arrays["factors"][:200])
    assert (read - true)[:, :2].abs().mean() < 0.02
    assert (read[:, 2] == true[:, 2]).float().mean() > 0.98


def test_nothing_is_done_by_a_do_that_sets_what_is(taught: CausalDiffusionModel, taught_pairs: Pairs) -> None:
    image = taught_pairs.batch(torch.arange(8))["image"]
    believed = taught.abduct(image)
    still = taught.predict(believed, DoTable(torch.ones(8, 3), believed.codes))
    assert torch.equal(still, taught.predict(believed, DoTable(torch.zeros(8, 3), believed.codes)))


def test_a_do_moves_descendants_and_nothing_else(taught: CausalDiffusionModel) -> None:
    free, done = (taught.do(do).sample_codes(500, seed=4) for do in ({}, {"a": 0.9}))
    assert torch.allclose(taught.code.decode(done)[:, 0], torch.tensor(0.9))
    assert torch.equal(free[:, 2:], done[:, 2:])
    assert (done[:, 1] - free[:, 1]).abs().mean() > 0.1
    below = taught.do({"b": 0.2}).sample_codes(500, seed=4)
    assert torch.equal(below[:, :1], free[:, :1])


def test_a_do_that_cannot_be_is_refused(taught: CausalDiffusionModel) -> None:
    with pytest.raises(CdmError, match=r"^no factor 'aa'; did you mean 'a'\? there are a, b, k$"):
        taught.do({"aa": 0.1})
    with pytest.raises(CdmError, match=r"^a = 1.5: a number from 0 to 1 is needed; allow others with allow_ood=True$"):
        taught.do({"a": 1.5})


def test_conditioning_none_tells_the_draft_of_no_factor(toy_pairs: Pairs) -> None:
    model = run.start(toy_pairs, config.make("quick", graph="given", conditioning="none"), given=GRAPH).model
    codes, style = torch.rand(3, toy_pairs.code.width), torch.zeros(3, 8)
    torch.nn.init.normal_(model.draft.leave.weight)
    with torch.no_grad():
        drawn = model.drafted(codes, style)
    assert torch.equal(drawn[0], drawn[1]) and torch.equal(drawn[0], drawn[2])


def test_its_draft_alone_is_shown_and_where_it_moves(taught: CausalDiffusionModel, taught_pairs: Pairs) -> None:
    batch = taught_pairs.batch(torch.arange(16))
    abduction, do = taught.abduct(batch["image"]), DoTable(batch["do_mask"], batch["do_value"])
    drafts, inside = taught.rows(abduction, do).values()
    moved = (drafts - taught.rows(abduction, DoTable(0 * do.mask, do.value))["draft only"]).abs().mean(1) > masks.LEAST
    kept = inside.permute(0, 2, 3, 1)
    assert 0.1 < moved.float().mean() < 0.9
    assert torch.equal(kept[moved], drafts.permute(0, 2, 3, 1)[moved])
    assert torch.equal(kept[~moved], batch["image"].permute(0, 2, 3, 1)[~moved])


def test_an_image_about_which_nothing_is_asked_is_kept(taught: CausalDiffusionModel, taught_pairs: Pairs) -> None:
    images = taught_pairs.batch(torch.arange(8))["image"]
    again = taught.counterfactual(images, {})
    assert (again - images).abs().mean() < 0.02


def test_guidance_needs_a_model_that_was_trained_for_it(taught: CausalDiffusionModel, taught_pairs: Pairs) -> None:
    images = taught_pairs.batch(torch.arange(2))["image"]
    message = "guidance 1.5: it needs a model that was trained with --set drop=0.1, or so"
    with pytest.raises(CdmError) as error:
        taught.counterfactual(images, {"a": 0.5}, steps=2, guidance=1.5)
    assert str(error.value) == message
    dropping = config.make("quick", graph="given", drop=0.5, **TINY)
    model = train.fit(run.start(taught_pairs, dropping, given=GRAPH))
    plain, guided = (model.counterfactual(images, {"a": 0.5}, steps=2, guidance=g) for g in (1.0, 1.5))
    assert not torch.equal(plain, guided)


def test_x0_is_the_draft_and_a_correction_and_other_predictions_are_told_of_it(toy_pairs: Pairs) -> None:
    codes, style, x = torch.rand(2, toy_pairs.code.width), torch.zeros(2, 8), torch.randn(2, 3, 16, 16)
    t = torch.full((2,), 0.3)
    for kind in ("x0", "v", "eps"):
        model = run.start(toy_pairs, config.make("quick", graph="given", prediction=kind), given=GRAPH).model
        with torch.no_grad():
            tokens, seen = model.told(codes, style)
            raw = model.denoiser(x, t, tokens, seen.seen)[:, :3]
            base = seen.draft if kind == "x0" else torch.zeros_like(seen.draft)
            assert torch.equal(model.estimate(x, t, tokens, seen), base + raw)
            clean = diffusion.clean(x, t, base + raw, kind)
            assert torch.equal(model.denoise(codes, style)(x, t), clean)


def test_a_prediction_reads_the_noise_that_was_abducted(toy_pairs: Pairs) -> None:
    model = run.start(toy_pairs, config.make("quick", graph="given"), given=GRAPH).model.eval()
    torch.nn.init.normal_(model.draft.leave.weight)  # untrained, it is grey
    abduction = model.abduct(toy_pairs.batch(torch.arange(6))["image"])
    do = model.table({"a": 0.3}, 6)
    codes, other = model.act(abduction, do), model.act(replace(abduction, noise=abduction.noise + 0.5), do)
    assert torch.equal(codes, model.mechanisms.counterfactual(abduction.codes, do.mask, do.value))
    below, a, b = model.code.blocks[2], *model.code.blocks[:2]
    assert torch.equal(codes[:, below], abduction.codes[:, below]) and torch.equal(other[:, below], codes[:, below])
    assert torch.equal(codes[:, a], other[:, a])  # it is set
    assert (other[:, b] - codes[:, b]).abs().min() > 0.01  # it has another noise
    assert not torch.equal(
        model.predict(replace(abduction, noise=abduction.noise + 0.5), do, 4), model.predict(abduction, do, 4)
    )


def test_each_row_has_a_do_of_its_own(toy_pairs: Pairs) -> None:
    model = run.start(toy_pairs, config.make("quick", graph="given"), given=GRAPH).model.eval()
    assert isinstance(model, CausalDiffusionModel) and model.answers == frozenset(protocol.ANSWERS) - {"latents"}
    abduction = model.abduct(toy_pairs.batch(torch.arange(2))["image"])
    one, other = model.table({"a": 0.3}, 1), model.table({"k": 2}, 1)
    both = DoTable(torch.cat([one.mask, other.mask]), torch.cat([one.value, other.value]))
    codes = model.act(abduction, both)
    assert torch.allclose(model.code.decode(codes)[0, 0], torch.tensor(0.3)) and model.code.decode(codes)[1, 2] == 2
    assert torch.equal(codes[1, :2], abduction.codes[1, :2])


def test_what_the_reference_shows_is_kept_where_nothing_is_asked_for(
    taught: CausalDiffusionModel, taught_pairs: Pairs
) -> None:
    """``b`` is drawn in the lower half: a do on it leaves the upper half."""
    images = taught_pairs.batch(torch.arange(16))["image"]
    believed, do = taught.abduct(images), taught.table({"b": 0.9}, 16)
    answer, again, other = (taught.predict(believed, do, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(answer, again) and not torch.equal(answer, other)
    assert (answer - images)[:, :, :8].abs().mean() < (answer - images)[:, :, 8:].abs().mean() / 2


def test_one_answer_is_given_at_once_and_others_are_samples(taught: CausalDiffusionModel, taught_pairs: Pairs) -> None:
    """Without a seed the number of steps is no matter: nothing is drawn from noise."""
    batch = taught_pairs.batch(torch.arange(24))
    believed, do = taught.abduct(batch["image"]), DoTable(batch["do_mask"], batch["do_value"])
    answer = taught.predict(believed, do)
    assert torch.equal(answer, taught.predict(believed, do, steps=9))
    one, other = (taught.predict(believed, do, seed=seed) for seed in (0, 1))
    assert not torch.equal(one, other) and not torch.equal(answer, one)
    missed, far = ((images - batch["image_cf"]).abs().mean() for images in (answer, batch["image"]))
    assert missed < far / 3


def test_a_model_without_references_inverts(taught_pairs: Pairs) -> None:
    images = taught_pairs.batch(torch.arange(2))["image"]
    blind = run.start(taught_pairs, config.make("quick", graph="given", reference="none"), given=GRAPH).model.eval()
    with pytest.raises(CdmError, match="trained without one"):
        blind.counterfactual(images, {"a": 0.5}, steps=2, route="reference")
    assert blind.counterfactual(images, {"a": 0.5}, steps=2).shape == images.shape


def test_without_pairs_what_drafts_change_is_hidden_and_drawn_anew(toy_pairs: Pairs) -> None:
    arrays = {name: array for name, array in toy_pairs.arrays.items() if name in ("image", "factors")}
    alone = Pairs(toy_pairs.code, arrays)
    told = config.make("quick", graph="given", supervision="labels", **TINY)
    model = train.fit(run.start(alone, told, given=GRAPH))
    assert model.config.reference == "holes"
    torch.nn.init.normal_(model.draft.leave.weight, std=0.1)
    believed = model.abduct(alone.batch(torch.arange(4))["image"])
    codes = model.act(believed, model.table({"b": 0.9}, 4))
    hidden = model.reference(believed, codes).hidden
    assert torch.equal(hidden, model.hole(believed.codes, codes, believed.style)) and hidden.any()
    assert not model.reference(believed, believed.codes).hidden.any()
