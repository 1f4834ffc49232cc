"""What each phase minimises: pairs of what a step is computed from (the feed) and its terms.

Terms are functions of a model, a configuration, a batch and its noise. They draw nothing and keep nothing, so that the
whole of a step can be compiled, or shared by processes, as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from cdm.config import VALUELESS, Config
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import coding, drawing, feed, valueless
from cdm.training.feed import Batch, Draw, Drawn, Noise, Source
from cdm.training.losses import Terms
from cdm.training.phases import Phase


@dataclass(frozen=True)
class Objective:
    """Something that a phase minimises.

    Attributes:
        draw: what a step is computed from.
        terms: the losses, by name; their sum is minimised.
    """

    draw: Draw
    terms: Callable[[CausalDiffusionModel, Config, Batch, Noise], Terms]


def of(phase: str, config: Config) -> tuple[Objective, ...]:
    """What a phase minimises, the sum of all."""
    refine = Objective(feed.coding, coding.refine_terms)
    encoder = Objective(feed.coding, coding.encoder_terms)
    if config.supervision in VALUELESS:
        refine = Objective(feed.valueless, valueless.refine_terms)
        encoder = Objective(feed.valueless, valueless.encoder_terms)
    return {
        "encoder": (encoder,),
        "refine": (refine,),
        "mechanisms": (Objective(feed.coded, coding.mechanism_terms),),
        "draft": (Objective(feed.drafted, drawing.draft_terms),),
        "denoiser": (Objective(feed.denoised, drawing.denoiser_terms),),
        "joint": (  # everything at once; the graph stays
            refine,
            Objective(feed.seen, coding.joint_mechanism_terms),
            Objective(feed.drafted, partial(drawing.draft_terms, frozen=False)),
            Objective(feed.denoised, partial(drawing.denoiser_terms, frozen=False)),
        ),
    }[phase]


def draw(
    objectives: Sequence[Objective], source: Source, config: Config, phase: Phase, step: int, batch: int = 0
) -> list[Drawn]:
    """What one batch of a step of a phase is computed from, for each objective."""
    generator = feed.generator_of(config.seed, phase.name, step, batch)
    share = step / max(1, phase.steps)
    return [objective.draw(source, config, generator, share) for objective in objectives]


def terms(
    objectives: Sequence[Objective], model: CausalDiffusionModel, config: Config, drawn: Sequence[Drawn]
) -> Terms:
    """All terms of a step."""
    return {
        name: value
        for objective, (batch, noise) in zip(objectives, drawn, strict=True)
        for name, value in objective.terms(model, config, batch, noise).items()
    }
