"""Whether data are fit for a training, looked at before it starts; and what weakens them though they are.

What is refused here could not end well: it would crash, or spoil every weight, or train on nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import get_args

import torch
from torch import Tensor

from cdm import config as options
from cdm.config import VALUELESS, Config
from cdm.data.pairs import Pairs
from cdm.discovery import NEED_PAIRS
from cdm.discovery.interventional import FEWEST
from cdm.errors import CdmError
from cdm.scm.graph import topological
from cdm.training.feed import Source, held_out
from cdm.training.supervision import levels
from cdm.training.supervision.independence import LEAST_ROWS
from cdm.training.supervision.levels import NEEDED

SMALLEST = 16  # pixels a side
SAMPLES = 3  # two to train on, without which nothing varies, and one to hold out
_MOST = 1e6  # ranges that a value may be off: beyond it fp32 holds nothing of the others in a batch


def check(pairs: Pairs, config: Config, graph: Tensor | None) -> None:
    """Raise unless a training can start on a split.

    Args:
        pairs: the split.
        config: what the run is told.
        graph: the true adjacency ``(d, d)``, which ``given`` means, if it is known.

    Raises:
        CdmError: if images are too small, samples too few, numbers no codes, or if the labels do not tell what the
            supervision and the graph need.
    """
    if pairs.size < SMALLEST:
        raise CdmError(f"images of {pairs.size} pixels a side: at least {SMALLEST} are needed")
    _timed(pairs, config)
    _told(pairs, config, graph is not None)
    _acyclic(config, graph)
    if len(pairs) < SAMPLES:
        raise CdmError(
            f"samples: at least {SAMPLES} are needed, {SAMPLES - 1} to train on and 1 held out; found {len(pairs)}"
        )
    for name in NEEDED[config.supervision]:
        if name in ("factors", "do_value"):
            _coded(pairs, name)
    _done(pairs, config, graph is not None)


def check_source(source: Source, config: Config) -> None:
    """Raise unless something is left to learn from of what the level of supervision may read.

    Raises:
        CdmError: if no row is labelled, or so few images change that pairs cannot be sorted.
    """
    share, rows = config.labelled, source.trained
    if config.supervision == "labels" and not source.labelled[:rows].any() and not source.alone:
        raise CdmError(f"labelled: a share of {share:g} of {rows} samples to train on is none; take a larger one")
    if config.supervision == "unknown" and not any(map(len, source.alone)):
        least = 2 * len(source.pairs.code.factors)
        found = levels.changed(source.pairs)
        raise CdmError(
            f"supervision 'unknown' sorts pairs whose images differ: at least {least} are needed, found {found}"
        )


def notes(pairs: Pairs, config: Config) -> Iterator[str]:
    """What weakens a training that can start, a sentence each."""
    names = pairs.code.names
    if config.supervision != "unknown" and "do_mask" in pairs.arrays:
        mask = torch.tensor(pairs.arrays["do_mask"][: len(pairs) - held_out(pairs)]) > 0
        never = [name for name, hit in zip(names, mask.any(dim=0), strict=True) if not hit]
        if never and config.supervision != "labels":
            yield f"{', '.join(never)}: never set, so nothing tells their codes at supervision {config.supervision!r}"
        used = (~mask & mask.any(dim=1, keepdim=True)).sum(dim=0).tolist()
        short = [f"{name} {count}" for name, count in zip(names, used, strict=True) if count < FEWEST]
        if short and config.graph == "interventional" and len(names) > 1:
            yield (
                f"graph 'interventional' looks for the parents of a factor in pairs that set others only, and needs "
                f"{FEWEST}; found for {', '.join(short)}: what moves these stays undecided"
            )


def outside(pairs: Pairs) -> Iterator[str]:
    """What lies outside the factors' declared ranges, a sentence a factor, as far as the labels tell."""
    arrays = pairs.arrays
    for i, factor in enumerate(pairs.code.factors):
        for name, what in (("factors", "observations"), ("do_value", "the values that were set")):
            if name not in arrays or (name == "do_value" and "do_mask" not in arrays):
                continue
            values = torch.tensor(arrays[name][:, i])
            values = values if name == "factors" else values[torch.tensor(arrays["do_mask"][:, i]) > 0]
            beyond = factor.domain.outside(values)
            if beyond.any():
                seen = f"{float(values.min()):.6g} to {float(values.max()):.6g}"
                share = f"{float(beyond.double().mean()):.2%} of {what}"
                yield f"{factor.name}: {share} lie outside {factor.domain}; they run {seen}"


