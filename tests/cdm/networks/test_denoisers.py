"""The networks that denoise, the regions that mask guidance leaves alone, and codes from a bottleneck."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
import toy  # noqa: E402
from torch import Tensor, nn  # noqa: E402

import cdm  # noqa: E402
from cdm import config, diffusion  # noqa: E402
from cdm.data.pairs import Pairs, open_data  # noqa: E402
from cdm.errors import CdmError  # noqa: E402
from cdm.models import checkpoint, masks  # noqa: E402
from cdm.models.causal_diffusion import CausalDiffusionModel  # noqa: E402
from cdm.networks import denoisers, grids  # noqa: E402
from cdm.networks.conditioning import WIDTH, Tokens  # noqa: E402
from cdm.scm.codes import Code, Factor  # noqa: E402
from cdm.scm.domains import Categorical, Continuous  # noqa: E402
from cdm.training import run, train  # noqa: E402

STEPS = {"unet": 80, "dit": 80, "diffusers": 140}
KINDS = ("unet", "dit", "diffusers")
PARTS = ("difference", "attention", "both")
TINY = {
    "encoder_steps": 8,
    "encoder_batch": 8,
    "mechanism_steps": 8,
    "draft_steps": 8,
    "draft_batch": 4,
    "denoiser_steps": 8,
    "denoiser_batch": 4,
}
LEARNS = {
    "encoder_steps": 60,
    "encoder_batch": 16,
    "mechanism_steps": 60,
    "draft_steps": 600,
    "denoiser_steps": 50,
    "denoiser_batch": 8,
}
TOY = Code(
    (
        Factor("a", Continuous(0.0, 1.0)),
        Factor("b", Continuous(0.0, 1.0)),
        Factor("k", Categorical(("red", "green", "blue"))),
    )
)
GRAPH = torch.tensor(toy.ADJACENCY)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("toy"), 1200)


@pytest.fixture(scope="module")
def pairs(where: Path, tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return open_data(str(where), "train", tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def few(pairs: Pairs) -> Pairs:
    """Give so few pairs that a run of some steps takes little more time than these."""
    return Pairs(pairs.code, {name: array[:60] for name, array in pairs.arrays.items()})


def made(kind: Any) -> nn.Module:
    if kind == "diffusers":
        pytest.importorskip("diffusers")
    torch.manual_seed(0)
    return denoisers.make(kind, toy.SIZE, 3)


def sketch(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images and true codes of the toy."""
    factors = toy.values(np.random.default_rng(seed), n)["factors"]
    images = torch.tensor(toy.draw(factors)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return images, TOY.encode(torch.tensor(factors).float())


@dataclass(frozen=True)
class Trained:
    """A denoiser that was told the true codes of the toy for some dozen steps."""

    network: nn.Module
    tokens: Tokens
    before: float
    after: float

    def clean(self, codes: Tensor) -> diffusion.Network:
        told = self.tokens(codes)
        return lambda x, t: self.network(x, t, told, torch.zeros_like(x))


@cache
def trained(kind: str) -> Trained:
    network = made(kind)
    tokens = Tokens(TOY, GRAPH, "film")
    images, codes = sketch(1000, 0)
    held, held_codes = sketch(64, 1)
    parameters = [*network.parameters(), *tokens.parameters()]
    optimiser = torch.optim.AdamW(parameters, 2e-3, (0.9, 0.99))

    def loss(x0: Tensor, z: Tensor, seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        t, eps = diffusion.times(len(x0), generator), torch.randn(x0.shape, generator=generator)
        told = tokens(z)
        return diffusion.loss(lambda x, s: network(x, s, told, torch.zeros_like(x)), x0, t, eps, "x0").mean()

    before = float(loss(held, held_codes, 99).detach())
    for step in range(STEPS[kind]):
        rows = torch.randint(1000, (8,), generator=torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        loss(images[rows], codes[rows], step).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
    network.eval()
    with torch.no_grad():
        return Trained(network, tokens, before, float(loss(held, held_codes, 99)))


def same(a: CausalDiffusionModel, b: CausalDiffusionModel) -> bool:
    one, other = a.state_dict(), b.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# Denoisers


@pytest.mark.parametrize("size", [16, 32, 64])
@pytest.mark.parametrize("kind", KINDS)
def test_every_denoiser_takes_every_size_and_gives_an_image_of_it(kind: Any, size: int) -> None:
    if kind == "diffusers":
        pytest.importorskip("diffusers")
    network, x = denoisers.make(kind, size, 5), torch.randn(2, 3, size, size)
    drawn = network(x, torch.rand(2), torch.randn(2, 5, WIDTH), torch.zeros_like(x))
    assert drawn.shape == (2, 3, size, size)


@pytest.mark.parametrize("kind", KINDS)
def test_an_untrained_denoiser_lets_the_draft_stand(few: Pairs, kind: Any) -> None:
    made(kind)
    model = run.start(few, config.make("quick", denoiser=kind, graph="given"), given=GRAPH).model
    codes, x = TOY.encode(torch.rand(2, 3)), torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        drafted = model.drafted(codes, torch.zeros(2, 8))
        drawn = model.denoise(codes, torch.zeros(2, 8))(x, torch.full((2,), 0.5))
    assert (drawn - drafted - (drawn - drafted).mean(dim=(0, 2, 3), keepdim=True)).abs().max() < 0.3
    assert drafted.std() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_denoiser_learns(kind: str) -> None:
    learned = trained(kind)
    assert learned.after < learned.before / 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_denoiser_draws_what_its_tokens_say(kind: str) -> None:
    """Far in the noise only the tokens tell which colour the background has."""
    learned, (images, codes) = trained(kind), sketch(64, 2)
    t = torch.full((64,), 0.9)
    x = diffusion.mix(images, torch.randn(images.shape, generator=torch.Generator().manual_seed(0)), t)
    other = codes.roll(1, 0)
    truth = torch.roll(images, 1, 0)
    with torch.no_grad():
        right, wrong = (learned.clean(z)(x, t) for z in (codes, other))
    assert (right - images).square().mean() < (wrong - images).square().mean() / 2
    assert (wrong - truth).square().mean() < (right - truth).square().mean() / 2  # it believes the tokens


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_each_token_and_the_draft_change_what_is_drawn(kind: str, place: int) -> None:
    network = made(kind)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.02 * torch.randn(parameter.shape)  # adaLN-zero blocks say nothing before they are trained
        x, draft = torch.randn(2, 1, 3, 16, 16)
        t, tokens = torch.full((1,), 0.5), torch.randn(1, 3, WIDTH)
        drawn = network(x, t, tokens, draft)
        moved = tokens.clone()
        moved[:, place] += 1
        assert (network(x, t, moved, draft) - drawn).abs().max() > 1e-4
        assert (network(x, t, tokens, draft + 1) - drawn).abs().max() > 1e-4
        assert (network(x, t + 0.2, tokens, draft) - drawn).abs().max() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_inversion_and_sampling_give_the_image_back_by_every_denoiser(kind: str) -> None:
    learned, (images, codes) = trained(kind), sketch(32, 3)
    with torch.no_grad():
        noise = diffusion.invert(learned.clean(codes), images, 30, 0.6)
        back = diffusion.sample(learned.clean(codes), noise, 30, 0.6)
    assert (back - images).abs().mean() < 0.12
    assert (noise - images).abs().mean() > 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_of_every_denoiser_survives_its_checkpoint(few: Pairs, tmp_path: Path, kind: Any) -> None:
    made(kind)
    told = config.make("quick", denoiser=kind, style=2, graph="given", **TINY)
    fitted = train.fit(run.start(few, told, tmp_path, given=GRAPH))
    assert checkpoint.read(tmp_path)[0]["config"]["denoiser"] == kind
    assert same(cdm.load(tmp_path), fitted)
    images = few.batch(torch.arange(2))["image"]
    answers = [model.counterfactual(images, {"a": 0.3}, steps=2) for model in (fitted, cdm.load(tmp_path))]
    assert torch.equal(*answers)


def test_a_missing_diffusers_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "denoiser 'diffusers' needs diffusers: pip install 'scmgen[diffusers]'"
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(CdmError) as error:
        denoisers.make("diffusers", 16, 3)
    assert str(error.value) == message
    where = toy.write(tmp_path / "toy", 40)
    done = command(
        "train", str(where), "--denoiser", "diffusers", "-o", str(tmp_path / "run"), home=tmp_path, lacking="diffusers"
    )
    assert (done.returncode, done.stderr) == (2, f"cdm: {message}\n")
    assert not (tmp_path / "run").exists()


def command(*arguments: str, home: Path, lacking: str = "") -> subprocess.CompletedProcess[str]:
    """Run cdm with a package that is not there."""
    code = f"import sys; sys.modules[{lacking!r}] = None; from cdm.cli.main import main; main()"
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment
    )


# Regions


def test_the_image_stays_outside_a_region_and_only_there() -> None:
    learned, (images, codes) = trained("unet"), sketch(8, 4)
    half = torch.zeros(8, 1, 16, 16, dtype=torch.bool)
    half[:, :, 8:] = True
    with torch.no_grad():
        taken = list(diffusion.path(learned.clean(codes), images, 10, 0.6))
        after = learned.clean(codes.roll(1, 0))
        nothing, lower, everything = (
            diffusion.sample_within(after, taken, region, 0.6) for region in (half & False, half, half | True)
        )
        plain = diffusion.sample(after, diffusion.invert(learned.clean(codes), images, 10, 0.6), 10, 0.6)
    assert torch.equal(nothing, images)
    assert torch.equal(lower[:, :, :8], images[:, :, :8])
    assert (lower - images)[:, :, 8:].abs().mean() > 0.1
    assert torch.allclose(everything, plain, atol=1e-5)


def test_a_difference_is_where_answers_differ_by_more_than_the_least() -> None:
    change = torch.tensor([[0.0, 0.9 * masks.LEAST], [-1.1 * masks.LEAST, 1.0]])
    region = masks.difference(torch.zeros(1, 3, 2, 2), change.expand(1, 3, 2, 2))
    assert region.tolist() == [[[[False, False], [True, True]]]]


def test_pixels_belong_to_the_factors_that_they_look_at() -> None:
    maps = torch.tensor([[[[0.7, 0.2]], [[0.2, 0.2]], [[0.1, 0.6]]]])  # (1, 3, 1, 2)

    def region(*touched: int) -> list[bool]:
        row = torch.tensor([[i in touched for i in range(3)]])
        return masks.attention(maps, row).flatten().tolist()

    assert region(0) == [True, False]
    assert region(2) == [False, True]
    assert region(0, 1) == [True, False]
    assert region() == [False, False]
    assert region(0, 1, 2) == [True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_every_denoiser_tells_which_tokens_its_pixels_look_at(kind: str) -> None:
    learned, (images, codes) = trained(kind), sketch(2, 5)
    tokens, t, draft = learned.tokens(codes), torch.full((2,), 0.5), torch.zeros_like(images)
    with torch.no_grad():
        maps = masks.looked_at(learned.network, images, t, tokens, draft)
        blind = masks.looked_at(learned.network, images, t, 0 * tokens, draft)
    assert maps.shape == (2, 3, 16, 16)
    assert torch.allclose(maps.sum(1), torch.ones(2, 16, 16), atol=1e-4)
    assert torch.allclose(blind, torch.full_like(blind, 1 / 3), atol=1e-5)  # equal tokens, equal looks
    assert (maps - 1 / 3).abs().max() > 0.01


def test_cells_become_a_picture_row_by_row() -> None:
    cells = torch.arange(4.0)[None, :, None]
    assert grids.picture(cells).tolist() == [[[[0, 1], [2, 3]]]]
    places = grids.places(4, 16)
    assert places.shape == (16, 16)
    assert (torch.cdist(places, places) + torch.eye(16) > 0.1).all()  # no two places look alike
    assert torch.allclose(places[0, 8:], places[4, 8:]) and torch.allclose(places[0, :8], places[1, :8])


def test_a_masked_answer_is_the_image_but_for_what_the_do_changes() -> None:
    """A denoiser that draws the right picture, but badly: a tenth too bright everywhere."""
    factors = toy.values(np.random.default_rng(6), 8)["factors"]
    done = np.where(np.arange(3) == 1, 0.9, factors)  # do(b = 0.9)
    images, truth = (torch.tensor(toy.draw(f)).permute(0, 3, 1, 2).float() / 127.5 - 1 for f in (factors, done))

    def before(x: Tensor, t: Tensor) -> Tensor:
        return images + 0.1

    def after(x: Tensor, t: Tensor) -> Tensor:
        return truth + 0.1

    taken = list(diffusion.path(before, images, 10, 0.6))
    region = masks.difference(*(diffusion.sample(drawn, taken[-1], 10, 0.6) for drawn in (after, before)))
    masked = diffusion.sample_within(after, taken, region, 0.6)
    assert torch.equal(region, (truth - images).abs().mean(1, keepdim=True) > masks.LEAST)
    assert torch.equal(masked, torch.where(region, truth + 0.1, images))
    assert not region[:, :, :8].any()
    assert region[:, :, 8:].float().mean() > 0.2


@pytest.fixture(scope="module")
def learned(pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a run that has learned something of the toy."""
    out = tmp_path_factory.mktemp("learned")
    train.fit(run.start(pairs, config.make("quick", graph="given", **LEARNS), out, given=GRAPH))
    return out


@pytest.mark.parametrize("masking", PARTS)
def test_a_do_that_touches_nothing_returns_the_image_bit_for_bit(learned: Path, pairs: Pairs, masking: Any) -> None:
    model, images = cdm.load(learned), pairs.batch(torch.arange(4))["image"]
    believed = model.abduct(images, steps=6)
    do = model.table({}, 4)
    assert torch.equal(model.predict(believed, do, 6, masking=masking), images)
    assert not torch.equal(model.predict(believed, do, 6), images)


def test_masked_guidance_leaves_alone_what_no_touched_factor_draws(learned: Path, pairs: Pairs) -> None:
    """``b`` has no descendants and is drawn in the lower half."""
    model, images = cdm.load(learned), pairs.batch(torch.arange(16))["image"]
    free, masked = (model.counterfactual(images, {"b": 0.9}, masking=m) for m in ("none", "difference"))
    kept, drawn = ((answer == images).all(dim=1)[:, :8].float().mean() for answer in (masked, free))
    assert kept > 0.15  # after so few steps a draft lets every factor say a little everywhere
    assert drawn < 0.01


def test_the_command_line_takes_a_mask_and_refuses_what_is_none(learned: Path, where: Path, tmp_path: Path) -> None:
    message = "mask 'diference': did you mean 'difference'? there are none, difference, attention, both"
    asked = ["counterfactual", str(learned), "--data", str(where), "--do", "a=0.5", "--n", "2"]
    picture = tmp_path / "x.png"
    done = command(*asked, "--mask", "diference", "-o", str(picture), home=tmp_path)
    assert (done.returncode, done.stderr, picture.exists()) == (2, f"cdm: {message}\n", False)
    done = command(*asked, "--mask", "both", "-o", str(picture), home=tmp_path)
    assert (done.returncode, done.stderr, picture.exists()) == (0, "", True)


# Codes from a bottleneck


@pytest.mark.parametrize("kind", KINDS)
def test_every_denoiser_has_a_bottleneck_to_read(few: Pairs, tmp_path: Path, kind: Any) -> None:
    made(kind)
    told = config.make("quick", denoiser=kind, latents="bottleneck", graph="given", style=2, **TINY)
    lines: list[dict[str, Any]] = []
    begun = run.start(few, told, tmp_path, given=GRAPH)
    begun.log = lines.append
    fitted = train.fit(begun)
    assert {line["phase"] for line in lines if "bottleneck" in line} == {"encoder", "refine"}
    assert fitted.encoder(few.batch(torch.arange(2))["image"]).shape == (2, 5)
    assert same(cdm.load(tmp_path), fitted)


def test_the_denoiser_goes_on_from_the_network_whose_bottleneck_was_read(few: Pairs) -> None:
    told = config.make("quick", latents="bottleneck", graph="given", **{**TINY, "denoiser_steps": 0})
    fitted = train.fit(run.start(few, told, given=GRAPH))
    read = fitted.encoder.trunk.network.state_dict()  # type: ignore[union-attr, operator]
    differing = [name for name, w in fitted.denoiser.state_dict().items() if not torch.equal(w, read[name])]
    assert differing == ["leave.weight", "leave.bias"]  # what is added to the draft is learned anew


def test_a_bottleneck_is_of_the_first_part_and_keeps_the_places(few: Pairs) -> None:
    """Nothing after the bottleneck has a say in the codes, and a picture that is moved has other codes."""
    told = config.make("quick", latents="bottleneck", graph="given")
    encoder = run.start(few, told, given=GRAPH).model.encoder
    images = few.batch(torch.arange(2))["image"]
    with torch.no_grad():
        codes, moved = encoder(images), encoder(images.roll(4, dims=3))
        for parameter in encoder.trunk.network.leave.parameters():  # type: ignore[union-attr]
            parameter += 1
        assert torch.equal(encoder(images), codes)
        pooled = encoder.trunk(images).reshape(2, -1, 16)
    assert (moved - codes).abs().max() > 1e-3
    assert (pooled - pooled.mean(2, keepdim=True)).abs().max() > 1e-3


def test_bottleneck_latents_learn_the_toy(pairs: Pairs) -> None:
    told = config.make(
        "quick", latents="bottleneck", graph="given", **{**TINY, "encoder_steps": 120, "encoder_batch": 16}
    )
    lines: list[dict[str, Any]] = []
    begun = run.start(pairs, told, given=GRAPH)
    begun.log = lines.append
    fitted = train.fit(begun)
    denoised = [line["bottleneck"] for line in lines if "bottleneck" in line]
    assert denoised[-1] < denoised[0] / 2
    rows = torch.arange(1100, 1200)  # held out
    read, true = fitted.encode(pairs.batch(rows)["image"]), torch.tensor(pairs.arrays["factors"][1100:])
    assert (read - true)[:, :2].abs().mean() < 0.1
    assert (read[:, 2] == true[:, 2]).float().mean() > 0.95
