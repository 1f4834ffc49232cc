"""What each phase of training minimises, and the graph that is read off between them."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm import diffusion, discovery, losses, mechanisms
from cdm.discovery import Discovery
from cdm.encoder import project
from cdm.mechanisms import reachability
from cdm.model import CausalDiffusionModel
from cdm.run import Run

Terms = dict[str, Tensor]


def encoder_terms(run: Run, generator: torch.Generator) -> Terms:
    """Phase 1: codes are what was set, or labelled; a do moves few factors."""
    config = run.config
    batch = run.batch(_rows(run, config.encoder_batch, generator))
    found, before, after = _anchored(run, batch)
    if after is not None and config.sparse:
        spread = losses.sparse_change(run.model.code, before, after, batch["do_mask"], config.sparse_width)
        found["sparse"] = config.sparse * spread
    return found


def refine_terms(run: Run, generator: torch.Generator) -> Terms:
    """Phase 2: codes are what was set, and what is no descendant of a target stays."""
    config = run.config
    batch = run.batch(_rows(run, config.encoder_batch, generator))
    found, before, after = _anchored(run, batch)
    if after is not None and config.steady:
        reached = reachability(run.model.adjacency)
        still = losses.steadiness(run.model.code, before, after, batch["do_mask"], reached)
        found["steady"] = config.steady * still
    return found


def mechanism_terms(run: Run, generator: torch.Generator) -> Terms:
    """Phase 3, on the codes of a frozen encoder: likelihood without the targets' own terms, and noise invariance."""
    rows = _rows(run, run.config.mechanism_batch, generator)
    known, model = encoded(run), run.model
    z = known["before"][rows]
    found = {"likelihood": model.mechanisms.surprise(z).sum(dim=1).mean()}
    if "after" in known:
        z2, mask = known["after"][rows], known["mask"][rows]
        found["likelihood"] = found["likelihood"] + (model.mechanisms.surprise(z2) * (1 - mask)).sum(dim=1).mean()
        if run.config.invariance:
            change = mechanisms.invariance(model.mechanisms, z, z2, mask).clamp_max(10).mean()
            found["invariance"] = run.config.invariance * change
    return found


def denoiser_terms(run: Run, generator: torch.Generator) -> Terms:
    """Phase 4: both images of a pair are denoised; the second under tokens that were *predicted* (L_control)."""
    config, model = run.config, run.model
    count = config.denoiser_batch
    twins = round(config.control * count) if "image_cf" in run.pairs.arrays else 0
    rows = _rows(run, count, generator)
    batch = run.batch(rows)
    with torch.no_grad():
        codes, style = model.encoder.split(batch["image"])
        if twins:
            some = slice(count - twins, count)
            value = batch.get("do_value", codes)[some]
            codes[some] = model.mechanisms.counterfactual(codes[some], batch["do_mask"][some], value)
    images = torch.cat([batch["image"][: count - twins], batch.get("image_cf", batch["image"])[count - twins :]])
    dropped = torch.rand(count, len(model.code.factors), generator=generator) < config.drop
    tokens = model.tokens(codes, dropped.to(codes.device))
    t = diffusion.times(count, generator, config.late).to(codes.device)
    eps = torch.randn(images.shape, generator=generator).to(codes.device)
    weight = _focus(batch, config.focus)
    errors = diffusion.loss(lambda x, s: model.unet(x, s, tokens, style), images, t, eps, config.prediction, weight)
    found = {"denoise": errors[: count - twins].sum() / count}
    return found | ({"control": errors[count - twins :].sum() / count} if twins else {})


def _focus(batch: dict[str, Tensor], focus: float) -> Tensor | None:
    """Weights ``(n, 1, size, size)``: pairs show where factors are drawn, and that is little of most images."""
    if "image_cf" not in batch or not focus:
        return None
    changed = (batch["image"] != batch["image_cf"]).any(dim=1, keepdim=True)
    return 1 + focus * changed.float()


def find_graph(run: Run) -> Discovery:
    """Read the graph off all pairs with the encoder as it is, and give it to the model."""
    model, known = run.model, encoded(run)
    held = slice(len(run.pairs) - run.held_out, None)
    code, mask = model.code, known["mask"]
    value = known.get("value")
    if value is None:
        floor = torch.zeros(len(code.factors))
    else:
        misses = code.sums((known["after"][held] - value[held]).square()) * mask[held]
        floor = misses.sum(0) / mask[held].sum(0).clamp_min(1)
    run.found = discovery.discover(code, known["before"], known["after"], mask, floor, run.config.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.config.seed + 1)
        model.set_graph(run.found.adjacency)
    run.told["graph"] = {name: getattr(run.found, name).tolist() for name in ("adjacency", "probability", "undecided")}
    run.told["encoder_error"] = floor.tolist()
    run.log({"phase": "graph", "edges": edges(model)})
    return run.found


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


def _rows(run: Run, count: int, generator: torch.Generator) -> Tensor:
    return torch.randint(len(run.pairs) - run.held_out, (count,), generator=generator)


def _anchored(run: Run, batch: dict[str, Tensor]) -> tuple[Terms, Tensor, Tensor | None]:
    """What images tell of their codes under the supervision, and the codes of both images."""
    code, encoder, found = run.model.code, run.model.encoder, Terms()
    if "image_cf" not in batch:
        logits = encoder.logits(batch["image"])
        found["labels"] = losses.anchor(code, logits, batch["factors"], torch.ones(len(logits), len(code.factors)))
        return found, project(code, logits), None
    both = encoder.logits(torch.cat([batch["image"], batch["image_cf"]]))
    logits, logits2 = both.chunk(2)
    if "do_value" in batch:
        found["anchor"] = losses.anchor(code, logits2, batch["do_value"], batch["do_mask"])
    if run.config.supervision == "labels":
        known = batch["labelled"][:, None].expand(-1, len(code.factors))
        found["labels"] = losses.anchor(code, logits, batch["factors"], known)
    return found, project(code, logits), project(code, logits2)