def _timed(pairs: Pairs, config: Config) -> None:
    """Raise unless all that is asked for knows of frames, where these are clips."""
    allowed = {
        "supervision": ("interventions", "labels"),
        "graph": ("interventional", "given"),
        "latents": ("encoder",),
    }
    for option, words in allowed.items() if pairs.code.frames > 1 else ():
        if getattr(config, option) not in words:
            raise CdmError(
                f"{option} {getattr(config, option)!r} knows still images only; of clips {_either([*words])}"
            )


def _told(pairs: Pairs, config: Config, graph: bool) -> None:
    """Raise unless the labels tell what the supervision and the graph need; the message says what they allow."""
    blind = config.supervision == "unknown"
    if blind and config.graph == "given":
        raise CdmError("graph 'given': at supervision 'unknown' nothing says which code is which factor of that graph")
    wants = {f"supervision {config.supervision!r}": NEEDED[config.supervision]}
    if config.graph in NEED_PAIRS and not blind:
        wants[f"graph {config.graph!r}"] = ("image_cf", "do_mask")
    missing = dict.fromkeys(name for needed in wants.values() for name in needed if name not in pairs.arrays)
    if missing:
        who = [name for name, needed in wants.items() if missing.keys() & {*needed}]
        verb = "needs" if len(who) == 1 else "need"
        raise CdmError(
            f"the shards hold no {', '.join(missing)}, which {' and '.join(who)} {verb}; {_ways(pairs, graph)}"
        )
    if config.graph == "given" and not graph:
        raise CdmError(f"graph 'given': the manifest holds no graph; {_ways(pairs, graph)}")


def _acyclic(config: Config, graph: Tensor | None) -> None:
    if config.graph == "given" and graph is not None:
        try:
            topological(graph)
        except ValueError as error:
            raise CdmError(f"graph 'given': the manifest's graph has {error}") from None


def _ways(pairs: Pairs, graph: bool, among: Collection[str] = tuple(NEEDED)) -> str:
    """Which of some levels of supervision a split allows, and with which graph methods."""
    ways = []
    for level in among:
        if all(name in pairs.arrays for name in NEEDED[level]):
            ways.append(f"--supervision {level} with --graph {_either(_graphs(pairs, level, graph))}")
    return f"they allow {'; '.join(ways)}" if ways else "they allow no training: it needs factors, or pairs of images"


def _graphs(pairs: Pairs, level: str, graph: bool) -> list[str]:
    blind, paired = level == "unknown", {"image_cf", "do_mask"} <= pairs.arrays.keys()
    closed = set() if blind or paired else {*NEED_PAIRS}
    closed |= {"given"} if blind or not graph else set()
    return [name for name in get_args(options.Graph) if name not in closed]


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _coded(pairs: Pairs, name: str) -> None:
    """Raise unless numbers are such that codes of them can be squared and added up."""
    values = torch.tensor(pairs.arrays[name])
    for i, factor in enumerate(pairs.code.factors):
        column = values[:, i]
        ends = factor.domain.data()
        far = (column - ends["low"]).abs() > _MOST * (ends["high"] - ends["low"])
        wrong = torch.nonzero(far | ~column.isfinite())
        if len(wrong):
            row = int(wrong[0])
            found = f"{name}.{factor.name} of sample {row} is {float(column[row]):g}"
            raise CdmError(f"{found}: {factor.domain} is the range, and nothing can be trained on that")


def _done(pairs: Pairs, config: Config, graph: bool) -> None:
    """Raise unless interventions are there that the supervision can learn from, in what is trained on."""
    if config.supervision in VALUELESS and config.encoder_batch < LEAST_ROWS:
        batch = f"encoder_batch: at least {LEAST_ROWS} is needed at supervision {config.supervision!r}"
        raise CdmError(f"{batch}, found {config.encoder_batch}")
    if config.supervision not in ("interventions", "targets"):
        return
    count = torch.tensor(pairs.arrays["do_mask"][: len(pairs) - held_out(pairs)]).sum(dim=1)
    if not bool((count > 0).any()):
        needs = f"supervision {config.supervision!r} needs some"
        raise CdmError(
            f"none of the {len(count)} pairs to train on has a target, and {needs}; {_ways(pairs, graph, ('labels',))}"
        )
    if config.supervision == "targets" and not bool((count == 1).any()):
        raise CdmError(
            f"each of the {len(count)} pairs to train on has several targets or none, and supervision 'targets' needs "
            "some with one"
        )
