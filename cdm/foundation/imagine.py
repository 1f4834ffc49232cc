"""The whole pipeline on one picture: read it, intervene, draw, and score as far as something is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdm.foundation import scoring
from cdm.foundation.known.oracle import Oracle
from cdm.foundation.perceptual import Perceptual
from cdm.foundation.protocols import (
    Extractor,
    Generated,
    Generator,
    Judge,
    Manipulation,
    Manipulator,
    Picture,
    Proposer,
)
from cdm.foundation.semantic import SemanticSCM


@dataclass(frozen=True)
class Parts:
    """Who does what.

    Attributes:
        extractor: reads pictures.
        manipulator: intervenes.
        generator: draws; None if nobody does.
        judge: says what pictures show; None if nobody does.
        oracle: what is true of the pictures; None if that is not known.
        perceptual: tells how far pictures are apart; None if that is not asked.
        proposer: names interventions besides those that are asked; None if nobody does.
        proposed: how many.
    """

    extractor: Extractor
    manipulator: Manipulator
    generator: Generator | None = None
    judge: Judge | None = None
    oracle: Oracle | None = None
    perceptual: Perceptual | None = None
    proposer: Proposer | None = None
    proposed: int = 0


@dataclass(frozen=True)
class Answer:
    """What one intervention makes of a picture.

    Attributes:
        manipulation: in words.
        generated: the picture; None if nobody draws.
        scores: of this answer.
        truth: the true counterfactual; None if it is not known.
    """

    manipulation: Manipulation
    generated: Generated | None
    scores: dict[str, Any] = field(default_factory=dict)
    truth: Picture | None = None


@dataclass(frozen=True)
class Imagined:
    """What was made of a picture.

    Attributes:
        name: of the picture.
        image: bytes ``(H, W, 3)``.
        scm: what it shows.
        answers: one an intervention.
        scores: of the semantic SCM.
    """

    name: str
    image: Picture
    scm: SemanticSCM
    answers: tuple[Answer, ...]
    scores: dict[str, Any] = field(default_factory=dict)


def imagine(name: str, image: Picture, dos: Sequence[Mapping[str, str]], parts: Parts) -> Imagined:
    """Read a picture, and answer what it would have been.

    Args:
        name: of the picture.
        image: bytes ``(H, W, 3)``.
        dos: interventions, one concept each; if there are none, the recorded one, which the oracle knows.
        parts: who does what.

    Raises:
        CdmError: if a part cannot do its work.
    """
    scm = parts.extractor.extract(image)
    known = parts.oracle
    more = parts.proposer.propose(scm, image, parts.proposed) if parts.proposer else []
    asked = [*dos, *more] or ([known.recorded(image)] if known else [])
    answers = tuple(_answer(image, scm, do, parts) for do in asked if do)
    if known is None:
        return Imagined(name, image, scm, answers)
    row = known.row(image)
    values = scoring.readings(scm, known.pairs.code, known.pairs.arrays["factors"][row])
    scores = {"structure": scoring.structure(scm, known.scm(row)), "values": values}
    return Imagined(name, image, scm, answers, scores)


def _answer(image: Picture, scm: SemanticSCM, do: Mapping[str, str], parts: Parts) -> Answer:
    manipulation = parts.manipulator.manipulate(scm, do, image)
    drawn = parts.generator.generate(image, manipulation) if parts.generator else None
    scores: dict[str, Any] = {}
    if parts.judge and drawn:
        scores["VLM-Eff"] = scoring.efficacy(parts.judge, drawn.image, manipulation.edits)
    if parts.perceptual and drawn:
        scores[parts.perceptual.name] = {"to the picture": scoring.distance(parts.perceptual, drawn.image, image)}
    known = parts.oracle if parts.oracle and parts.oracle.paired else None
    truth = known.twin(image) if known and known.recorded(image) == dict(do) else None
    if known and truth is not None:
        scores |= _against_the_twin(image, manipulation, drawn, known)
        if parts.perceptual and drawn:
            far = scoring.distance(parts.perceptual, drawn.image, truth)
            scores[parts.perceptual.name]["to the true one"] = far
    return Answer(manipulation, drawn, scores, truth)


def _against_the_twin(
    image: Picture, manipulation: Manipulation, drawn: Generated | None, known: Oracle
) -> dict[str, Any]:
    """What the recorded counterfactual says of an answer to the recorded do."""
    row = known.row(image)
    told = scoring.propagation(manipulation, known.scm(row), known.pairs.code, known.after(row))
    shown = {} if drawn is None else {"L1": scoring.pixels(drawn.image, known.twin(image), image)}
    return {"propagation": told, **shown}
