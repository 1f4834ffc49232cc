"""Guidance by LEDITS++ on the smallest Stable Diffusion that it can use; its weights are random."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("diffusers", reason="needs scmgen[foundation]")
pytest.importorskip("transformers", reason="needs scmgen[foundation]")

import loopback
import numpy as np
import torch
import toy
from diffusers import (
    AutoencoderKL,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from cdm.errors import CdmError
from cdm.foundation.guidance import arithmetic, pipeline
from cdm.foundation.guidance.settings import Settings
from cdm.foundation.protocols import Edit, Manipulation

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # within diffusers
FEW = Settings(steps=5, warmup=2, scale=2.0)
DONE = Manipulation(
    Edit("weather", "wet", "dry"), (Edit("street", "dark", "pale", "a pale street"),), ("sky",), "a dry day"
)
WORDS = [
    "<|startoftext|>",
    "<|endoftext|>",
    *(f"{a}{end}" for a in "abcdefghijklmnopqrstuvwxyz," for end in ("", "</w>")),
]


def made(levels: int = 3, large: bool = False, **told: Any) -> Any:
    """A pipeline of random weights, of the kind XL if it is to be ``large``."""
    torch.manual_seed(0)
    more: dict[str, Any] = {"addition_embed_type": "text_time", "addition_time_embed_dim": 4}
    unet = UNet2DConditionModel(
        **(more | {"projection_class_embeddings_input_dim": 6 * 4 + 16} if large else {}),
        sample_size=8,
        block_out_channels=(8, 16, 16)[:levels],
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D")[-levels:],
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")[:levels],
        layers_per_block=1,
        cross_attention_dim=32 if large else 16,
        attention_head_dim=4,
        norm_num_groups=4,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=4,
        sample_size=64,
    )
    size = {"vocab_size": len(WORDS), "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    ends = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    read = CLIPTextConfig(**size, **ends, num_attention_heads=2, max_position_embeddings=77, projection_dim=16)
    tokenizer = CLIPTokenizer(vocab={word: k for k, word in enumerate(WORDS)}, merges=[], model_max_length=77)
    noisy = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
    parts = {"vae": vae, "unet": unet, "text_encoder": CLIPTextModel(read), "tokenizer": tokenizer}
    parts["scheduler"] = PNDMScheduler(steps_offset=1, **noisy, **told)
    if large:
        other = CLIPTextModelWithProjection(read)
        return StableDiffusionXLPipeline(**parts, text_encoder_2=other, tokenizer_2=tokenizer, add_watermarker=False)
    unchecked = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    return StableDiffusionPipeline(**parts, **unchecked)


@pytest.fixture(scope="module")
def small() -> Any:
    return made()


@pytest.fixture(scope="module")
def drawn(small: Any) -> Callable[..., Any]:
    """Give what draws a picture with some settings changed, and what drew it."""

    def draw(**changes: Any) -> Any:
        maker = pipeline.of(small, replace(FEW, **changes), "small")
        return maker.generate(picture(), DONE), maker

    return draw


def picture(height: int = 64, width: int = 64) -> Any:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_each_edit_is_drawn_within_the_mask_of_its_concept(drawn: Any) -> None:
    found, maker = drawn()
    assert found.image.shape == (64, 64, 3) and found.image.dtype == np.uint8
    assert sorted(found.masks) == ["street", "weather"]
    for where in found.masks.values():
        assert where.shape == (64, 64) and where.dtype == np.float32 and 0 < where.mean() < 0.5 and where.max() <= 1
    assert found.settings["phrases"] == ["dry weather", "a pale street"]
    assert found.settings["source_prompt"] == "wet weather, dark street, sky"
    assert type(maker.editor.scheduler).__name__ == "DPMSolverMultistepScheduler"
    again, _ = drawn()
    assert np.array_equal(again.image, found.image)
    other, _ = drawn(seed=1)
    assert not np.array_equal(other.image, found.image)


@pytest.mark.parametrize("inversion", ["ddpm", "ddim"])
def test_without_edits_both_ways_lead_back_to_what_the_autoencoder_knows(drawn: Any, inversion: str) -> None:
    _, maker = drawn(inversion=inversion, source=0.0)
    known, unet = maker.editor.encode_image(Image.fromarray(picture()), dtype=torch.float32)[0], maker.editor.unet
    still = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(5))

    def says(module: Any, inputs: Any, out: Any) -> Any:
        """The same of every picture: then the deterministic way back is exact, too."""
        if isinstance(out, tuple):
            return (still.expand_as(out[0]),)
        return type(out)(sample=still.expand_as(out.sample))

    hook = unet.register_forward_hook(says) if inversion == "ddim" else None
    maker.generate(picture(), DONE)
    latents = maker.editor(editing_prompt=["dry"], edit_guidance_scale=0.0, output_type="latent").images
    if hook:
        hook.remove()
    assert torch.allclose(latents, known, atol=1e-3)


@pytest.mark.parametrize("inversion", ["ddpm", "ddim"])
def test_the_baselines_are_guided_by_the_whole_prompt_without_masks(drawn: Any, inversion: str) -> None:
    found, maker = drawn(guidance="joint", inversion=inversion)
    assert found.settings["phrases"] == ["a dry day"] and not found.masks
    assert type(maker.editor.scheduler).__name__ == "DDIMScheduler"
    assert len(maker.editor.inversion_steps) == 5 and maker.editor.activation_mask.min() == 1
    assert bool(maker.editor.zs.any()) == (inversion == "ddpm")
    causal, _ = drawn(inversion=inversion)
    assert sorted(causal.masks) == ["street", "weather"]


def test_the_way_to_noise_is_guided_towards_what_the_picture_shows(small: Any) -> None:
    maker, told, said = pipeline.of(small, replace(FEW, source=3.0), "small"), [], []
    unet, encoded = maker.editor.unet, {}
    for text in ("", "wet weather, dark street, sky"):
        read = small.tokenizer(text, padding="max_length", return_tensors="pt").input_ids
        encoded[text] = small.text_encoder(read)[0]
    hooks = [
        unet.register_forward_pre_hook(
            lambda m, i, named: told.append(named["encoder_hidden_states"]), with_kwargs=True
        ),
        unet.register_forward_hook(lambda m, i, out: said.append(out.sample)),
    ]
    try:
        maker.generate(picture(), DONE)
    finally:
        for hook in hooks:
            hook.remove()
    for seen, prompt in zip(told[:10], list(encoded.values()) * 5, strict=True):  # of each step without, and with it
        assert torch.allclose(seen, prompt, atol=1e-6)
    assert not torch.equal(said[0], said[1])


def test_what_diffusers_masks_and_sums_is_our_arithmetic(small: Any) -> None:
    maker, said = pipeline.of(small, replace(FEW, source=0.0, threshold=0.6), "small"), []
    hook = maker.editor.unet.register_forward_hook(lambda module, inputs, out: said.append(out.sample))
    try:
        maker.generate(picture(), DONE)
    finally:
        hook.remove()
    base, *edited = said[-1].chunk(3)  # of the last step
    differences = torch.cat(edited) - base
    editor, rows = maker.editor, torch.tensor([0, 0])
    where = editor.activation_mask[-1, :, :, :1].flatten(0, 1)
    changed = arithmetic.over(arithmetic.strength(differences), 0.6)
    assert torch.equal(where.bool() & changed, where.bool()) and where.any()
    guided = arithmetic.guided(base, differences, where, rows, FEW.scale)
    assert torch.allclose(guided - base, editor.sem_guidance[-1], atol=1e-5)


@pytest.mark.parametrize("inversion", ["dpm", "ddim"])
def test_the_large_kind_is_guided_alike(inversion: Any) -> None:
    found = pipeline.of(made(large=True), replace(FEW, inversion=inversion), "large").generate(picture(), DONE)
    assert found.image.shape == (64, 64, 3) and sorted(found.masks) == ["street", "weather"]


def test_a_directory_is_read_and_any_picture_drawn(small: Any, tmp_path: Path) -> None:
    small.save_pretrained(tmp_path, safe_serialization=True)
    maker = pipeline.load(str(tmp_path), replace(FEW, steps=2, warmup=1), local=True)
    found = maker.generate(picture(50, 100), DONE)
    assert found.image.shape == (50, 100, 3) and found.masks["street"].shape == (50, 100)
    assert found.settings["size"] == (64, 64)


def test_the_command_goes_from_a_street_behind_a_server_to_a_picture(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openai", reason="needs scmgen[foundation]")
    monkeypatch.setenv("OPENAI_API_KEY", loopback.KEY)
    small.save_pretrained(tmp_path / "small", safe_serialization=True)
    Image.fromarray(picture(50, 70)).save(tmp_path / "a.png")
    with loopback.serving() as server:
        words = ["imagine", tmp_path / "a.png", "--do", "weather=dry", "--endpoint", server.url, "--model", "seer"]
        words += [
            "--generator",
            f"ledits:{tmp_path}/small",
            "--set",
            "steps=3",
            "--set",
            "warmup=1",
            "--judge",
            "endpoint",
        ]
        done = toy.call(*map(str, [*words, "--device", "cpu", "-o", tmp_path / "out"]), home=tmp_path / "home")
    assert (done.returncode, done.stderr) == (0, "")
    (answer,) = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["pictures"][0]["interventions"]
    assert answer["drawn by"]["phrases"] == ["a clear sky", "dry grey asphalt"]
    assert sorted(answer["masks"]) == ["road", "weather"] and answer["scores"]["VLM-Eff"]["share"] == 1
    with Image.open(tmp_path / "out" / answer["picture"]) as shown:
        assert shown.size == (70, 50)


def test_what_cannot_be_used_is_one_message(small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def message(call: Callable[[], Any]) -> str:
        with pytest.raises(CdmError) as error:
            call()
        return str(error.value)

    assert message(lambda: pipeline.of(made(levels=2), FEW, "flat")) == (
        "flat: its U-Net has 2 levels; LEDITS++ reads maps at the third, so 3 are needed"
    )
    assert message(lambda: pipeline.of(made(prediction_type="v_prediction"), replace(FEW, inversion="ddpm"), "v")) == (
        "v: predicts 'v_prediction'; inversion 'ddpm' is for 'epsilon', 'dpm' and 'ddim' for all"
    )
    absent = str(tmp_path / "absent")
    assert message(lambda: pipeline.load(absent, local=True)).startswith(f"{absent}: cannot be read as a pipeline")
    assert message(lambda: pipeline.load("x", dtype="float8")).startswith("dtype 'float8': did you mean 'float")
    monkeypatch.setitem(sys.modules, "diffusers", None)
    needed = "a pipeline of diffusers needs diffusers and transformers: pip install 'scmgen[foundation]'"
    assert message(lambda: pipeline.load("x")) == needed
