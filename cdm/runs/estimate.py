"""What a training would take, from a few steps of each phase; the run is of no use afterwards."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace

import torch

from cdm.training import coding, machine, objectives, train
from cdm.training.phases import Phase, plan
from cdm.training.run import Run

_STEPS, _ROWS = 5, 500
_COPIES = 6  # of each weight: itself, gradient, two moments, the moving average, and one while it is written


@dataclass(frozen=True)
class Estimate:
    """What a training would take.

    Attributes:
        parameters: of each part of the model.
        seconds: of each phase, and of ``codes``: reading all pairs after the encoder's phases. Without the search for
            the graph, which depends on what is found.
        memory: bytes of the device, at the peak.
    """

    parameters: dict[str, int]
    seconds: dict[str, float]
    memory: int


def estimate(run: Run) -> Estimate:
    """Time some steps of each phase, with a graph in which everything causes what comes later."""
    d = len(run.model.code.factors)
    run.model.set_graph(torch.ones(d, d).triu(1))
    codes, reading = _codes(run)
    run.source = replace(run.source, codes=codes)
    seconds = {phase.name: _time(run, phase) for phase in plan(run.config) if phase.steps} | {"codes": 3 * reading}
    children = run.model.named_children()
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in children}
    return Estimate(counts, seconds, _memory(run, sum(counts.values())))


def _codes(run: Run) -> tuple[dict[str, torch.Tensor], float]:
    """Codes of some pairs, over and over, and the seconds that those of all would take."""
    samples = len(run.source.pairs)
    rows = torch.arange(min(_ROWS, samples))
    batch = run.source.batch(rows)
    began = time.monotonic()
    some = coding.coded(run.model, batch)
    reading = (time.monotonic() - began) * samples / len(rows)
    return {name: codes[torch.arange(samples) % len(rows)] for name, codes in some.items()}, reading


def _time(run: Run, phase: Phase) -> float:
    """Seconds of a phase; its first step, which is slow, is not timed."""
    by, began = machine.accelerator(run.device, run.config.precision), 0.0
    parts, optimiser = objectives.of(phase.name, run.config), train.optimiser_of(run.model, replace(phase, rate=0.0))
    for step in range(_STEPS + 1):
        began = time.monotonic() if step == 1 else began
        for batch in machine.batches(run.config.accumulate):
            drawn = objectives.draw(parts, run.source, run.config, phase, step, batch)
            with by.autocast():
                terms = objectives.terms(parts, run.model, run.config, drawn)
            by.backward(torch.stack([value.float() for value in terms.values()]).sum())
        optimiser.step()
    if run.device.type == "cuda":
        torch.cuda.synchronize(run.device)
    return (time.monotonic() - began) / _STEPS * phase.steps


def _memory(run: Run, weights: int) -> int:
    """The peak so far, and what comes on top of it."""
    more = (_COPIES - 2) * 4 * weights
    if run.device.type == "cuda":
        return torch.cuda.max_memory_allocated(run.device) + more
    return _resident() + more + sum(array.nbytes for array in run.source.pairs.arrays.values())


def _resident() -> int:
    """The most memory that this process has held, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def spell(cost: Estimate, device: torch.device) -> str:
    """An estimate for people."""
    parts = ", ".join(f"{name} {count:,}" for name, count in cost.parameters.items())
    phases = ", ".join(f"{name} {seconds / 60:.1f}" for name, seconds in cost.seconds.items())
    minutes, gigabytes = sum(cost.seconds.values()) / 60, cost.memory / 1e9
    return (
        f"parameters: {parts}\n"
        f"about {minutes:.1f} minutes on {device} ({phases}), besides the search for the graph\n"
        f"about {gigabytes:.1f} GB of memory"
    )
