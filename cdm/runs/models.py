"""Models and their directories: training one of any kind into its directory, and reading back what lies in one."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from cdm import methods
from cdm.data import files
from cdm.errors import CdmError, Interrupted
from cdm.evaluation.verdicts import known
from cdm.models import checkpoint, protocol
from cdm.models.protocol import MODELS as MODELS
from cdm.models.protocol import USUAL, Entry, Job, Model
from cdm.runs import causal_diffusion, lock, progress
from cdm.training import readiness

for _module in pkgutil.iter_modules(methods.__path__, f"{methods.__name__}."):
    importlib.import_module(_module.name)  # each registers itself
MODELS[USUAL] = causal_diffusion.ENTRY


def load(path: str | Path) -> Model:
    """A trained model of whatever kind: the directory of a run, or its checkpoint.

    Raises:
        CdmError: if there is none, or it is damaged, foreign, of another format, or of a kind that is not known.
    """
    return _read(Path(path))[1]


def answering(path: Path, answer: str) -> tuple[dict[str, Any], Model]:
    """The header of a checkpoint and its model, whose training has come so far that it answers a question.

    Raises:
        CdmError: if it cannot answer or has not come so far, or there is no such model (:func:`load`).
    """
    header, model = _read(path)
    protocol.require(model, answer, where=path)
    lacking = protocol.named(model.name).lacks(header, answer)
    if lacking:
        raise CdmError(f"{path}: {lacking}")
    return header, model


def finished(path: Path) -> tuple[dict[str, Any], Model]:
    """The header of a checkpoint and its model, whose training has come to its end.

    Raises:
        CdmError: if it has not, or there is no such model (:func:`load`).
    """
    header, model = _read(path)
    lacking = protocol.named(model.name).lacks(header, None)
    if lacking:
        raise CdmError(f"{path}: {lacking}; only a finished one is scored, train on")
    return header, model


def train(name: str, job: Job, options: Any) -> Model | None:
    """Train a model of a kind into the directory of a job; None if it holds this training's end already.

    Raises:
        CdmError: if the directory is in use, or holds a run of another kind, configuration or data set.
        Interrupted: if Ctrl-C was pressed.
    """
    entry, there = protocol.named(name), _standing(name, job)
    _look(name, job)
    if not entry.resumes:
        return _at_once(entry, name, job, options, there)
    model = entry.fit(job, options)
    return None if there and entry.lacks(there, None) is None else model


def rehearse(name: str, job: Job, options: Any) -> str:
    """What a training would take, as far as its kind says; it looks at all that a training looks at before it starts.

    Raises:
        CdmError: as :func:`train` does before the first step.
    """
    entry, there = protocol.named(name), _standing(name, job)
    _look(name, job)
    if there and job.out and not entry.resumes:
        _match(job, job.out, options, there)
    return entry.rehearse(job, options) if entry.rehearse else ""


def _look(name: str, job: Job) -> None:
    """Tell of values outside their ranges, which no kind of model can read or draw well; refuse clips to most kinds."""
    if job.pairs.code.frames > 1 and not protocol.named(name).clips:
        able = ", ".join(sorted(kind for kind, entry in MODELS.items() if entry.clips))
        raise CdmError(f"model {name!r} takes still images; clips (--lags 1) are for {able}")
    for note in readiness.outside(job.pairs):
        job.note(note)


def _match(job: Job, out: Path, options: Any, there: dict[str, Any]) -> None:
    """Raise unless a checkpoint is this training's."""
    of_data = {"factors": job.pairs.code.data(), "samples": len(job.pairs), "size": job.pairs.size}
    checkpoint.match(there, options, {**of_data, "digest": job.origin.get("digest")}, out)


def _read(path: Path) -> tuple[dict[str, Any], Model]:
    header, tensors = checkpoint.read(path)
    try:
        entry = protocol.named(checkpoint.kind_of(header))
    except CdmError as error:
        raise CdmError(f"{path}: {error}") from None
    options = checkpoint.config_of(header, entry.config, path)
    if entry.steps:
        checkpoint.check_place(header, entry.steps(options), path)
    return header, checkpoint.build(header, tensors, options, entry.load, where=path)


def _standing(name: str, job: Job) -> dict[str, Any] | None:
    """The header of the checkpoint that a training would go on from, if there is one."""
    if job.force or job.out is None or not (job.out / checkpoint.FILE).exists():
        return None
    header, _ = checkpoint.read(job.out)
    kind = checkpoint.kind_of(header)
    if kind != name:
        raise CdmError(f"{job.out}: holds a model {kind!r}; choose another --out, or begin anew with --force")
    return header


def _at_once(entry: Entry[Any], name: str, job: Job, options: Any, there: dict[str, Any] | None) -> Model | None:
    """Train a model of a kind that keeps nothing until it is trained."""
    if job.out is None:
        return entry.fit(job, options)
    if there:
        _match(job, job.out, options, there)
        return None
    with lock.held(job.out):
        files.sweep(job.out / checkpoint.FILE)
        try:
            with progress.training() as log:
                model = entry.fit(replace(job, log=log), options)
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; a model {name!r} is kept when it is trained, not before") from None
        data = {"data": job.origin | {"graph": known(job.manifest.get("graph"))}} if job.origin else {}
        checkpoint.save(job.out / checkpoint.FILE, model, data | {"samples": len(job.pairs)})
    return model
