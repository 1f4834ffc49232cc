"""Any Stable Diffusion (1, 2, XL) as a generator, by the LEDITS++ of the library diffusers: an edit is a phrase.

LEDITS++ inverts, looks, masks and sums as :mod:`~cdm.foundation.guidance.arithmetic` does (Brack et al. 2024, arXiv
2311.16711); here it is told what the intervention changes: its target and all that follows. The baselines are the same
way back without masks, with the whole counterfactual prompt as the one edit: classifier-free guidance.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from cdm.errors import CdmError, suggestion
from cdm.foundation.guidance.settings import PAPER, Settings
from cdm.foundation.protocols import Edit, Generated, Manipulation, Picture

_NEEDS = "a pipeline of diffusers needs diffusers and transformers: pip install 'scmgen[foundation]'"
_KINDS = {False: "StableDiffusionPipeline", True: "StableDiffusionXLPipeline"}
_EDITORS = {False: "LEditsPPPipelineStableDiffusion", True: "LEditsPPPipelineStableDiffusionXL"}
_TYPES = ("float32", "float16", "bfloat16")
_GRID, _LEAST = 32, 64  # sides of pictures are multiples of it; the least of which a map has two places
_LEVELS = 3  # of a U-Net that has maps at a quarter of the latents' side
_SOME = 2.0  # of a guidance that has nothing to say: LEDITS++ leaves the prompt out below 1, and needs it
_SWAPPED = "uncond_embedding, text_embeddings, _ = self.encode_prompt("
_TIMES = {"timestep_spacing": "leading", "steps_offset": 1}  # that LEDITS++ counts on
_EXACT = {**_TIMES, "clip_sample": False, "set_alpha_to_one": False}  # there and back alike
_SOLVER = {**_TIMES, "algorithm_type": "sde-dpmsolver++", "solver_order": 2, "use_karras_sigmas": False}


@dataclass(frozen=True)
class PipelineGenerator:
    """Draws with a Stable Diffusion; made by :func:`load` or :func:`of`.

    Attributes:
        editor: the LEDITS++ pipeline of diffusers.
        plain: the text-to-image pipeline of the same parts.
        settings: of inversion and guidance.
        name: of the model, to be told.
    """

    editor: Any
    plain: Any
    settings: Settings
    name: str

    def generate(self, image: Picture, manipulation: Manipulation) -> Generated:
        """The counterfactual of a picture of any size; it is drawn at most at the size that the model knows."""
        told = self.settings
        picture = self._fitting(Image.fromarray(image))
        source = described(manipulation) if told.source > 1 else ""
        phrases = list(dict.fromkeys(map(phrase, manipulation.edits)))
        if told.guidance == "joint":
            phrases = [manipulation.prompt or ", ".join(phrases)]
        generator = torch.Generator().manual_seed(told.seed)
        self._invert(picture, source, generator)
        drawn = self.editor(editing_prompt=phrases, generator=generator, **_guiding(told, len(phrases))).images[0]
        large = image.shape[1], image.shape[0]
        said = {
            "generator": self.name,
            **told.data(),
            "source_prompt": source,
            "phrases": phrases,
            "size": picture.size,
        }
        return Generated(np.asarray(_sized(drawn, large)), self._masks(manipulation.edits, phrases, image), said)

    def _fitting(self, picture: Image.Image) -> Image.Image:
        """A picture with sides that the model can draw."""
        native = self.editor.unet.config.sample_size * self.editor.vae_scale_factor
        shrink = min(1.0, native / max(picture.size))
        width, height = (max(_LEAST, round(side * shrink / _GRID) * _GRID) for side in picture.size)
        return _sized(picture, (width, height))

    def _invert(self, picture: Image.Image, source: str, generator: torch.Generator) -> None:
        """Leave in the editor what it goes back from."""
        told, schedulers = self.settings, _diffusers()
        config = self.plain.scheduler.config
        if told.inversion == "dpm":
            self.editor.scheduler = schedulers.DPMSolverMultistepScheduler.from_config(config, **_SOLVER)
        else:
            self.editor.scheduler = _counting(schedulers.DDIMScheduler.from_config(config, **_EXACT))
        if told.inversion == "ddim":
            self._go_back(picture, source)
            return
        strength = {"source_prompt": source, "source_guidance_scale": told.source if source else _SOME}
        length = {"num_inversion_steps": told.steps, "skip": told.skip}
        with _mended(self.editor):
            self.editor.invert(image=picture, generator=generator, **strength, **length)

    def _go_back(self, picture: Image.Image, source: str) -> None:
        """Find the noise of the deterministic sampler, by the text-to-image pipeline with its times turned round."""
        told, editor = self.settings, self.editor
        editor.unet.set_attn_processor(_diffusers().models.attention_processor.AttnProcessor())
        latents, _ = editor.encode_image(picture, dtype=editor.unet.dtype)
        count = int(told.steps * (1 + told.skip))
        usual, self.plain.scheduler = (
            self.plain.scheduler,
            _diffusers().DDIMInverseScheduler.from_config(editor.scheduler.config),
        )

        def stop(pipeline: Any, step: int, t: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            pipeline._interrupt = step + 1 >= told.steps  # how diffusers is told to stop
            return tensors

        try:
            editor.init_latents = self.plain(
                prompt=source,
                guidance_scale=told.source if source else 1.0,
                num_inference_steps=count,
                latents=latents,
                width=picture.width,
                height=picture.height,
                output_type="latent",
                callback_on_step_end=stop,
            ).images
        finally:
            self.plain.scheduler = usual
        editor.scheduler.set_timesteps(count)
        editor.inversion_steps = editor.scheduler.timesteps[-told.steps :]
        editor.eta, editor.batch_size, editor.size = 0.0, 1, (picture.height, picture.width)
        editor.zs = latents.new_zeros(told.steps, *latents.shape)

    def _masks(self, edits: Sequence[Edit], phrases: Sequence[str], image: Picture) -> dict[str, NDArray[np.float32]]:
        """In what share of the guided steps each concept might act on a pixel."""
        if self.settings.guidance == "joint":
            return {}
        acted: Tensor = self.editor.activation_mask[self.settings.warmup :, :, 0, 0].float().mean(dim=0)
        large = functional.interpolate(acted[None], image.shape[:2])[0].numpy()
        return {edit.concept: large[phrases.index(phrase(edit))] for edit in edits}


def load(
    place: str, settings: Settings = PAPER, device: str = "cpu", dtype: str = "float32", local: bool = False
) -> PipelineGenerator:
    """A generator of a pipeline of diffusers: a directory, or its name on the Hugging Face Hub.

    Args:
        place: the directory or name; weights are read of safetensors alone.
        settings: of inversion and guidance.
        device: where to compute.
        dtype: of the weights: ``float16`` on a GPU of common size.
        local: read nothing from the network.

    Raises:
        CdmError: if diffusers or transformers is not installed, there is no such pipeline, or LEDITS++ cannot use it.
    """
    library = _diffusers()
    if dtype not in _TYPES:
        raise CdmError(f"dtype {dtype!r}: {suggestion(dtype, _TYPES)}")
    options = {"use_safetensors": True, "local_files_only": local}
    try:
        found = library.DiffusionPipeline.from_pretrained(place, dtype=getattr(torch, dtype), **options)
    except (OSError, ValueError, TypeError, AttributeError, ImportError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CdmError(f"{place}: cannot be read as a pipeline of diffusers: {reason}") from None
    return of(found.to(device), settings, place)


def of(pipeline: Any, settings: Settings = PAPER, name: str = "pipeline") -> PipelineGenerator:
    """A generator of a text-to-image pipeline that is there.

    Raises:
        CdmError: if it is none that LEDITS++ can use, or not with these settings.
    """
    library, parts = _diffusers(), pipeline.components
    if "unet" not in parts or "vae" not in parts or "text_encoder" not in parts:
        kinds = " or ".join(_KINDS.values())
        raise CdmError(f"{name}: a {type(pipeline).__name__}; LEDITS++ takes a {kinds}")
    levels, predicted = len(parts["unet"].config.block_out_channels), parts["scheduler"].config.prediction_type
    if levels < _LEVELS:
        raise CdmError(
            f"{name}: its U-Net has {levels} levels; LEDITS++ reads maps at the third, so {_LEVELS} are needed"
        )
    if settings.inversion == "ddpm" and predicted != "epsilon":
        raise CdmError(f"{name}: predicts {predicted!r}; inversion 'ddpm' is for 'epsilon', 'dpm' and 'ddim' for all")
    large = "text_encoder_2" in parts
    editor, plain = (_of_parts(getattr(library, kinds[large]), parts) for kinds in (_EDITORS, _KINDS))
    return PipelineGenerator(editor, plain, settings, name)


def phrase(edit: Edit) -> str:
    """What an edit is to draw."""
    return edit.phrase or f"{edit.after} {edit.concept}"


def described(manipulation: Manipulation) -> str:
    """The picture as it is, as far as an intervention tells."""
    return ", ".join([*(f"{edit.before} {edit.concept}" for edit in manipulation.edits), *manipulation.kept])


def _guiding(told: Settings, count: int) -> dict[str, Any]:
    """What LEDITS++ calls settings, for so many edits; of one joint edit nothing is masked and no step left out."""
    causal = told.guidance == "causal"
    return {
        "reverse_editing_direction": [False] * count,
        "edit_guidance_scale": [told.scale] * count,
        "edit_warmup_steps": [told.warmup if causal else 0] * count,
        "edit_threshold": [told.threshold if causal else 0.0] * count,
        "use_intersect_mask": causal,
        "use_cross_attn_mask": causal,
    }


def _counting(scheduler: Any) -> Any:
    """A DDIM scheduler that takes times as floats, as LEDITS++ gives them (diffusers 0.42)."""
    add = scheduler.add_noise
    scheduler.add_noise = lambda images, noise, times: add(images, noise, times.long())
    return scheduler


@contextmanager
def _mended(editor: Any) -> Iterator[None]:
    """Let an inversion be guided towards its prompt, not away from it.

    The LEDITS++ of Stable Diffusion 1 and 2 takes what is encoded of the prompt for what is encoded of none, and the
    other way round, where it inverts (diffusers 0.42).
    """
    if _SWAPPED not in inspect.getsource(type(editor).invert):
        yield
        return
    encode = editor.encode_prompt

    def swapped(**told: Any) -> tuple[Any, Any, Any]:
        prompt, nothing, count = encode(**told)
        return nothing, prompt, count

    editor.encode_prompt = swapped
    try:
        yield
    finally:
        del editor.encode_prompt


def _of_parts(kind: Any, parts: Mapping[str, Any]) -> Any:
    """A pipeline of a kind, silent, that shares its parts with others."""
    wanted = inspect.signature(kind).parameters
    mine = {name: parts.get(name) for name, told in wanted.items() if name in parts or told.default is told.empty}
    mine["scheduler"] = _diffusers().DDIMScheduler.from_config(parts["scheduler"].config, **_EXACT)
    if "requires_safety_checker" in wanted:
        mine["requires_safety_checker"] = parts.get("safety_checker") is not None
    made = kind(**mine)
    made.set_progress_bar_config(disable=True)
    return made


def _sized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def _diffusers() -> Any:
    """The library, which is slow to import.

    Raises:
        CdmError: if it or transformers, which it reads prompts with, is not installed.
    """
    try:
        import diffusers
        import transformers  # noqa: F401
    except ImportError:
        raise CdmError(_NEEDS) from None
    return diffusers
