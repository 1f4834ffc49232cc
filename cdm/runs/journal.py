"""What a run writes while it trains: ``log.jsonl``, TensorBoard events and pictures of what it draws.

A run that goes on continues one curve: what its log and its events told beyond the checkpoint is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from cdm.data import files
from cdm.errors import CdmError
from cdm.metrics.graphs import shd
from cdm.runs import pictures, progress, sketch
from cdm.scm.graph import present
from cdm.training import phases
from cdm.training.phases import PHASES
from cdm.training.run import Run

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LOG, EVENTS, SAMPLES = "log.jsonl", "tensorboard", "samples"


@contextmanager
def kept(run: Run, out: Path, truth: Tensor | None = None, events: bool | None = None) -> Iterator[None]:
    """Let a run tell of itself while it trains.

    Args:
        run: its ``log`` and ``show`` are set.
        out: directory of the run.
        truth: the true graph ``(d, d)``, to which the distance of those found is told; None if it is unknown.
        events: whether to write TensorBoard events; if None, where the package is there.

    Raises:
        CdmError: if events are asked for and the package is missing.
    """
    done = phases.before(run.config, run.phase, run.step)
    _forget(out / LOG, run)
    log = (out / LOG).open("a", encoding="utf-8")
    with log as file, _writer(out, done, events) as writer, progress.training(phases.work(run.config)) as bar:

        def tell(line: dict[str, Any]) -> None:
            line = _judged(line, run, truth)
            file.write(json.dumps(line) + "\n")
            file.flush()
            if writer is not None:
                _record(writer, line, run)
            bar(line)

        def show() -> None:
            picture = sketch.grid(run)
            pictures.write(out / SAMPLES / f"{run.step:06d}.png", picture)
            if writer is not None:
                writer.add_image("samples", np.asarray(picture), _step(run), dataformats="HWC")

        run.log, run.show = tell, show
        yield


def _judged(line: dict[str, Any], run: Run, truth: Tensor | None) -> dict[str, Any]:
    """A line of the log; that of a graph says after which phase it was found, and how far it is from the truth."""
    if "edges" not in line:
        return line
    line = {**line, "after": PHASES[run.phase]}
    if truth is None:
        return line
    mine, true = (present(graph, run.model.code.frames) for graph in (run.model.adjacency.cpu(), truth))
    return {**line, "SHD": shd(mine, true)}


def _forget(log: Path, run: Run) -> None:
    """Drop the lines of a log that tell of steps beyond the checkpoint."""
    if not log.exists():
        return
    lines = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
        if not _known(line, run):
            break
        lines.append(line)
    with files.replacing(log) as there:
        there.write_text("".join(lines), encoding="utf-8")


def _known(line: str, run: Run) -> bool:
    """Whether a line of the log tells of what the checkpoint holds."""
    try:
        fields = json.loads(line)
        if "edges" in fields:
            return PHASES.index(fields["after"]) < run.phase
        return bool((PHASES.index(fields["phase"]), fields["step"]) <= (run.phase, run.step))
    except (ValueError, KeyError, TypeError):  # half a line, written when the machine stopped
        return False


@contextmanager
def _writer(out: Path, done: int, wanted: bool | None) -> Iterator[SummaryWriter | None]:
    """What writes events, or None."""
    if wanted is False:
        yield None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        if wanted:
            raise CdmError("--tensorboard needs tensorboard: pip install 'scmgen[cdm]'") from None
        yield None
        return
    writer = SummaryWriter(out / EVENTS, purge_step=done + 1 if done else None)
    try:
        yield writer
    finally:
        writer.close()


def _record(writer: SummaryWriter, line: dict[str, Any], run: Run) -> None:
    """A line of the log as events; steps are counted through all phases."""
    if "edges" in line:
        writer.add_text("graph", progress.graph_line(line), _step(run))
    for name, value in line.items():
        if isinstance(value, float) or name == "SHD":
            writer.add_scalar(f"{line['phase']}/{name}", value, _step(run))


def _step(run: Run) -> int:
    return phases.before(run.config, run.phase, run.step)
