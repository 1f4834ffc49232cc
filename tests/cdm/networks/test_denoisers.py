"""The networks that denoise: each takes every size, learns, and draws what its tokens and its draft say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from denoising import GRAPH, KINDS, TINY, made, same, sketch, trained
from denoising import few as few
from denoising import pairs as pairs
from denoising import where as where
from factors import TOY
from torch import nn

import cdm
from cdm import config, diffusion
from cdm.data.pairs import Pairs
from cdm.models import checkpoint
from cdm.networks import denoisers
from cdm.networks.conditioning import TOLD
from cdm.networks.pictures import DRAWN, SEEN
from cdm.training import run, train


@pytest.mark.parametrize("size", [16, 20, 28, 32, 33, 64])
@pytest.mark.parametrize("kind", KINDS)
def test_every_denoiser_takes_every_size_and_gives_an_image_of_it(kind: Any, size: int) -> None:
    if kind == "diffusers":
        pytest.importorskip("diffusers")
    network, x = denoisers.make(kind, size, 5), torch.randn(2, 3, size, size)
    drawn = network(x, torch.rand(2), torch.randn(2, 5, TOLD), torch.zeros(2, SEEN, size, size))
    assert drawn.shape == (2, DRAWN, size, size)


@pytest.mark.parametrize("kind", KINDS)
def test_an_untrained_denoiser_lets_the_draft_stand(few: Pairs, kind: Any) -> None:
    made(kind)
    model = run.start(few, config.make("quick", denoiser=kind, graph="given"), given=GRAPH).model
    nn.init.normal_(model.draft.leave.weight)  # untrained, it is grey
    codes, x = TOY.encode(torch.rand(2, 3)), torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        drafted = model.drafted(codes, torch.zeros(2, 8))
        drawn = model.denoise(codes, torch.zeros(2, 8))(x, torch.full((2,), 0.5))
    assert torch.equal(drawn, drafted)
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
def test_each_token_and_each_picture_change_what_is_drawn(kind: str, place: int) -> None:
    network = made(kind)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.02 * torch.randn(parameter.shape)  # adaLN-zero blocks say nothing before they are trained
        x, seen = torch.randn(1, 3, 16, 16), torch.randn(1, SEEN, 16, 16)
        t, tokens = torch.full((1,), 0.5), torch.randn(1, 3, TOLD)
        drawn = network(x, t, tokens, seen)
        moved = tokens.clone()
        moved[:, place] += 1
        assert (network(x, t, moved, seen) - drawn).abs().max() > 1e-4
        for channel in torch.eye(SEEN)[:, None, :, None, None]:
            assert (network(x, t, tokens, seen + channel) - drawn).abs().max() > 1e-5
        assert (network(x, t + 0.2, tokens, seen) - drawn).abs().max() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_inverted_is_restored_by_every_denoiser(kind: str) -> None:
    learned, (images, codes) = trained(kind), sketch(6, 3)
    with torch.no_grad():
        noise = diffusion.invert(learned.clean(codes), images, 30, 0.6)
        back = diffusion.restore(learned.clean(codes), noise, 30, 0.6)
    assert (back - images).abs().mean() < 1e-3
    assert (noise - images).abs().mean() > 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_of_every_denoiser_survives_its_checkpoint(few: Pairs, tmp_path: Path, kind: Any) -> None:
    made(kind)
    options = config.make("quick", denoiser=kind, style=2, graph="given", **TINY)
    fitted = train.fit(run.start(few, options, tmp_path, given=GRAPH))
    assert checkpoint.read(tmp_path)[0]["config"]["denoiser"] == kind
    assert same(cdm.load(tmp_path), fitted)
    images = few.batch(torch.arange(2))["image"]
    for route in ("reference", "inversion"):
        first, again = (
            m.counterfactual(images, {"a": 0.3}, steps=2, route=route) for m in (fitted, cdm.load(tmp_path))
        )
        assert torch.equal(first, again)


def test_frames_of_a_strip_are_denoised_for_themselves() -> None:
    network = denoisers.make("unet", 16, 3, 8).eval()
    nn.init.normal_(network.get_submodule("leave").weight)  # type: ignore[arg-type]
    x, t, tokens, seen = torch.randn(2, 3, 32, 16), torch.rand(2), torch.randn(2, 6, TOLD), torch.randn(2, SEEN, 32, 16)
    said = denoisers.framewise(network, 2, x, t, tokens, seen)
    last = network(x[:, :, 16:], t, tokens[:, 3:], seen[:, :, 16:])
    assert said.shape == (2, DRAWN, 32, 16) and torch.allclose(said[:, :, 16:], last, atol=1e-4)
