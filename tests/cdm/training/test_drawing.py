"""The draft, the style, L_causal, L_control and the joint phase."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import toy  # noqa: E402
from torch import Tensor  # noqa: E402

import cdm  # noqa: E402
from cdm import config, diffusion  # noqa: E402
from cdm.data.pairs import Pairs, open_data  # noqa: E402
from cdm.errors import CdmError  # noqa: E402
from cdm.networks.draft import Draft  # noqa: E402
from cdm.networks.style import Style  # noqa: E402
from cdm.training import drawing, feed, phases, run, stages, train  # noqa: E402

GRAPH = torch.tensor(toy.ADJACENCY)
LEARNS = {"encoder_steps": 300, "encoder_batch": 32, "mechanism_steps": 200, "draft_steps": 500, "denoiser_steps": 0}
TINY = {name: 6 for name in ("encoder_steps", "mechanism_steps", "draft_steps", "denoiser_steps")}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    where = toy.write(tmp_path_factory.mktemp("toy"), 1500)
    return open_data(str(where), "train", tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def fitted(pairs: Pairs) -> run.Run:
    begun = run.start(pairs, config.make("quick", graph="given", **LEARNS), given=GRAPH)
    train.fit(begun)
    return begun


@pytest.mark.parametrize("size", [16, 20, 32, 48, 64, 128])
def test_a_draft_has_the_size_of_the_images(pairs: Pairs, size: int) -> None:
    draft = Draft(pairs.code, size, 2)
    assert draft(torch.zeros(2, pairs.code.width), torch.zeros(2, 2)).shape == (2, 3, size, size)


def test_a_draft_hears_nothing_of_a_factor_that_is_dropped(pairs: Pairs) -> None:
    draft, style = Draft(pairs.code, 16, 2), torch.zeros(2, 2)
    codes = pairs.code.encode(torch.tensor([[0.2, 0.5, 1.0], [0.9, 0.5, 1.0]]))  # a differs
    dropped = torch.tensor([[True, False, False]] * 2)
    with torch.no_grad():
        silent, told = draft(codes, style, dropped), draft(codes, style)
    assert torch.equal(silent[0], silent[1])
    assert not torch.equal(told[0], told[1])
    assert not torch.equal(silent[1], draft(codes, style, ~dropped)[1])


def test_conditioning_none_tells_the_draft_of_no_factor(pairs: Pairs) -> None:
    model = run.start(pairs, config.make("quick", graph="given", conditioning="none"), given=GRAPH).model
    codes, style = torch.rand(3, pairs.code.width), torch.zeros(3, 8)
    with torch.no_grad():
        drawn = model.drafted(codes, style)
    assert torch.equal(drawn[0], drawn[1]) and torch.equal(drawn[0], drawn[2])


def test_a_draft_of_a_do_is_the_true_counterfactual(fitted: run.Run, pairs: Pairs) -> None:
    """L_control: from codes that the mechanisms predicted."""
    batch = pairs.batch(torch.arange(len(pairs) - 100, len(pairs)))
    model = fitted.model
    with torch.no_grad():
        codes = model.mechanisms.counterfactual(model.encoder(batch["image"]), batch["do_mask"], batch["do_value"])
        drawn = model.drafted(codes, model.style(batch["image"]))
    changed = (batch["image"] != batch["image_cf"]).float()

    def miss(images: Tensor) -> float:
        return float(((images - batch["image_cf"]).abs() * changed).sum() / changed.sum())

    assert miss(drawn) < miss(batch["image"]) / 3


def test_both_halves_of_a_batch_are_drawn_from_the_other_image_s_style(pairs: Pairs) -> None:
    begun = run.start(pairs, config.make("quick", graph="given", draft_batch=8), given=GRAPH)
    batch = pairs.batch(torch.arange(8))
    shown = drawing._shown(begun.model, begun.config, batch, True)
    assert shown.twins == 4
    assert torch.equal(shown.images, torch.cat([batch["image"][:4], batch["image_cf"][4:]]))
    assert torch.equal(shown.other, torch.cat([batch["image_cf"][:4], batch["image"][4:]]))
    changed = (batch["image"] != batch["image_cf"]).any(dim=1, keepdim=True)
    assert torch.equal(shown.weight, torch.where(changed, 5.0, 1.0))


def test_the_causal_term_is_small_where_drafts_show_their_codes(fitted: run.Run) -> None:
    """L_causal: the encoder reads off a draft what it was drawn from; after training it does, before it does not."""
    told = config.make("quick", graph="given", causal=1.0, **LEARNS)
    begun = run.start(fitted.source.pairs, told, given=GRAPH)
    begun.model.encoder.load_state_dict(fitted.model.encoder.state_dict())
    drawn = feed.drafted(begun.source, told, torch.Generator().manual_seed(0), 0.0)
    before = drawing.draft_terms(begun.model, told, *drawn)["causal"]
    begun.model.load_state_dict(fitted.model.state_dict())
    after = drawing.draft_terms(begun.model, told, *drawn)["causal"]
    assert after < before / 10
    assert "causal" not in drawing.draft_terms(fitted.model, fitted.config, *drawn)


def test_only_what_a_phase_trains_is_moved_by_it(pairs: Pairs) -> None:
    begun = run.start(pairs, config.make("quick", graph="given"), given=GRAPH)
    for draw, terms, moved in (
        (feed.drafted, drawing.draft_terms, {"style", "draft"}),
        (feed.denoised, drawing.denoiser_terms, {"tokens", "denoiser"}),
    ):
        begun.model.zero_grad(set_to_none=True)
        drawn = draw(begun.source, begun.config, torch.Generator().manual_seed(0), 0.0)
        torch.stack(list(terms(begun.model, begun.config, *drawn).values())).sum().backward()
        touched = {name.split(".")[0] for name, p in begun.model.named_parameters() if p.grad is not None}
        assert touched == moved


def test_the_joint_phase_trains_everything_and_keeps_the_graph(pairs: Pairs, tmp_path: Path) -> None:
    begun = run.start(pairs, config.make("quick", graph="given", joint_steps=0, **TINY), given=GRAPH)
    without = train.fit(begun)
    joint = run.start(pairs, config.make("quick", graph="given", joint_steps=6, **TINY), tmp_path, given=GRAPH)
    after = train.fit(joint)
    for part in ("encoder", "mechanisms", "style", "draft", "tokens", "denoiser"):
        weights = [torch.cat([p.flatten() for p in getattr(m, part).parameters()]) for m in (without, after)]
        assert not torch.equal(*weights), part
    assert torch.equal(after.adjacency, GRAPH)
    assert torch.equal(cdm.load(tmp_path).encode(pairs.batch(torch.arange(3))["image"]), after.encode(
        pairs.batch(torch.arange(3))["image"])
    )  # fmt: skip


def test_styles_are_drawn_from_those_of_training_images(fitted: run.Run) -> None:
    style, generator = fitted.model.style, torch.Generator().manual_seed(0)
    drawn = style.draw(5, generator)
    known = stages.styles(fitted)
    assert all((known == row).all(dim=1).any() for row in drawn)
    assert not torch.equal(drawn[0], drawn[1])


def test_a_faint_tint_is_as_large_as_any_other_difference_to_the_style() -> None:
    style, tint = Style(2), torch.linspace(-1, 1, 50)
    images = 0.3 + 0.01 * tint[:, None, None, None].expand(50, 3, 16, 16)
    style.settle(images)
    with torch.no_grad():
        found = style(images)
    assert found.std(dim=0).max() > 0.05


def test_an_image_that_nothing_explains_is_kept_by_its_style_and_its_rest(fitted: run.Run, pairs: Pairs) -> None:
    images = pairs.batch(torch.arange(8))["image"]
    again = fitted.model.counterfactual(images, {})
    assert (again - images).abs().mean() < 0.05


def test_guidance_needs_a_model_that_was_trained_for_it(fitted: run.Run, pairs: Pairs) -> None:
    images = pairs.batch(torch.arange(2))["image"]
    message = "guidance 1.5: it needs a model that was trained with --set drop=0.1, or so"
    with pytest.raises(CdmError) as error:
        fitted.model.counterfactual(images, {"a": 0.5}, 2, guidance=1.5)
    assert str(error.value) == message
    told = config.make("quick", graph="given", drop=0.5, **TINY)
    model = train.fit(run.start(pairs, told, given=GRAPH))
    plain, guided = (model.counterfactual(images, {"a": 0.5}, 2, guidance=g) for g in (1.0, 1.5))
    assert not torch.equal(plain, guided)


def test_x0_is_the_draft_and_a_correction_and_other_predictions_are_told_of_it(pairs: Pairs) -> None:
    codes, style, x = torch.rand(2, pairs.code.width), torch.zeros(2, 8), torch.randn(2, 3, 16, 16)
    t = torch.full((2,), 0.3)
    for kind in ("x0", "v", "eps"):
        model = run.start(pairs, config.make("quick", graph="given", prediction=kind), given=GRAPH).model
        with torch.no_grad():
            tokens, draft = model.tokens(codes), model.drafted(codes, style)
            raw = model.denoiser(x, t, tokens, draft)
            base = draft if kind == "x0" else torch.zeros_like(draft)
            assert torch.equal(model.estimate(x, t, tokens, draft), base + raw)
            clean = diffusion.clean(x, t, base + raw, kind)
            assert torch.equal(model.denoise(codes, style)(x, t), clean)


def test_joint_training_goes_from_the_graph_to_everything_at_once(pairs: Pairs) -> None:
    told = config.make("quick", graph="given", training="joint", **TINY)
    assert [phase.steps for phase in phases.plan(told)] == [3, 3, 0, 0, 0, 12]
    lines: list[dict[str, object]] = []
    begun = run.start(pairs, told, given=GRAPH)
    begun.log = lines.append
    train.fit(begun)
    last = lines[-1]
    assert last["phase"] == "joint"
    assert {"anchor", "steady", "likelihood", "invariance", "draft", "draft control", "denoise control"} <= set(last)


def test_only_the_labelled_rows_are_read_without_pairs_too(pairs: Pairs) -> None:
    alone = Pairs(pairs.code, {name: pairs.arrays[name] for name in ("image", "factors")})
    spoiled = {**alone.arrays, "factors": alone.arrays["factors"].copy()}
    told = config.make("quick", supervision="labels", labelled=0.3, graph="given", **TINY)
    clean = run.start(alone, told, given=GRAPH)
    hidden = clean.source.batch(torch.arange(len(alone)))["labelled"].numpy() == 0
    spoiled["factors"][hidden] = 0.5
    models = [train.fit(begun) for begun in (clean, run.start(Pairs(pairs.code, spoiled), told, given=GRAPH))]
    images = pairs.batch(torch.arange(4))["image"]
    assert torch.equal(*(model.encode(images) for model in models))
    assert 0.6 < hidden.mean() < 0.8
