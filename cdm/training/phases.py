"""The phases of a training, in order: how long each is, how fast it learns, and what makes its batches large."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cdm.config import VALUELESS, Config
from cdm.optimiser import MOMENTUM

PHASES = ("encoder", "refine", "mechanisms", "draft", "denoiser", "joint")
TRAINED = {  # the parts of the model that a phase trains, as far as it has them
    "encoder": ("encoder", "painter"),
    "refine": ("encoder", "painter"),
    "mechanisms": ("mechanisms",),
    "draft": ("tokens", "style", "draft"),
    "denoiser": ("denoiser",),
    "joint": ("encoder", "mechanisms", "style", "draft", "tokens", "denoiser"),
}
_MOMENTA = {  # of kernels, in the phases in which they move orthogonally (:mod:`cdm.optimiser`)
    "encoder": 0.9,
    "refine": 0.9,
    "draft": MOMENTUM,
    "denoiser": MOMENTUM,
}
AVERAGED = ("draft", "denoiser", "joint")  # phases that end with a moving average of the weights


@dataclass(frozen=True)
class Phase:
    """One part of a training.

    Attributes:
        name: one of :data:`PHASES`.
        steps: how many there are.
        rate: the highest learning rate.
        knob: which option of :class:`cdm.config.Config` this rate and the batch begin with.
    """

    name: str
    steps: int
    rate: float
    knob: str


def plan(config: Config) -> tuple[Phase, ...]:
    """The phases that a configuration asks for."""
    first = int(0.6 * config.encoder_steps)
    if config.training == "joint":
        steps = config.draft_steps + config.denoiser_steps + config.joint_steps
        alone = replace(config, training="phased", mechanism_steps=0, draft_steps=0, denoiser_steps=0)
        return plan(replace(alone, joint_steps=steps, joint_rate=config.denoiser_rate))
    return (
        Phase("encoder", first, config.encoder_rate, "encoder"),
        Phase("refine", config.encoder_steps - first, config.encoder_rate / 2, "encoder"),
        Phase("mechanisms", config.mechanism_steps, config.mechanism_rate, "mechanism"),
        Phase("draft", config.draft_steps, config.draft_rate, "draft"),
        Phase("denoiser", config.denoiser_steps, config.denoiser_rate, "denoiser"),
        Phase("joint", config.joint_steps, config.joint_rate, "joint"),
    )


_COSTS = {"mechanism": 0.005, "encoder": 0.4, "draft": 0.85}  # of an item in a batch; 1 in the phases of the denoiser


def work(config: Config) -> dict[str, float]:
    """About how much there is to compute in each phase that has steps, in any unit."""
    parts = [phase for phase in plan(config) if phase.steps]
    items = {phase.name: phase.steps * getattr(config, f"{phase.knob}_batch") for phase in parts}
    return {phase.name: items[phase.name] * _COSTS.get(phase.knob, 1.0) for phase in parts}


_DRAWN = ("control", "focus", "drop", "average")
_SEEN = ("reference", "gate", "keep", "sharp", "once", "alone", "null")
_OWN = {  # options that a phase reads and not all do, besides those that begin with its knob
    "encoder": ("light", "sparse", "sparse_width"),
    "refine": ("steady",),
    "mechanisms": ("invariance",),
    "draft": ("causal", *_DRAWN),
    "denoiser": ("late", *_SEEN, *_DRAWN),
    "joint": ("causal", "late", "steady", "invariance", *_SEEN, *_DRAWN),
}


def changeable(config: Config, phase: int, step: int) -> set[str]:
    """The options that a run may still be told otherwise: those of phases that have not begun."""
    parts = plan(config)
    begun, ahead = parts[: phase + (step > 0)], parts[phase + (step > 0) :]
    knobs = {part.knob for part in ahead} - {part.knob for part in begun}
    own = {option for part in ahead for option in _OWN[part.name]}
    own -= {option for part in begun for option in _OWN[part.name]}
    return own | {name for name in config.data() if name.rpartition("_")[0] in knobs}


def momentum(config: Config, phase: str) -> float | None:
    """That of a phase's kernels if they move orthogonally; None if all moves by AdamW.

    Where no value is told an encoder does: with that its rates and weights were chosen.
    """
    valueless = config.supervision in VALUELESS and "encoder" in TRAINED[phase]
    return None if valueless else _MOMENTA.get(phase)


def before(config: Config, phase: int, step: int) -> int:
    """Steps of all phases that were done when ``step`` of phase number ``phase`` were."""
    return sum(part.steps for part in plan(config)[:phase]) + step
