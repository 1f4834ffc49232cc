"""The causal diffusion model as a kind of model: a training that keeps a journal and goes on where it stood."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from cdm.config import Config
from cdm.data import files
from cdm.errors import Interrupted
from cdm.evaluation.verdicts import known
from cdm.models import checkpoint
from cdm.models.causal_diffusion import CausalDiffusionModel, load
from cdm.models.protocol import Entry, Job
from cdm.presets import PRESETS
from cdm.runs import estimate, journal, lock
from cdm.training import machine, readiness, train
from cdm.training import run as running
from cdm.training.phases import PHASES, plan
from cdm.training.run import Run

_NEEDED = {"encode": "refine"}  # the phase that a training must have come to for an answer, if not the last usual one


def fit(job: Job, config: Config) -> CausalDiffusionModel:
    """Train a model to the end, from wherever the directory of the job stands.

    Raises:
        CdmError: if the data do not hold what the supervision needs, the directory is in use or holds another run, or
            the training cannot go on.
        Interrupted: if Ctrl-C was pressed.
    """
    run = _begun(job, config)
    if job.out is None:
        run.log = job.log
        return train.fit(run)
    alone = machine.rank() == 0  # of several processes the first alone writes
    with lock.held(job.out) if alone else contextlib.nullcontext():
        if job.force:
            (job.out / checkpoint.FILE).unlink(missing_ok=True)
        elif running.resume(run) and run.phase == len(PHASES):
            return run.model
        files.sweep(job.out / checkpoint.FILE)
        try:
            with journal.kept(run, job.out, _truth(job, config), job.events) if alone else contextlib.nullcontext():
                return train.fit(run)
        except KeyboardInterrupt as error:
            kept = f"{job.out} keeps what was done, the same command goes on" if run.saved else "nothing was kept yet"
            raise Interrupted(f"interrupted {str(error) or f'in phase {PHASES[run.phase]}'}; {kept}") from None


def lacks(header: Mapping[str, Any], answer: str | None) -> str | None:
    """What a checkpoint is short of for an answer, or for the end of its training."""
    at = header.get("phase", len(PHASES))
    if answer is None:
        return None if at == len(PHASES) else f"its training has come to phase {PHASES[at]}"
    if answer == "graph":
        there = "graph" in header or header["config"].get("graph") == "given"
        return None if there else "the run has not come so far that a graph was found; train on"
    needed = _NEEDED.get(answer, "denoiser")
    short = f"its training has come to phase {PHASES[min(at, len(PHASES) - 1)]}; train on, this needs phase {needed}"
    return short if at < PHASES.index(needed) else None


def rehearse(job: Job, config: Config) -> str:
    """What a training would take, from a few steps of each phase; its directory is read, and stays as it is.

    Raises:
        CdmError: as :func:`fit` does before the first step.
    """
    run = _begun(job, config)
    if not job.force:
        running.resume(run)
    run.out = None
    return estimate.spell(estimate.estimate(run), run.device)


def _begun(job: Job, config: Config) -> Run:
    run = running.start(job.pairs, config, job.out, job.device, job.graph)
    for note in readiness.notes(job.pairs, config):
        job.note(note)
    run.header |= {"data": job.origin | {"graph": known(_shown(job, config))}} if job.origin else {}
    return run


def _shown(job: Job, config: Config) -> Mapping[str, Any] | None:
    """The part ``graph`` of the manifest, where codes have names by which it may be compared with them."""
    return None if config.supervision == "unknown" else job.manifest.get("graph")


def _truth(job: Job, config: Config) -> Tensor | None:
    return None if _shown(job, config) is None else job.graph


def steps(config: Config) -> list[int]:
    """Steps of each phase of a training."""
    return [phase.steps for phase in plan(config)]


ENTRY = Entry(Config, fit, load, PRESETS, resumes=True, lacks=lacks, rehearse=rehearse, steps=steps, clips=True)
