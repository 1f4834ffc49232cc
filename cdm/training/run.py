"""A training run under way: what is trained, where it stands, and how it is kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cdm import discovery
from cdm.config import VALUELESS, Config
from cdm.data.pairs import Pairs
from cdm.data.schema import misfit
from cdm.errors import CdmError
from cdm.models import causal_diffusion, checkpoint
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import feed, machine, readiness
from cdm.training.feed import Source
from cdm.training.phases import changeable, plan
from cdm.training.supervision import levels

_TRUSTED = "source.trusted"


@dataclass
class Run:
    """A training run under way.

    Attributes:
        model: what is trained.
        source: what its batches are drawn from.
        out: where checkpoint and log go; nowhere if None.
        phase, step: where it stands.
        average: the moving average of the weights that are in training.
        restored: the optimiser's moments from a checkpoint.
        header: what the checkpoint says of the training.
        saved: whether the directory holds a checkpoint of it.
        log: called with what is told every few steps.
        show: called a few times in the denoiser's phase, to draw samples (:mod:`cdm.runs.sketch`).
    """

    model: CausalDiffusionModel
    source: Source
    out: Path | None = None
    phase: int = 0
    step: int = 0
    average: dict[str, Tensor] = field(default_factory=dict)
    restored: dict[str, Tensor] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    saved: bool = False
    log: Callable[[dict[str, Any]], None] = lambda line: None
    show: Callable[[], None] = lambda: None

    @property
    def config(self) -> Config:
        """What the run was told."""
        return self.model.config

    @property
    def still(self) -> Tensor | None:
        """``(d, d)``, 1 where a movement of the column under a do on the row is an error of reading.

        None if that is not known (:mod:`cdm.training.effects.removal`).
        """
        return torch.tensor(self.header["still"]) if "still" in self.header else None

    @property
    def device(self) -> torch.device:
        """Where it trains."""
        return self.model.adjacency.device


def start(
    pairs: Pairs, config: Config, out: Path | None = None, device: str = "cpu", given: Tensor | None = None
) -> Run:
    """Begin a run: a new model, its weights drawn from the seed.

    Args:
        pairs: the training split.
        config: what the run is told.
        out: directory of checkpoint and log; nothing is written if None.
        device: where it trains.
        given: the true adjacency ``(d, d)``, if it is known; only ``graph: given`` takes it.

    Raises:
        CdmError: if the data are not fit for it (:mod:`cdm.training.readiness`), or a package that the graph needs is
            missing.
    """
    discovery.require(config.graph)
    readiness.check(pairs, config, given)
    pairs = levels.view(pairs, config.supervision, config.seed)
    if "image_cf" not in pairs.arrays and config.reference == "whole":
        config = replace(config, reference="holes")  # no other image shows what is behind a thing
    d = len(pairs.code.factors)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        taken = given if given is not None and config.graph == "given" else torch.zeros(d, d)
        model = CausalDiffusionModel(pairs.code, pairs.size, config, taken)
    source = feed.source(pairs, config, torch.device(device))
    readiness.check_source(source, config)
    if config.supervision in VALUELESS:
        levels.settle(model.compass, pairs, source.trained)
    return Run(model.to(device), source, out)


def resume(run: Run) -> bool:
    """Take up where the checkpoint of the run's directory stands; False if there is none.

    Raises:
        CdmError: if it is damaged, or of another configuration or data set.
    """
    if run.out is None or not (run.out / checkpoint.FILE).exists():
        return False
    header, tensors = checkpoint.read(run.out)
    wrong = misfit(header, checkpoint.RUN)
    if wrong:
        raise CdmError(f"{run.out / checkpoint.FILE}: holds no run: {wrong}")
    digest = run.header.get("data", {}).get("digest")
    data = {
        "factors": run.model.code.data(),
        "samples": len(run.source.pairs),
        "size": run.model.size,
        "digest": digest,
    }
    checkpoint.match(header, run.config, data, run.out, changeable(run.config, header["phase"], header["step"]))
    checkpoint.check_place(header, [phase.steps for phase in plan(run.config)], run.out / checkpoint.FILE)
    device = run.device
    model = checkpoint.build(header, tensors, run.config, causal_diffusion.load, averaged=False, where=run.out)
    run.model = model.to(device)
    run.phase, run.step = header["phase"], header["step"]
    run.header |= {
        name: header[name] for name in ("graph", "still", "doubtful", "encoder_error", "data") if name in header
    }
    run.average = {n[8:]: t.to(device) for n, t in tensors.items() if n.startswith("average.")}
    run.restored = {n: t.to(device) for n, t in tensors.items() if n.startswith("moment.")}
    if _TRUSTED in tensors:
        run.source = replace(run.source, trusted=_fitting(tensors[_TRUSTED], run))
    run.saved = True
    return True


def _fitting(trusted: Tensor, run: Run) -> Tensor:
    """Where codes can be trusted, as a checkpoint has it."""
    if trusted.shape != (len(run.source.pairs), len(run.model.code.factors)):
        raise CdmError(f"{run.out}: does not fit its own header: {_TRUSTED} is {tuple(trusted.shape)}")
    return trusted.float()


def save(run: Run, more: dict[str, Tensor]) -> None:
    """Write the checkpoint of a run, with tensors that only a resumed run needs."""
    if run.out is None or machine.rank():
        return
    header = {**run.header, "phase": run.phase, "step": run.step, "samples": len(run.source.pairs)}
    averaged = {f"average.{name}": weight for name, weight in run.average.items()}
    if len(run.source.trusted):
        averaged[_TRUSTED] = run.source.trusted.to(torch.uint8)
    checkpoint.save(run.out / checkpoint.FILE, run.model, header, {**averaged, **more})
    run.saved = True


def average(run: Run, parts: Iterable[str], step: int) -> None:
    """Move the average towards the weights of some parts of the model, the faster the younger it is."""
    decay = min(run.config.average, (1 + step) / (10 + step))
    with torch.no_grad():
        for part in parts:
            for name, weight in getattr(run.model, part).named_parameters(prefix=part):
                before = run.average.get(name)
                run.average[name] = weight.clone() if before is None else before.lerp_(weight, 1 - decay)


def moments(optimiser: torch.optim.Optimizer, parameters: Iterable[nn.Parameter]) -> dict[str, Tensor]:
    """What AdamW remembers of each parameter, by its number."""
    return {f"moment.{i}.{name}": value for i, p in enumerate(parameters) for name, value in optimiser.state[p].items()}


def restore(optimiser: torch.optim.Optimizer, parameters: Iterable[nn.Parameter], moments: dict[str, Tensor]) -> None:
    """Give an optimiser what :func:`moments` kept."""
    for i, parameter in enumerate(parameters):
        state = {name.split(".", 2)[2]: value for name, value in moments.items() if name.startswith(f"moment.{i}.")}
        if state:
            optimiser.state[parameter].update(state)
