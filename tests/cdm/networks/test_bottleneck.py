"""Codes from the bottleneck of a denoiser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from denoising import GRAPH, KINDS, TINY, made, same
from denoising import few as few
from denoising import pairs as pairs
from denoising import where as where

import cdm
from cdm import config
from cdm.data.pairs import Pairs
from cdm.training import run, train


@pytest.mark.parametrize("kind", KINDS)
def test_every_denoiser_has_a_bottleneck_to_read(few: Pairs, tmp_path: Path, kind: Any) -> None:
    made(kind)
    options = config.make("quick", denoiser=kind, latents="bottleneck", graph="given", style=2, **TINY)
    lines: list[dict[str, Any]] = []
    begun = run.start(few, options, tmp_path, given=GRAPH)
    begun.log = lines.append
    fitted = train.fit(begun)
    assert {line["phase"] for line in lines if "bottleneck" in line} == {"encoder", "refine"}
    assert fitted.encoder(few.batch(torch.arange(2))["image"]).shape == (2, 5)
    assert same(cdm.load(tmp_path), fitted)


def test_the_denoiser_goes_on_from_the_network_whose_bottleneck_was_read(few: Pairs) -> None:
    options = config.make("quick", latents="bottleneck", graph="given", **{**TINY, "denoiser_steps": 0})
    fitted = train.fit(run.start(few, options, given=GRAPH))
    read = fitted.encoder.trunk.network.state_dict()  # type: ignore[union-attr, operator]
    differing = [name for name, w in fitted.denoiser.state_dict().items() if not torch.equal(w, read[name])]
    assert differing == ["leave.weight", "leave.bias"]  # what is added to the draft is learned anew


def test_a_bottleneck_is_of_the_first_part_and_keeps_the_places(few: Pairs) -> None:
    """Nothing after the bottleneck has a say in the codes, and a picture that is moved has other codes."""
    options = config.make("quick", latents="bottleneck", graph="given")
    encoder = run.start(few, options, given=GRAPH).model.encoder
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
    options = config.make(
        "quick", latents="bottleneck", graph="given", **{**TINY, "encoder_steps": 160, "encoder_batch": 16}
    )
    lines: list[dict[str, Any]] = []
    begun = run.start(pairs, options, given=GRAPH)
    begun.log = lines.append
    fitted = train.fit(begun)
    denoised = [line["bottleneck"] for line in lines if "bottleneck" in line]
    assert denoised[-1] < denoised[0] / 2
    rows = torch.arange(1100, 1200)  # held out
    read, true = fitted.encode(pairs.batch(rows)["image"]), torch.tensor(pairs.arrays["factors"][1100:])
    assert (read - true)[:, :2].abs().mean() < 0.1
    assert (read[:, 2] == true[:, 2]).float().mean() > 0.95
