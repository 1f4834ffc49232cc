"""Training: encoder, graph, encoder again, graph again, mechanisms, denoiser; one visible loop for each phase.

Every random number of step k of a phase comes from a generator seeded by (seed, phase, k). So a run that
was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import torch
from torch import nn

from cdm import stages
from cdm.errors import CdmError
from cdm.model import CausalDiffusionModel
from cdm.run import Run, average, moments, restore, save
from cdm.stages import Terms

PHASES = ("encoder", "refine", "mechanisms", "denoiser")
_SAVE_EVERY, _LOG_EVERY = 500, 50


def fit(run: Run) -> CausalDiffusionModel:
    """Train to the end, from wherever the run stands.

    Raises:
        CdmError: if a loss is not finite; the last good checkpoint stays.
    """
    config, model = run.config, run.model
    first = int(0.6 * config.encoder_steps)
    plan: list[tuple[str, int, float, Callable[[Run, torch.Generator], Terms]]] = [
        ("encoder", first, config.encoder_rate, stages.encoder_terms),
        ("refine", config.encoder_steps - first, config.encoder_rate / 2, stages.refine_terms),
        ("mechanisms", config.mechanism_steps, config.mechanism_rate, stages.mechanism_terms),
        ("denoiser", config.denoiser_steps, config.denoiser_rate, stages.denoiser_terms),
    ]
    while run.phase < len(plan):
        name, steps, rate, terms = plan[run.phase]
        trained: dict[str, list[nn.Module]] = {
            "mechanisms": [model.mechanisms],
            "denoiser": [model.tokens, model.unet],
        }
        modules = trained.get(name, [model.encoder])
        _optimise(run, name, steps, rate, terms, [p for module in modules for p in module.parameters()])
        if name in ("encoder", "refine") and config.graph == "interventional":
            stages.find_graph(run)
        if name == "mechanisms":
            model.mechanisms.remember(stages.encoded(run)["before"])
        if name in ("encoder", "refine"):
            run.codes = {}
        run.phase, run.step, run.restored = run.phase + 1, 0, {}
        save(run, {})
    model.load_state_dict(run.average, strict=False)
    return model.eval()


def fit_encoder(run: Run) -> None:
    """Train the encoder alone: with labels it is a regressor of the factors."""
    steps, rate = run.config.encoder_steps, run.config.encoder_rate
    _optimise(run, "encoder", steps, rate, stages.encoder_terms, list(run.model.encoder.parameters()))


def _optimise(
    run: Run,
    name: str,
    steps: int,
    rate: float,
    terms: Callable[[Run, torch.Generator], Terms],
    parameters: list[nn.Parameter],
) -> None:
    """The training loop."""
    optimiser = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.99), weight_decay=1e-4, fused=True)
    restore(optimiser, parameters, run.restored)
    run.model.train()
    for step in range(run.step, steps):
        generator = torch.Generator().manual_seed(_seed(run.config.seed, name, step))
        for group in optimiser.param_groups:
            group["lr"] = rate * schedule(step, steps)
        found = terms(run, generator)
        total = torch.stack(list(found.values())).sum()
        if not bool(torch.isfinite(total)):
            kept = f"; the last good checkpoint is {run.out}" if run.out else ""
            raise CdmError(f"the loss of phase {name} is {float(total.detach())} at step {step}{kept}; lower its rate")
        optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if name == "denoiser":
            average(run, step)
        run.step = step + 1
        if step % _LOG_EVERY == 0 or run.step == steps:
            told = {term: float(value.detach()) for term, value in found.items()}
            run.log({"phase": name, "step": run.step, "steps": steps, **told})
        if run.step % _SAVE_EVERY == 0:
            save(run, moments(optimiser, parameters))


def schedule(step: int, steps: int) -> float:
    """The learning rate's factor: a short warm-up, flat, then linear to zero over the last half."""
    return min(1.0, (step + 1) / 50, 2 * (1 - step / max(1, steps)) + 1e-3)


def _seed(seed: int, phase: str, step: int) -> int:
    return int.from_bytes(hashlib.blake2b(json.dumps([seed, phase, step]).encode(), digest_size=8).digest()) >> 1
