"""Training: encoder, graph, encoder again, graph again, mechanisms, draft, denoiser; one visible loop for all.

Everything random of a step is drawn from its number (:mod:`cdm.training.feed`). So a run that was interrupted goes on
as if it had not been.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from functools import partial

import torch
from torch import Tensor, nn

from cdm.errors import CdmError, out_of_memory
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.optimiser import Optimiser, pace
from cdm.training import feed, interruption, machine, objectives, stages
from cdm.training.feed import Drawn
from cdm.training.objectives import Objective
from cdm.training.phases import AVERAGED, PHASES, TRAINED, Phase, momentum, plan
from cdm.training.run import Run, average, moments, restore, save

_SAVE_EVERY, _LOG_EVERY = 500, 50
_SHOWN = 8  # times that a denoiser's phase shows what it draws


def fit(run: Run) -> CausalDiffusionModel:
    """Train to the end, from wherever the run stands.

    Raises:
        CdmError: if a loss is not finite or memory runs out; the last good checkpoint stays.
        KeyboardInterrupt: when Ctrl-C was pressed; the checkpoint then holds the last step that was whole.
    """
    config, model = run.config, run.model
    if config.compile:
        machine.compile_(getattr(model, part) for part in ("encoder", "draft", "denoiser") if hasattr(model, part))
    while run.phase < len(PHASES):
        phase = plan(config)[run.phase]
        with _roomy(run, phase):
            _optimise(run, phase)
            _conclude(run, phase)
        run.phase, run.step, run.restored = run.phase + 1, 0, {}
        save(run, {})
    return model.eval()


def _conclude(run: Run, phase: Phase) -> None:
    """What is done once, at the end of a phase."""
    model = run.model
    if phase.name == "encoder":
        stages.part_effects(run)
    if phase.name in ("encoder", "refine") and run.config.graph != "given":
        stages.find_graph(run)
    if phase.name in ("encoder", "refine", "joint"):
        stages.forget(run)
    if phase.name == "mechanisms":
        model.inherit()
        model.style.settle(run.source.batch(torch.arange(min(1000, run.source.trained)))["image"])
    if phase.name in AVERAGED:
        model.load_state_dict(run.average, strict=False)
        run.average = {}
    if phase.name in ("mechanisms", "joint") and phase.steps:
        model.mechanisms.remember(stages.encoded(run)["before"])
    if phase.name in ("draft", "joint") and phase.steps:
        model.style.remember(stages.styles(run))


def _optimise(run: Run, phase: Phase) -> None:
    """The training loop."""
    name, steps = phase.name, phase.steps
    parameters = [p for module in _trained(run.model, name) for p in module.parameters()]
    by = machine.accelerator(run.device, run.config.precision)
    optimiser = by.prepare(optimiser_of(run.model, phase))
    restore(optimiser, parameters, run.restored)
    machine.rescale(by, run.restored)
    machine.align(by, run.model)
    parts = objectives.of(name, run.config)
    kept = _kept(run, phase, lambda: moments(optimiser, parameters) | machine.scaling(by))
    with kept as keep, closing(_fed(run, phase, parts)) as fed:
        run.model.train()
        if run.step:
            _show(run, phase)  # whoever interrupted it may not have seen what was due
        for step, drawn in fed:
            pace(optimiser, phase.rate * schedule(step, steps))
            optimiser.zero_grad(set_to_none=True)
            for batch in drawn:
                with nullcontext() if name == "mechanisms" else by.autocast():
                    terms = objectives.terms(parts, run.model, run.config, batch)
                total = torch.stack([value.float() for value in terms.values()]).sum()
                _finite(run, phase, "loss", total, batch)
                by.backward(total / len(drawn))
            machine.average_gradients(by, parameters)
            norm = by.clip_grad_norm_(parameters, 1.0)
            if by.scaler is None:  # fp16 scales the loss until gradients overflow, and skips such a step
                _finite(run, phase, "gradient", norm, [part for batch in drawn for part in batch])
            with interruption.whole():
                optimiser.step()
                if name in AVERAGED:
                    average(run, TRAINED[name], step)
                run.step = step + 1
                if step % _LOG_EVERY == 0 or run.step == steps:
                    losses = {term: float(value.detach()) for term, value in terms.items()}
                    run.log({"phase": name, "step": run.step, "steps": steps, **losses})
            _show(run, phase)
            if run.step % _SAVE_EVERY == 0 or run.step == steps:
                keep()


@contextmanager
def _kept(run: Run, phase: Phase, remembered: Callable[[], dict[str, Tensor]]) -> Iterator[Callable[[], None]]:
    """Keep the last step that is whole when Ctrl-C cuts the next; gives the function that keeps it."""

    def keep() -> None:
        save(run, remembered())

    try:
        yield keep
    except KeyboardInterrupt:
        with interruption.whole():
            keep()
        raise KeyboardInterrupt(f"in phase {phase.name} at step {run.step} of {phase.steps}") from None


def _show(run: Run, phase: Phase) -> None:
    """Draw samples a few times in the phases that learn to draw."""
    if phase.name in ("denoiser", "joint") and run.step % max(1, phase.steps // _SHOWN) == 0:
        run.show()


def optimiser_of(model: CausalDiffusionModel, phase: Phase) -> Optimiser:
    """What takes the steps of a phase."""
    return Optimiser(_trained(model, phase.name), phase.rate, momentum(model.config, phase.name))


def _trained(model: CausalDiffusionModel, phase: str) -> list[nn.Module]:
    """The parts that a phase trains."""
    return [getattr(model, part) for part in TRAINED[phase] if hasattr(model, part)]


def _fed(run: Run, phase: Phase, parts: Sequence[Objective]) -> Generator[tuple[int, list[list[Drawn]]], None, None]:
    """The steps of a phase that are left, each with what its batches are computed from."""
    if phase.name == "mechanisms":
        stages.encoded(run)
    one, batches = (
        partial(objectives.draw, parts, run.source, run.config, phase),
        machine.batches(run.config.accumulate),
    )

    def draw(step: int) -> list[list[Drawn]]:
        return [one(step, batch) for batch in batches]

    return feed.ahead(draw, range(run.step, phase.steps), machine.draws_ahead(run.device))


def schedule(step: int, steps: int) -> float:
    """The learning rate's factor: a short warm-up, flat, then linear to zero over the last half."""
    return min(1.0, (step + 1) / 50, 2 * (1 - step / max(1, steps)) + 1e-3)


