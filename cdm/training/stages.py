"""What each phase of training minimises, and the graph that is read off between them."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm import discovery
from cdm.config import VALUELESS, Config
from cdm.discovery import Discovery
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.networks.bottleneck import Bottleneck
from cdm.networks.encoder import anchor, project
from cdm.scm import mechanisms
from cdm.scm.graph import reachability
from cdm.training import drawing, losses, valueless
from cdm.training.run import Run

Terms = dict[str, Tensor]
_CODED = {"before": "image", "after": "image_cf"}


def encoder_terms(run: Run, generator: torch.Generator) -> Terms:
    """Codes are what was set, or labelled; a do moves few factors."""
    config = run.config
    if config.supervision in VALUELESS:
        found, batch = valueless.terms(run, generator, refined=False)
        return found | _denoising(run, batch, generator)
    batch = _batch(run, generator)
    found, before, after = _anchored(run, batch)
    if after is not None and config.sparse:
        spread = losses.sparse_change(run.model.code, before, after, batch["do_mask"], config.sparse_width)
        found["sparse"] = config.sparse * spread
    return found | _denoising(run, batch, generator)


def refine_terms(run: Run, generator: torch.Generator) -> Terms:
    """Codes are what was set, and what is no descendant of a target stays."""
    config = run.config
    if config.supervision in VALUELESS:
        found, batch = valueless.terms(run, generator, refined=True)
        return found | _denoising(run, batch, generator)
    batch = _batch(run, generator)
    found, before, after = _anchored(run, batch)
    if after is not None and config.steady:
        reached = reachability(run.model.adjacency)
        still = losses.steadiness(run.model.code, before, after, batch["do_mask"], reached)
        found["steady"] = config.steady * still
    return found | _denoising(run, batch, generator)


def encoder_rows(config: Config, factors: int) -> int:
    """Pairs in a batch of the encoder: where only what was set is told, the more the more factors share the dos."""
    crowded = max(1.0, factors / 4) if config.supervision == "interventions" else 1.0
    return round(config.encoder_batch * crowded)


def _batch(run: Run, generator: torch.Generator) -> dict[str, Tensor]:
    return run.batch(run.rows(encoder_rows(run.config, len(run.model.code.factors)), generator))


def mechanism_terms(run: Run, generator: torch.Generator) -> Terms:
    """On the codes of a frozen encoder: likelihood without the targets' own terms, and noise invariance."""
    rows = run.rows(run.config.mechanism_batch, generator)
    some = {name: codes[rows] for name, codes in encoded(run).items()}
    return _mechanical(run, some["before"], some.get("after"), some.get("mask"))


def _mechanical(run: Run, before: Tensor, after: Tensor | None, mask: Tensor | None) -> Terms:
    mechanism = run.model.mechanisms
    found = {"likelihood": mechanism.surprise(before).sum(dim=1).mean()}
    if after is not None and mask is not None:
        found["likelihood"] = found["likelihood"] + (mechanism.surprise(after) * (1 - mask)).sum(dim=1).mean()
        if run.config.invariance:
            change = mechanisms.invariance(mechanism, before, after, mask).clamp_max(10).mean()
            found["invariance"] = run.config.invariance * change
    return found


def joint_terms(run: Run, generator: torch.Generator) -> Terms:
    """Everything at once; the graph stays. Likelihood would shrink codes, so it does not move them."""
    found = refine_terms(run, generator)
    batch = _batch(run, generator)
    with torch.no_grad():
        known = {name: run.model.encoder(batch[image]) for name, image in _CODED.items() if image in batch}
    found |= _mechanical(run, known["before"], known.get("after"), batch.get("do_mask"))
    found |= drawing.draft_terms(run, generator, frozen=False)
    return found | drawing.denoiser_terms(run, generator, frozen=False)


def find_graph(run: Run) -> Discovery:
    """Read the graph off all codes with the encoder as it is, and give it to the model."""
    model, known, floor = run.model, encoded(run), _floor(run)
    before, after, mask = known["before"], known.get("after"), known.get("mask")
    run.found = discovery.discover(run.config.graph, model.code, before, after, mask, floor, run.config.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.config.seed + 1)
        model.set_graph(run.found.adjacency)
    run.told["graph"] = {name: getattr(run.found, name).tolist() for name in ("adjacency", "probability", "undecided")}
    run.told["encoder_error"] = floor.tolist()
    run.log({"phase": "graph", "edges": edges(model)})
    return run.found


def _floor(run: Run) -> Tensor:
    """The encoder's mean squared error ``(d,)`` on held-out pairs, as far as values were set; else zeros."""
    known, code, held = encoded(run), run.model.code, slice(len(run.pairs) - run.held_out, None)
    if run.config.supervision in VALUELESS:
        return run.config.leak / 2 * code.sums(known["before"].var(dim=0)[None])[0]
    if "value" not in known or "after" not in known:
        return torch.zeros(len(code.factors))
    mask = known["mask"][held]
    misses = code.sums((known["after"][held] - known["value"][held]).square()) * mask
    return misses.sum(0) / mask.sum(0).clamp_min(1)


def edges(model: CausalDiffusionModel) -> list[tuple[str, str]]:
    """The edges of a model's graph by name."""
    names = model.code.names
    return [(names[i], names[j]) for i, j in model.adjacency.nonzero().tolist()]


def encoded(run: Run) -> dict[str, Tensor]:
    """The codes of all pairs, with the encoder as it is; computed once."""
    if run.codes:
        return run.codes
    parts: list[dict[str, Tensor]] = []
    run.model.eval()
    with torch.no_grad():
        for rows in torch.split(torch.arange(len(run.pairs)), 500):
            batch = run.batch(rows)
            part = {"before": run.model.encoder(batch["image"])}
            if "image_cf" in batch:
                part |= {"after": run.model.encoder(batch["image_cf"]), "mask": batch["do_mask"]}
            parts.append(part | ({"value": batch["do_value"]} if "do_value" in batch else {}))
    run.codes = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return run.codes


def _denoising(run: Run, batch: dict[str, Tensor], generator: torch.Generator) -> Terms:
    """What keeps the network whose bottleneck is read a denoiser; nothing if codes are an encoder's."""
    trunk, config = run.model.encoder.trunk, run.config
    if not isinstance(trunk, Bottleneck) or not config.bottleneck:
        return {}
    return {"bottleneck": config.bottleneck * trunk.loss(batch["image"][: config.denoiser_batch], generator)}


def _anchored(run: Run, batch: dict[str, Tensor]) -> tuple[Terms, Tensor, Tensor | None]:
    """What images tell of their codes under the supervision, and the codes of both images."""
    code, encoder, found = run.model.code, run.model.encoder, Terms()
    known = batch["labelled"][:, None].expand(-1, len(code.factors))
    if "image_cf" not in batch:
        logits = encoder.logits(batch["image"])
        found["labels"] = anchor(code, logits, batch["factors"], known)
        return found, project(code, logits), None
    both = encoder.logits(torch.cat([batch["image"], batch["image_cf"]]))
    logits, logits2 = both.chunk(2)
    if "do_value" in batch:
        found["anchor"] = anchor(code, logits2, batch["do_value"], batch["do_mask"])
    if run.config.supervision == "labels":
        found["labels"] = anchor(code, logits, batch["factors"], known)
    return found, project(code, logits), project(code, logits2)
