"""What a model is to the commands: what it answers, how it is trained, and how it is read back from its file.

A kind of model is a class that implements the questions it answers, a frozen dataclass with its options, and a function
that trains it. :data:`MODELS` holds them by name:

    class Regression(Model):
        name, answers = "regression", frozenset({"encode"})
        ...

    MODELS[Regression.name] = Entry(Options, fit, load)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor, nn

from cdm.data.images import given
from cdm.data.pairs import Pairs
from cdm.errors import CdmError, suggestion
from cdm.models import interventions
from cdm.models.interventions import Do, DoTable, Intervened
from cdm.models.shown import Shown
from cdm.scm.codes import Code

ANSWERS = {
    "encode": "encode",
    "latents": "give latents",
    "counterfactual": "answer counterfactuals",
    "sample": "sample",
    "graph": "show a graph",
    "factors": "say what factors become under a do",
    "given": "take factors as known",
    "guidance": "be guided",
    "masking": "keep what is outside a region",
    "route": "choose how an image is answered about",
    "answers": "give several answers",
    "rows": "show what its answers are made of",
}
"""What a model may answer, and how it is said of one that cannot."""


class Model(Shown, nn.Module):
    """A model of images and their factors; it answers some questions and refuses the others.

    A subclass names in ``answers`` what it answers and implements these methods; the others are refused. Images are
    ``(n, 3, size, size)`` from -1 to 1, codes ``(n, width)`` (:mod:`cdm.scm.codes`).

    Attributes:
        name: of its kind, under which :data:`MODELS` has it.
        answers: keys of :data:`ANSWERS`.
        code: the factors that it knows.
        size: pixels a side.
        config: its options, a frozen dataclass of plain values.
    """

    name: ClassVar[str]
    answers: ClassVar[frozenset[str]]
    code: Code
    size: int
    config: Any

    @property
    def graph(self) -> Tensor | None:
        """Its adjacency ``(d, d)``, 1 from cause to effect; None if it has no graph (``graph``)."""
        return None

    @property
    def untold(self) -> frozenset[str]:
        """What nobody told it of its codes, for an evaluation to match: ``sign``, ``order`` of the factors."""
        return frozenset()

    @property
    def note(self) -> str:
        """What whoever reads its answers must know; empty if there is nothing."""
        return ""

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        held = itertools.chain(self.parameters(), self.buffers())
        return next((tensor.device for tensor in held), torch.device("cpu"))

    def codes(self, images: Tensor) -> Tensor:
        """The factors that it reads in images, as codes (``encode``)."""
        raise cannot(self, "encode")

    def encode(self, images: Any) -> Tensor:
        """The values ``(n, d)`` of the factors in images, or in bytes of a data set, in their units (``encode``)."""
        return self.code.decode(self.codes(given(images, self.device)))

    def latents(self, images: Tensor) -> Tensor:
        """Numbers ``(n, m)`` that it reads in images, of which nobody says which factor is which (``latents``)."""
        raise cannot(self, "latents")

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Any:
        """What must have been, for these images to be: the first step of a counterfactual (Pearl 2009, 7.1).

        Only the model itself looks into it (``counterfactual``).

        Args:
            images: the factual ones.
            factors: their codes, if they are known (``given``); such a model that cannot ``encode`` needs them.
        """
        raise cannot(self, "counterfactual")

    def predict(self, abduction: Any, do: DoTable) -> Tensor:
        """The images as they would have been, row by row, all noise being the same (``counterfactual``).

        One that answers ``guidance``, ``masking`` or ``route`` takes options of these names besides; one that gives
        several ``answers`` a ``seed`` for each.
        """
        raise cannot(self, "counterfactual")

    def rows(self, abduction: Any, do: DoTable) -> dict[str, Tensor]:
        """Images by name that are shown beside the answer, such as what a draft alone would be (``rows``)."""
        raise cannot(self, "rows")

    def act(self, abduction: Any, do: DoTable) -> Tensor:
        """The codes as they would have been (``factors`` and ``counterfactual``)."""
        raise cannot(self, "factors")

    def sample(self, do: Mapping[str, float], n: int, seed: int = 0) -> Tensor:
        """Images drawn under a do; one seed is one noise, whatever the do (``sample``)."""
        raise cannot(self, "sample")

    def sample_codes(self, do: Mapping[str, float], n: int, seed: int = 0) -> Tensor:
        """Codes of factors drawn under a do, those of the images that one seed gives (``factors`` and ``sample``)."""
        raise cannot(self, "factors")

    def counterfactual(self, images: Any, do: Do, *, allow_ood: bool = False) -> Tensor:
        """What images, or bytes of a data set, would have been under one do of :meth:`do` (``counterfactual``)."""
        table = self.table(self.do(do, allow_ood=allow_ood).values, len(images))
        return self.predict(self.abduct(given(images, self.device)), table)

    def do(self, values: Do, *, allow_ood: bool = False) -> Intervened:
        """The model under a do: values by factor, a level by its name or number.

        Raises:
            CdmError: if there is no such factor or level, or a value is out of its range and ``allow_ood`` is not set.
        """
        return Intervened(self, interventions.checked(self.code, values, allow_ood))

    def table(self, do: Do, count: int) -> DoTable:
        """One do for many rows, where the model computes."""
        return interventions.table(self.code, do, count, self.device)


def cannot(model: Model, answer: str, where: Path | str | None = None) -> CdmError:
    """The error of a question that a model does not answer."""
    place, able = f"{where}: " if where else "", [word for word in ANSWERS if word in model.answers]
    listed = f"it answers {', '.join(able)}" if able else "it answers nothing"
    return CdmError(f"{place}model {model.name!r} cannot {ANSWERS[answer]}; {listed}")


def require(model: Model, *answers: str, where: Path | str | None = None) -> None:
    """Raise unless a model answers all of this.

    Raises:
        CdmError: if it does not.
    """
    for answer in answers:
        if answer not in model.answers:
            raise cannot(model, answer, where)


def options(
    model: Model,
    guidance: float = 1.0,
    masking: str = "none",
    route: str | None = None,
    where: Path | str | None = None,
) -> dict[str, Any]:
    """What :meth:`Model.predict` is told besides the do, where it is anything special.

    Raises:
        CdmError: if the model does not take it.
    """
    given: Any = (("guidance", guidance, 1.0), ("masking", masking, "none"), ("route", route, None))
    asked = {name: value for name, value, usual in given if value != usual}
    require(model, *asked, where=where)
    return asked


def abducted(model: Model, batch: Mapping[str, Tensor]) -> Any:
    """The abduction of a batch's images; a model that takes factors as known and reads none is told the true ones.

    Raises:
        CdmError: if it needs them and the batch has none.
    """
    if "encode" in model.answers or "given" not in model.answers:
        return model.abduct(batch["image"])
    if "factors" not in batch:
        raise CdmError(f"model {model.name!r} reads no factors: it needs labels, which the shards do not hold")
    return model.abduct(batch["image"], batch["factors"])


@dataclass(frozen=True)
class Job:
    """A training to be done: the data, and where it may leave something.

    Attributes:
        pairs: the training split.
        manifest: what the data set tells of itself; empty if it is not known.
        device: where to train.
        out: directory of the run; nothing is written if None.
        force: begin anew, whatever that directory holds.
        events: whether to write TensorBoard events; if None, where the package is there.
        log: to be called every few steps with ``phase``, ``step``, ``steps`` and losses by name.
        note: to be called with what weakens the data, a sentence each, before the first step.
    """

    pairs: Pairs
    manifest: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    out: Path | None = None
    force: bool = False
    events: bool | None = None
    log: Callable[[dict[str, Any]], None] = lambda line: None
    note: Callable[[str], None] = lambda text: None

    @property
    def graph(self) -> Tensor | None:
        """The true adjacency ``(d, d)`` by the manifest; None if it tells none."""
        graph = self.manifest.get("graph")
        return None if graph is None else torch.tensor(graph["adjacency"]["directed"])

    @property
    def origin(self) -> dict[str, Any]:
        """Which data set it is, for the header of a checkpoint; nothing if that is not known."""
        return {key: self.manifest[key] for key in ("name", "digest", "spec_hash") if key in self.manifest}


C = TypeVar("C")
M = TypeVar("M", bound=Model)
Fit = Callable[[Job, C], Model]
"""Trains a model as its options say."""
Load = Callable[[Code, int, C, dict[str, Tensor]], M]
"""Makes a model of its factors, size, options and weights; what it raises of torch's errors, the file is blamed for."""