def _finite(run: Run, phase: Phase, what: str, value: torch.Tensor, drawn: Sequence[Drawn]) -> None:
    """Stop before a step that would spoil the weights, and say what may be at fault."""
    if not bool(torch.isfinite(value)):
        raise CdmError(
            f"the {what} of phase {phase.name} is {float(value.detach())} at step {run.step}{_last(run)}; "
            f"{_cause(run, phase, drawn)}"
        )


def _cause(run: Run, phase: Phase, drawn: Sequence[Drawn]) -> str:
    """The rate is to blame only where steps were taken, and on numbers."""
    spoiled = {name: part for batch, _ in drawn for name, part in batch.items() if not part.isfinite().all()}
    if spoiled and phase.name != "mechanisms":  # whose data are codes that were read
        return f"the data are at fault, not the rate: not all of {', '.join(spoiled)} is finite in this batch"
    if not run.step:
        return "no step of this phase was taken, so its rate is not at fault: the data are, or another option"
    return f"{_way_on(run)} with a lower rate: --set {phase.knob}_rate={phase.rate / 4:g}"


@contextmanager
def _roomy(run: Run, phase: Phase) -> Iterator[None]:
    """Say what to lower when memory runs out."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        machine.blame_compiler(error)
        if not out_of_memory(error):
            raise
        knob = f"{phase.knob}_batch"
        now = getattr(run.config, knob)
        raise CdmError(
            f"out of memory in phase {phase.name} at step {run.step} with {knob}={now} on {run.device}{_last(run)}; "
            f"{_way_on(run)} with smaller batches: --set {knob}={max(1, now // 2)}"
        ) from None


def _last(run: Run) -> str:
    return f"; the last good checkpoint is {run.out}" if run.out and run.saved else ""


def _way_on(run: Run) -> str:
    """Options of a phase that has not begun may change; of one that has, they may not."""
    return "begin anew (--force)" if run.step or run.phase == 1 else "go on"
