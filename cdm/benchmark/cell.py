"""One cell, in a process of its own: train, answer, score; what came of it is a record, whatever it is."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import time
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from cdm.benchmark import budget, plan
from cdm.benchmark.plan import Cell, Plan
from cdm.data import files
from cdm.errors import CdmError

_VERSIONS = ("scmgen", "torch", "numpy")


class _Cannot(CdmError):
    """A method has no answer to what is asked."""


def record(place: Path, key: str) -> Path:
    """Where the record of a cell stands."""
    return place / "cells" / f"{key}.json"


def budgeted(place: Path, cell: Cell) -> Path:
    """Where the budget of a method on some data stands; all its seeds have it in common."""
    return place / "budgets" / f"{cell.method.name}--{cell.measured.name}.json"


def trained(place: Path, cell: Cell) -> Path:
    """Where the model of a cell stands, with what its training took; protocols of the same data share it."""
    return place / "models" / f"{cell.method.name}--{cell.base.name}--{cell.seed}"


def told(cell: Cell) -> dict[str, Any]:
    """What every record begins with."""
    return {"method": cell.method.name, "protocol": cell.asked.name, "hash": cell.asked.hash, "seed": cell.seed}


def main() -> None:
    """What a process of the runner does: ``WHAT PLAN PLACE KEY CACHE``."""
    what, path, place, key, cache = sys.argv[1:]
    whole = plan.read(Path(path))
    cell = next(cell for cell in whole.cells if cell.key == key)
    work = {"data": _data, "budget": _budget, "cell": _cell}[what]
    try:
        work(whole, cell, Path(place), Path(cache) if cache else None)
    except CdmError as error:
        sys.exit(f"{error}")


def _data(whole: Plan, cell: Cell, place: Path, cache: Path | None) -> None:
    """Decode the samples and train their reader, so that cells that begin together need not do it each."""
    from cdm.data import shards

    source = shards.read(whole.data[cell.asked.name])
    cell.asked.check(source.manifest, source.where)
    _regressor(source, cache)


def _regressor(source: Any, cache: Path | None) -> Any:
    """The reader of the first split of some data."""
    from cdm.data.pairs import place_of
    from cdm.evaluation import reader
    from cdm.runs import progress

    first = next(iter(source.manifest["splits"]))
    pairs = progress.opened(source, first, cache)
    return reader.kept(place_of(source, first, cache), pairs, source.manifest, reader.STEPS)


def _budget(whole: Plan, cell: Cell, place: Path, cache: Path | None) -> None:
    from cdm.models import protocol

    job, options = _job(whole, cell, cache)
    entry = protocol.named(cell.method.model)
    found = budget.share(lambda some: entry.fit(job, some), options, whole.seconds(cell.asked))
    write(budgeted(place, cell), {**found, "seconds": whole.seconds(cell.asked)})


def _cell(whole: Plan, cell: Cell, place: Path, cache: Path | None) -> None:
    began, cpu = time.monotonic(), time.process_time()
    try:
        found = {"status": "done", **_scored(whole, cell, place, cache)}
    except CdmError as error:
        found = {"status": "cannot" if isinstance(error, _Cannot) else "failed", "error": str(error)}
    spent = {"wall seconds": round(time.monotonic() - began, 1), "all CPU-seconds": round(time.process_time() - cpu, 1)}
    write(record(place, cell.key), {**told(cell), **found, **spent, **_machine(whole)})


def _scored(whole: Plan, cell: Cell, place: Path, cache: Path | None) -> dict[str, Any]:
    from cdm.data import shards
    from cdm.evaluation import answered, scoring
    from cdm.runs import progress

    source = shards.read(whole.data[cell.asked.name])
    cell.asked.check(source.manifest, source.where)
    pairs = progress.opened(source, cell.asked.split, cache)
    answers, spent = _answers(whole, cell, place, cache, pairs)
    home = place / "answers" / cell.key
    shutil.rmtree(home, ignore_errors=True)  # of one that was killed before its record was written
    answered.write(home, cell.asked, answers, pairs.code.names)
    regressor = _regressor(source, cache)
    scores = scoring.score(answers, pairs, cell.asked, regressor, source.manifest["graph"])
    return {**spent, "scores": scores}


def _answers(whole: Plan, cell: Cell, place: Path, cache: Path | None, pairs: Any) -> tuple[Any, dict[str, Any]]:
    """What a method answers, and what its training took."""
    from cdm.evaluation import evaluate, scoring
    from cdm.evaluation.answered import Answers

    if cell.method.floor:
        member = {"identity": "image", "oracle": "image_cf"}[cell.method.floor]
        images = pairs.arrays[member][: cell.asked.rows]
        return Answers(cell.method.name, images), {"CPU-seconds": 0.0}
    model, spent = _model(whole, cell, place, cache)
    try:
        scoring.require(model)
    except CdmError as error:
        raise _Cannot(str(error)) from None
    evaluate.check(model, pairs)
    told = {"seed": cell.seed, "share of the steps": spent["share of the steps"]}
    return scoring.answer(model, pairs, cell.asked, told), spent


def _model(whole: Plan, cell: Cell, place: Path, cache: Path | None) -> tuple[Any, dict[str, Any]]:
    """The model of a cell and what its training took: as it was trained for another protocol, or trained now."""
    from cdm.models import checkpoint, protocol
    from cdm.runs import models

    folder = trained(place, cell)
    told = folder / "spent.json"
    if told.exists():
        return models.load(folder), json.loads(told.read_bytes())
    job, options = _job(whole, cell, cache)
    part = json.loads(budgeted(place, cell).read_bytes())["share"]
    options, began = budget.scaled(options, part), time.process_time()
    model = protocol.named(cell.method.model).fit(job, options)
    spent = round(time.process_time() - began, 1)
    allowed = whole.seconds(cell.asked)
    taken = {
        "CPU-seconds": spent,
        "budget": allowed,
        "spent of it": round(spent / max(allowed, 1), 2),
        "share of the steps": part,
        "parameters": sum(tensor.numel() for tensor in model.parameters()),
        "options": asdict(options),
    }
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.save(folder / checkpoint.FILE, model, {"samples": len(job.pairs)})
    write(told, taken)
    return model, taken


def _job(whole: Plan, cell: Cell, cache: Path | None) -> tuple[Any, Any]:
    """What is trained on, and the options of a preset."""
    import torch

    from cdm import config
    from cdm.data import shards
    from cdm.models import protocol
    from cdm.runs import models, progress  # noqa: F401  (which knows every kind)

    torch.set_num_threads(whole.threads)
    source = shards.read(whole.data[cell.asked.name])
    cell.asked.check(source.manifest, source.where)
    known = progress.opened(source, next(iter(source.manifest["splits"])), cache)
    entry = protocol.named(cell.method.model)
    options = config.chosen(
        entry.config, entry.presets, cell.method.preset, {**cell.method.settings, "seed": cell.seed}
    )
    return protocol.Job(known, source.manifest), options


def write(path: Path, plain: dict[str, Any]) -> None:
    """Write JSON, whole or not at all."""
    with files.replacing(path) as there:
        there.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def _machine(whole: Plan) -> dict[str, Any]:
    """The load, the most memory that this process has taken, and what it ran with."""
    import resource

    return {
        "load": round(os.getloadavg()[0], 2),
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "threads": whole.threads,
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in _VERSIONS},
    }
