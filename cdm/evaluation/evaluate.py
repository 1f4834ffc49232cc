"""Scoring a model on a data set whose truth is known: against the true graph, factors and counterfactual pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from cdm import config, diffusion
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation import matching, metrics
from cdm.evaluation.matching import Matching
from cdm.models.causal_diffusion import DEPTH, STEPS, Abduction, CausalDiffusionModel
from cdm.networks.encoder import Encoder
from cdm.training import run as running
from cdm.training import train

Told = dict[str, Any]
_AT_ONCE = 100
REGRESSOR_STEPS = 1500


def evaluate(
    model: CausalDiffusionModel,
    pairs: Pairs,
    regressor: Encoder,
    graph: Mapping[str, Any] | None,
    samples: int = 500,
    guidance: float = 1.0,
    progress: Callable[[int], None] = lambda samples: None,
) -> Told:
    """Score a model; one that was not told values or targets under the matching that fits the labels best.

    Args:
        model: what is scored.
        pairs: a split that it has not seen, with pairs and whole labels.
        regressor: reads factors from images, trained on labels (:func:`reader`).
        graph: the part ``graph`` of the manifest; None if it is unknown.
        samples: how many samples of the split, from the first on.
        guidance: of the counterfactuals.
        progress: called with the number of samples done.

    Raises:
        CdmError: if the split lacks pairs or labels.
    """
    check(model, pairs)
    parts = []
    chosen = torch.split(torch.arange(min(samples, len(pairs))), _AT_ONCE)
    matched = _matching(model, pairs, chosen)
    for rows in chosen:
        batch = pairs.batch(rows, model.adjacency.device)
        parts.append(_answers(model, matched.batch(batch) if matched else batch, guidance))
        progress(len(rows))
    found = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    told: Told = {"samples": len(found["image"]), "factors": _names(pairs, matched)}
    told |= _graph(model, graph, told["factors"], matched)
    told |= _latents(model, found)
    told |= _images(found)
    told |= _axioms(model, _turned(regressor, matched), found)
    return told if matched is None else {**told, "matching": _told(model, pairs, matched)}


def check(model: CausalDiffusionModel, pairs: Pairs) -> None:
    """Raise unless a split has what an evaluation needs, and is of the model's kind.

    Raises:
        CdmError: if it lacks pairs or labels, or has other factors or another size.
    """
    missing = [n for n in ("image_cf", "do_mask", "do_value", "factors", "factors_cf") if n not in pairs.arrays]
    if missing:
        raise CdmError(f"an evaluation needs {', '.join(missing)}, which the shards do not hold")
    if model.config.supervision == "unknown":
        _check_nameless(model, pairs)
    elif pairs.code.data() != model.code.data():
        raise CdmError("the model was trained on other factors than these shards have")
    if pairs.size != model.size:
        raise CdmError(f"images of {pairs.size} pixels a side; the model was trained on {model.size}")


def _check_nameless(model: CausalDiffusionModel, pairs: Pairs) -> None:
    """Raise unless the factors of a split can be matched one by one with the model's nameless ones."""
    if len(pairs.code.factors) != len(model.code.factors):
        raise CdmError("the model was trained on other factors than these shards have")
    other = [f"{factor.name} is {factor.domain.kind}" for factor in pairs.code.factors if not factor.domain.linear]
    if other:
        raise CdmError(
            f"supervision 'unknown' codes every factor as a number, and {', '.join(other)}: they cannot be matched"
        )


def _matching(model: CausalDiffusionModel, pairs: Pairs, chosen: Sequence[Tensor]) -> Matching | None:
    batches = (pairs.batch(rows, model.adjacency.device) for rows in chosen)
    with torch.no_grad():
        read = [(model.encoder(batch["image"]), batch["factors"]) for batch in batches]
    return matching.match(model, *(torch.cat(part) for part in zip(*read, strict=True)))


def _names(pairs: Pairs, matched: Matching | None) -> list[str]:
    return [pairs.code.names[j] for j in (matched.order if matched else range(len(pairs.code.names)))]


def _turned(regressor: Encoder, matched: Matching | None) -> Callable[[Tensor], Tensor]:
    return regressor if matched is None else lambda images: matched.codes(regressor(images))


def _told(model: CausalDiffusionModel, pairs: Pairs, matched: Matching) -> dict[str, str]:
    """What each code of the model was matched with."""
    blocks = zip(model.code.names, _names(pairs, matched), model.code.blocks, strict=True)
    return {mine: name + (" mirrored" if matched.sign[b.start] < 0 else "") for mine, name, b in blocks}