@dataclass(frozen=True)
class Entry(Generic[C]):
    """A kind of model.

    Attributes:
        config: its options, a frozen dataclass of plain values, one of them ``seed``.
        fit: trains one.
        load: makes one of what a checkpoint holds.
        presets: options by name of the preset.
        resumes: whether ``fit`` itself keeps the checkpoint in ``out`` of its job, and goes on from it; if not, the
            model is written when it is trained.
        lacks: what a header is short of for an answer, or without one for the end of the training; None if nothing.
        rehearse: says what a training would take.
        steps: of each phase of a training; None if it has no phases.
        clips: whether it takes clips, too: windows of two frames (:mod:`cdm.data.windows`).
    """

    config: type[C]
    fit: Fit[C]
    load: Load[C, Model]
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"standard": {}})
    resumes: bool = False
    lacks: Callable[[Mapping[str, Any], str | None], str | None] = lambda header, answer: None
    rehearse: Callable[[Job, C], str] | None = None
    steps: Callable[[C], Sequence[int]] | None = None
    clips: bool = False


MODELS: dict[str, Entry[Any]] = {}
"""All kinds of models by name."""
USUAL = "causal_diffusion"
"""The kind that is meant where none is named."""


def named(name: str) -> Entry[Any]:
    """The kind of model of a name.

    Raises:
        CdmError: if there is none.
    """
    if name not in MODELS:
        raise CdmError(f"no model {name!r}; {suggestion(name, MODELS)}")
    return MODELS[name]
