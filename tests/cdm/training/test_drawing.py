"""What style, draft and denoiser minimise: the draft, L_causal and L_control."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import Tensor
from trainings import GRAPH

from cdm import config, diffusion
from cdm.data.pairs import Pairs
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import drawing, feed, phases, run, train

DRAWN = ("tokens.", "style.", "draft.", "denoiser.")
"""What of a model draws; the rest codes."""


def untrained(pairs: Pairs, **options: float) -> run.Run:
    """Give a run that has trained nothing, and would end with a draft."""
    return run.start(pairs, config.make("quick", graph="given", denoiser_steps=0, **options), given=GRAPH)


def drafted(taught: CausalDiffusionModel, pairs: Pairs, steps: int) -> run.Run:
    """Train a draft that tells what the codes of this model show."""
    new = untrained(pairs, draft_steps=steps)
    known = {name: weight for name, weight in taught.state_dict().items() if not name.startswith(DRAWN)}
    new.model.load_state_dict({**new.model.state_dict(), **known})
    new.phase = phases.PHASES.index("draft")
    train.fit(new)
    return new


@pytest.fixture(scope="module")
def fitted(taught: CausalDiffusionModel, taught_pairs: Pairs) -> run.Run:
    """Give a run whose model has learned the toy."""
    done = untrained(taught_pairs)
    done.model.load_state_dict(taught.state_dict())
    return done


def test_a_draft_of_a_do_is_the_true_counterfactual(fitted: run.Run, taught_pairs: Pairs) -> None:
    """L_control: from codes that the mechanisms predicted."""
    batch = taught_pairs.batch(torch.arange(len(taught_pairs) - 100, len(taught_pairs)))
    model = fitted.model
    with torch.no_grad():
        codes = model.mechanisms.counterfactual(model.encoder(batch["image"]), batch["do_mask"], batch["do_value"])
        drawn = model.drafted(codes, model.style(batch["image"]))
    changed = (batch["image"] != batch["image_cf"]).float()

    def miss(images: Tensor) -> float:
        return float(((images - batch["image_cf"]).abs() * changed).sum() / changed.sum())

    assert miss(drawn) < miss(batch["image"]) / 3


def test_both_halves_of_a_batch_are_drawn_from_the_other_image_s_style(toy_pairs: Pairs) -> None:
    begun = run.start(toy_pairs, config.make("quick", graph="given", draft_batch=8), given=GRAPH)
    batch = toy_pairs.batch(torch.arange(8))
    shown = drawing._shown(begun.model, begun.config, batch, True)
    assert shown.twin.tolist() == [False, True] * 4
    assert torch.equal(shown.images[::2], batch["image"][::2]) and torch.equal(
        shown.images[1::2], batch["image_cf"][1::2]
    )
    assert torch.equal(shown.other[::2], batch["image_cf"][::2]) and torch.equal(
        shown.other[1::2], batch["image"][1::2]
    )


def test_a_do_that_shows_in_few_pixels_counts_about_as_much_as_one_that_shows_in_many(toy_pairs: Pairs) -> None:
    begun = run.start(toy_pairs, config.make("quick", graph="given"), given=GRAPH)
    batch = toy_pairs.batch(torch.arange(3))
    batch["image_cf"] = batch["image"].clone()
    batch["image_cf"][0, :, :4, :4] += 0.1  # 16 pixels
    batch["image_cf"][1, :, :8, :8] += 0.1  # 64 pixels; nothing changes in the third
    weight = drawing._shown(begun.model, begun.config, batch, True).weight
    changed = (batch["image"] != batch["image_cf"]).any(dim=1, keepdim=True)
    assert torch.equal(weight[~changed], torch.ones(int((~changed).sum())))
    one, other = ((weight[k] - 1) * changed[k] for k in (0, 1))
    assert one.sum() == pytest.approx(float(other.sum()))
    assert one.max() == pytest.approx(4 * float(other.max()))


def test_pixels_that_a_draft_changes_and_a_do_does_not_count_as_much_as_changed_ones(toy_pairs: Pairs) -> None:
    begun = run.start(toy_pairs, config.make("quick", graph="given", control=1.0), given=GRAPH)
    batch = {name: rows.clone() for name, rows in toy_pairs.batch(torch.arange(2)).items()}
    batch["image_cf"] = batch["image"].clone()
    batch["image_cf"][0, :, 0, 0] += 0.5  # the first do changes a pixel, the second none
    shown = drawing._shown(begun.model, begun.config, batch, True)
    before = torch.zeros_like(shown.images)
    draft = before.clone()
    draft[0, :, 0, 0], draft[:, :, 5, 5], draft[1, :, 6, 6] = 1.0, 1.0, 0.01  # a change, two leaks, what nobody sees
    leaked = drawing._leaked(draft, before, shown)
    assert leaked.nonzero().tolist() == [[0, 0, 5, 5], [1, 0, 5, 5]]


def test_a_draft_learns_what_an_effect_is_not(taught: CausalDiffusionModel, taught_pairs: Pairs) -> None:
    """Trained on, it leaks less than one whose leaks count as other pixels that stay do."""
    batch = taught_pairs.batch(torch.arange(200))
    leaks = {}
    for counted in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not counted:
                patch.setattr(drawing, "_leaked", lambda draft, before, shown: torch.zeros_like(draft[:, :1]))
            begun = drafted(taught, taught_pairs, 250)
        with torch.no_grad():
            shown = drawing._shown(begun.model, begun.config, batch, True)
            style = begun.model.style(shown.other)
            drafts = [begun.model.drafted(codes, style) for codes in (shown.codes, shown.others)]
            same = (shown.images == shown.other).all(dim=1, keepdim=True)
            leaks[counted] = float(((drafts[0] - drafts[1]).abs() * same).mean())
    assert leaks[True] < leaks[False]


def test_the_causal_term_is_small_where_drafts_show_their_codes(fitted: run.Run) -> None:
    """L_causal: the encoder reads off a draft what it was drawn from; after training it does, before it does not."""
    begun = untrained(fitted.source.pairs, causal=1.0)
    told = begun.config
    begun.model.encoder.load_state_dict(fitted.model.encoder.state_dict())
    drawn = feed.drafted(begun.source, told, torch.Generator().manual_seed(0), 0.0)
    before = drawing.draft_terms(begun.model, told, *drawn)["causal"]
    begun.model.load_state_dict(fitted.model.state_dict())
    after = drawing.draft_terms(begun.model, told, *drawn)["causal"]
    assert after < before / 10
    assert "causal" not in drawing.draft_terms(fitted.model, fitted.config, *drawn)


def test_only_what_a_phase_trains_is_moved_by_it(toy_pairs: Pairs) -> None:
    begun = run.start(toy_pairs, config.make("quick", graph="given"), given=GRAPH)
    for draw, terms, moved in (
        (feed.drafted, drawing.draft_terms, {"tokens", "style", "draft"}),
        (feed.denoised, drawing.denoiser_terms, {"denoiser"}),
    ):
        begun.model.zero_grad(set_to_none=True)
        drawn = draw(begun.source, begun.config, torch.Generator().manual_seed(0), 0.0)
        torch.stack(list(terms(begun.model, begun.config, *drawn).values())).sum().backward()
        touched = {name.split(".")[0] for name, p in begun.model.named_parameters() if p.grad is not None}
        assert touched == moved


def test_pixels_that_an_answer_shares_with_its_reference_are_kept(toy_pairs: Pairs) -> None:
    """The absolute error counts there and nowhere else, unless answers are to be sharp; never without a reference."""
    begun = run.start(toy_pairs, config.make("quick", graph="given", denoiser_batch=8), given=GRAPH)
    batch = toy_pairs.batch(torch.arange(8))
    drawn = feed.denoised(begun.source, begun.config, torch.Generator().manual_seed(0), 0.0)
    shown = drawing._shown(begun.model, begun.config, batch, True)
    _, reference = drawing._referred(begun.model, begun.config, shown, drawn[1])
    assert reference is not None
    kept = drawing._kept(shown, reference)
    assert kept[reference.absent].sum() == 0
    seen = ~reference.absent
    same = (shown.images == reference.image).all(dim=1, keepdim=True).float()
    assert torch.equal(kept[seen], same[seen]) and 0 < float(kept[seen].mean()) < 1
    plain, sharp = (drawing._known(replace(begun.config, sharp=weight), shown, reference) for weight in (0.0, 0.5))
    assert torch.equal(plain, begun.config.keep * kept)
    assert torch.allclose(sharp - plain, 0.5 * shown.weight * seen[:, None, None, None])  # everywhere in an answer


def test_an_answer_that_is_drawn_at_once_sees_no_noise_and_what_is_drawn_alone_does(
    toy_pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = config.make("quick", graph="given", denoiser_batch=8, once=1.0, alone=0.25)
    begun = run.start(toy_pairs, told, given=GRAPH)
    batch, noise = feed.denoised(begun.source, told, torch.Generator().manual_seed(0), 0.0)
    asked: list[tuple[Tensor, Tensor]] = []
    monkeypatch.setattr(
        begun.model, "estimate", lambda x, t, tokens, seen: (asked.append((x, t)), torch.zeros_like(x))[1]
    )
    drawing.denoiser_terms(begun.model, told, batch, noise)
    ((x, t),) = asked
    assert torch.equal(t, torch.cat([noise.times[:2], torch.ones(6)]))
    assert x[2:].abs().max() < 1e-6 < x[:2].abs().amax(dim=(1, 2, 3)).min()
    holes = replace(told, reference="holes")
    assert not feed.denoised(begun.source, holes, torch.Generator().manual_seed(0), 0.0)[1].bare.any()


def test_what_is_known_costs_its_absolute_error_besides() -> None:
    x0, t = torch.zeros(2, 3, 4, 4), torch.full((2,), 0.5)
    known = torch.tensor([0.0, 1.0])[:, None, None, None].expand(2, 1, 4, 4)
    errors = diffusion.loss(lambda x, t: x0 + 0.1, x0, t, torch.randn(x0.shape), "x0", 2.0, known)
    assert errors.tolist() == pytest.approx([0.02, 0.12])