def reader(
    pairs: Pairs,
    steps: int = REGRESSOR_STEPS,
    seed: int = 7,
    device: str = "cpu",
    progress: Callable[[int], None] = lambda steps: None,
) -> Encoder:
    """A regressor of the factors, trained on the labels of a split; ``progress`` is called with steps done.

    Raises:
        CdmError: if the labels withhold the factors.
    """
    told = config.make("quick", supervision="labels", sparse=0.0, graph="given", seed=seed, encoder_steps=steps)
    d = len(pairs.code.factors)
    run = running.start(pairs, told, device=device, given=torch.zeros(d, d))
    done = 0

    def tell(told: dict[str, Any]) -> None:
        nonlocal done
        progress(told["step"] - done)
        done = told["step"]

    run.log = tell
    train.fit_encoder(run)
    return run.model.encoder.eval()


def _answers(model: CausalDiffusionModel, batch: dict[str, Tensor], guidance: float) -> dict[str, Tensor]:
    """What the model says of a batch, beside what is true."""
    image, mask, value = batch["image"], batch["do_mask"], batch["do_value"]
    believed = model.abduct(image)
    answer = model.imagine(believed, mask, value, guidance=guidance)
    nothing = torch.zeros_like(mask)
    back = model.imagine(model.abduct(answer), mask, believed.codes)
    true = _with_codes(model, image, batch["factors"])
    return {
        **batch,
        "codes": believed.codes,
        "codes_cf": model.mechanisms.counterfactual(believed.codes, mask, value).detach(),
        "model": answer,
        "composed": model.imagine(believed, nothing, value),
        "reversed": back,
        "oracle": _predict(model, true, batch["factors_cf"]),
    }


def _with_codes(model: CausalDiffusionModel, images: Tensor, codes: Tensor) -> Abduction:
    """Abduction with the true codes in the place of the encoder's."""
    with torch.no_grad():
        style = model.style(images)
        rest = diffusion.invert(model.denoise(codes, style), images, STEPS, DEPTH)
        return Abduction(codes, codes, rest, style, images)


def _predict(model: CausalDiffusionModel, believed: Abduction, codes: Tensor) -> Tensor:
    """The image of given codes with the rest of another."""
    everything = torch.ones(len(codes), len(model.code.factors), device=codes.device)
    return model.imagine(believed, everything, codes)


def _graph(
    model: CausalDiffusionModel, graph: Mapping[str, Any] | None, names: list[str], matched: Matching | None
) -> Told:
    if graph is None:
        return {}
    truth = torch.tensor(graph["adjacency"]["directed"], device=model.adjacency.device)
    truth = truth if matched is None else matched.graph(truth)
    edges = [(names[i], names[j]) for i, j in model.adjacency.nonzero().tolist()]
    return {"graph": metrics.graph_scores(model.adjacency, truth), "edges": edges}


def _latents(model: CausalDiffusionModel, found: dict[str, Tensor]) -> Told:
    code, z = model.code, found["codes"]
    r = metrics.correlations(code, z, found["factors"])
    effects = {
        "model": metrics.effect_matrix(code, z, found["codes_cf"], found["do_mask"]),
        "truth": metrics.effect_matrix(code, found["factors"], found["factors_cf"], found["do_mask"]),
    }
    r2 = metrics.determinations(code, z, found["factors"])
    return {"MCC": sum(r) / len(r), "correlations": r, "R2": r2, "effects": effects}


def _images(found: dict[str, Tensor]) -> Told:
    """L1 against the true counterfactual: the model's, and the rows that it must be seen beside."""
    rows = {
        "model": "model",
        "identity": "image",
        "re-encoded": "composed",
        "true factors": "oracle",
        "oracle": "image_cf",
    }
    acted = found["do_mask"].sum(1) > 0
    truth, factual = found["image_cf"][acted], found["image"][acted]
    return {"L1": {row: metrics.pixel_errors(found[name][acted], truth, factual) for row, name in rows.items()}}


def _axioms(model: CausalDiffusionModel, regressor: Callable[[Tensor], Tensor], found: dict[str, Tensor]) -> Told:
    """Composition, reversibility and effectiveness (Monteiro et al. 2023, arXiv 2303.01274)."""
    code, mask = model.code, found["do_mask"]
    acted = mask.sum(1) > 0
    with torch.no_grad():
        read, own = (torch.cat([regressor(x) for x in torch.split(found[n], _AT_ONCE)]) for n in ("model", "image_cf"))
    return {
        "composition": float((found["composed"] - found["image"]).abs().mean()),
        "reversibility": float((found["reversed"] - found["image"])[acted].abs().mean()),
        "effectiveness": metrics.reading_errors(code, read, found["do_value"], mask),
        "regressor": metrics.reading_errors(code, own, found["do_value"], mask),
    }
