"""What a training run is told: one frozen record of options, and how it is made of a preset and changes."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeVar, get_args, get_type_hints

from cdm.errors import CdmError, suggestion
from cdm.presets import PRESETS

Supervision = Literal["labels", "interventions", "targets", "unknown"]
Graph = Literal["interventional", "notears", "dagma", "pc", "fci", "gies", "enco", "variational", "given"]
Conditioning = Literal["mask", "gnn", "film", "none"]
Predicts = Literal["x0", "v", "eps"]
Precision = Literal["fp32", "bf16", "fp16"]
Denoiser = Literal["unet", "dit", "diffusers"]
Latents = Literal["encoder", "bottleneck"]
Training = Literal["phased", "joint"]
Reference = Literal["whole", "holes", "none"]


VALUELESS = ("targets", "unknown")
"""Supervision levels at which no value of a do is told."""


@dataclass(frozen=True)
class Config:
    """Everything that a run depends on, but the data.

    Attributes:
        preset: the one that the others were taken from.
        seed: of everything random.
        supervision: ``interventions`` reads the target and the value of each do; ``labels`` also the factors;
            ``targets`` no values, ``unknown`` nothing but pairs (:mod:`cdm.training.supervision.levels`).
        labelled: share of the rows whose factors ``labels`` may read.
        graph: how it is learned from the codes (:mod:`cdm.discovery`), or ``given`` by the manifest.
        conditioning: how tokens are mixed (:mod:`cdm.networks.conditioning`).
        prediction: what the denoiser predicts.
        denoiser: the compact U-Net, a small DiT, or the U-Net of diffusers (:mod:`cdm.networks.denoisers`).
        latents: codes from an encoder of their own, or from the bottleneck of a denoiser (``networks.bottleneck``).
        training: one part after the other, or, once there is a graph, everything at once (:mod:`cdm.training.phases`).
        bottleneck: weight of the term that keeps the network of ``latents: bottleneck`` a denoiser.
        style: numbers that an image has for what no factor explains (:mod:`cdm.networks.style`).
        affine: whether the scale of a factor's noise may depend on its parents.
        encoder_steps: of the first phase, which teaches the encoder to read codes.
        encoder_batch: pairs in a step of it; at ``interventions`` a quarter of them more for each factor beyond four.
        encoder_rate: the highest learning rate of it.
        light: weight of the light steadiness of the first phase (:func:`cdm.training.coding.encoder_terms`).
        sparse: weight of the sparse-change term (:func:`cdm.training.losses.sparse_change`).
        sparse_width: movement of a code at which that term has nearly all of its weight.
        steady: weight of the term that keeps non-descendants where they are, once there is a graph.
        compass: weight of the linear guess, at ``targets`` and ``unknown``.
        paint: weight of the painter, at ``targets`` and ``unknown``.
        even: weight of the even law, at ``targets`` and ``unknown``.
        independent: weight of the independence of what is factual, at ``targets`` and ``unknown``.
        still: weight of sparse change, at ``targets`` and ``unknown``.
        blur: noise on what the painter is told of a code, at first.
        leak: share of a factor's variance below which its movement is the encoder's error, where no value tells that.
        mechanism_steps: of the mechanisms' phase.
        mechanism_batch: pairs in a step of it.
        mechanism_rate: the highest learning rate of it.
        invariance: weight of the noise-invariance term.
        draft_steps: of the draft's phase.
        draft_batch: images in a step of it.
        draft_rate: the highest learning rate of it.
        causal: weight of the term that the encoder reads the factors off the draft (L_causal).
        denoiser_steps: of the denoiser's phase.
        denoiser_batch: images in a step of it.
        denoiser_rate: the highest learning rate of it.
        channels: of the denoiser's first level; the levels below have two and four times as many.
        joint_steps: of a last phase that trains everything at once; there is none if 0.
        joint_rate: the highest learning rate of it.
        control: share of a batch of images that is counterfactual images under *predicted* tokens (L_control).
        focus: how much more a pixel counts in which the two images of its pair differ, on average; the fewer these are,
            the more each of them counts.
        late: how much more often noisy times are trained: there the tokens decide (:func:`cdm.diffusion.times`).
        drop: share of the rows that are not told of some factors, each with probability one half, for guidance.
        reference: what the denoiser sees of the image that is answered about: the whole of it, trained on pairs; all
            but what drafts say will change, which needs no pairs; or nothing.
        gate: whether the denoiser says by a gate where it draws over the reference (:mod:`cdm.networks.pictures`).
        keep: weight of the absolute error of pixels that an answer shares with its reference: the squared one does not
            mind a gate that is open a little.
        sharp: weight of the absolute error of all pixels of an answer about a reference, in which little is open.
        once: share of the answers about a whole reference that are drawn at once, from nothing: the one answer that is
            nearest to all. The others are samples, drawn from noise.
        alone: share of a batch that is drawn without a reference.
        null: share of a batch in which the reference is the image itself.
        average: decay of the moving average of the weights of draft and denoiser.
        precision: of encoder and denoiser in training; the mechanisms always train in fp32.
        accumulate: batches whose gradients are averaged in a step, one after the other: what as many processes do at
            once, in the memory of one.
        compile: whether encoder, draft and denoiser are compiled (``torch.compile``).
    """

    preset: str = "standard"
    seed: int = 0
    supervision: Supervision = "interventions"
    labelled: float = 1.0
    graph: Graph = "interventional"
    conditioning: Conditioning = "film"
    prediction: Predicts = "x0"
    denoiser: Denoiser = "unet"
    latents: Latents = "encoder"
    training: Training = "phased"
    bottleneck: float = 1.0
    style: int = 8
    affine: bool = True
    encoder_steps: int = 3000
    encoder_batch: int = 64
    encoder_rate: float = 2e-3
    light: float = 0.02
    sparse: float = 0.0
    sparse_width: float = 0.2
    steady: float = 1.0
    compass: float = 1.0
    paint: float = 1.0
    even: float = 2.0
    independent: float = 1.0
    still: float = 0.1
    blur: float = 0.05
    leak: float = 0.05
    mechanism_steps: int = 2000
    mechanism_batch: int = 512
    mechanism_rate: float = 3e-3
    invariance: float = 1.0
    draft_steps: int = 7000
    draft_batch: int = 16
    draft_rate: float = 2e-3
    causal: float = 0.0
    denoiser_steps: int = 6000
    channels: int = 24
    denoiser_batch: int = 16
    denoiser_rate: float = 1.5e-3
    joint_steps: int = 0
    joint_rate: float = 5e-4
    control: float = 0.5
    drop: float = 0.0
    focus: float = 4.0
    late: float = 1.5
    reference: Reference = "whole"
    gate: bool = True
    keep: float = 0.03
    sharp: float = 0.3
    once: float = 0.75
    alone: float = 0.35
    null: float = 0.1
    average: float = 0.998
    precision: Precision = "fp32"
    accumulate: int = 1
    compile: bool = False

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        for name in ("labelled", "control", "drop", "once", "alone", "null", "average"):
            if getattr(self, name) > 1:
                raise CdmError(f"{name}: a share from 0 to 1 is needed, found {getattr(self, name):g}")
        if self.channels < 8 or self.channels % 8:
            raise CdmError(f"channels: a multiple of 8 is needed, found {self.channels}")
        for field in fields(self):
            if field.name.endswith(("_batch", "accumulate")) and getattr(self, field.name) < 1:
                raise CdmError(f"{field.name}: at least 1 is needed, found {getattr(self, field.name)}")

    def data(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


C = TypeVar("C")


def make(preset: str, **changes: Any) -> Config:
    """The configuration of a preset of the causal diffusion model; see :func:`chosen`."""
    return chosen(Config, PRESETS, preset, changes)


def chosen(kind: type[C], presets: Mapping[str, Mapping[str, Any]], preset: str, changes: Mapping[str, Any]) -> C:
    """The configuration of a preset of a kind, with changes; those that are None are none.

    Raises:
        CdmError: if there is no such preset or option, or a value is out of bounds.
    """
    if preset not in presets:
        raise CdmError(f"no preset {preset!r}; {suggestion(preset, presets)}")
    given = {name: value for name, value in changes.items() if value is not None}
    named = {"preset": preset} if "preset" in get_type_hints(kind) else {}
    return filled(kind, {**presets[preset], **named, **given})


def filled(kind: type[C], values: Mapping[str, Any]) -> C:
    """A configuration of a kind, a frozen dataclass, from plain data, each value tested.

    Raises:
        CdmError: if a key is unknown, or a value of another type or out of bounds.
    """
    hints = get_type_hints(kind)
    for name, value in values.items():
        if name not in hints:
            raise CdmError(f"no option {name!r}; {suggestion(name, hints)}")
        allowed = choices(kind, name)
        if allowed and value not in allowed:
            raise CdmError(f"{name}: {value!r}; {suggestion(str(value), allowed)}")
        if hints[name] in (int, float) and not _countable(value, hints[name]):
            number = "whole number" if hints[name] is int else "number"
            raise CdmError(f"{name}: a {number} from 0 on is needed, found {value!r}")
        if hints[name] in (bool, str) and not isinstance(value, hints[name]):
            needed = "true or false" if hints[name] is bool else "a text"
            raise CdmError(f"{name}: {needed} is needed, found {value!r}")
    return kind(**{name: hints[name](v) if hints[name] in (int, float) else v for name, v in values.items()})


def meanings(kind: type) -> dict[str, str]:
    """What each option of a kind means, by the section ``Attributes`` of its docstring; several may share an entry."""
    section = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    plain = re.sub(r"(?::\w+:)?`+([^`]*)`+", r"\1", re.sub(r"\s*\((?::\w+:)?`+[^`]*`+\)", "", section))
    entries = re.findall(r"^    (\w[\w, ]*): (.*(?:\n {5,}.*)*)", plain, re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in entries for name in names.split(", ")}


def choices(kind: type, name: str) -> tuple[str, ...]:
    """What an option of a kind may be, where that is one of a few words."""
    return get_args(get_type_hints(kind)[name])


def _countable(value: object, kind: type) -> bool:
    """Whether a value from outside is a number from 0 on, and a whole one where that is needed."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        return False
    return kind is float or float(value).is_integer()
