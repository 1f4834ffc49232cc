"""The audit: what makes a causal benchmark unfair or impossible, measured on samples of a scene or data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.checks.audit import clips, motion, pixels, sortability, values
from scmgen.checks.audit.association import association
from scmgen.checks.audit.findings import CHECKS, OF_CLIPS, SEVERITIES, Check, Finding, merge, note, waive
from scmgen.checks.audit.pixels import Visibility, affordable
from scmgen.checks.audit.population import Population, populations
from scmgen.checks.audit.response import caused
from scmgen.checks.audit.support import Reached, reached, unsupported
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Resolved
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame, Size
from scmgen.scene.domain import Categorical
from scmgen.scene.shown import rough
from scmgen.scm import graph, lagged

N = 5_000
LEAST = 500  # samples of a split, even of a small one, if n allows it
SORTED = (0.1, 0.9)  # between these, sortability does not tell the causal order

_FEWEST, _MOVED, _LOOKED = 50, 200, 400  # samples in which factors are moved, and objects looked at
_FEW_CLIPS = 8  # in which factors are moved, every frame of them
_ALIKE = 16  # frames of a clip that count as samples: others are much like them


@dataclass(frozen=True)
class Audit:
    """What an audit looked at, and what it found.

    Attributes:
        dataset: what was audited; a scene stands for a data set of itself.
        sizes: samples drawn of each split.
        populations: these samples, one population for each distribution.
        findings: by check, faults first.
        counts: how many things each check looked at.
        correlation: for each population how much each two factors say about one another, ``(d, d)``;
            see :func:`scmgen.checks.audit.association.association`.
        sortability: of the first population, where it is defined; see :mod:`scmgen.checks.audit.sortability`.
        visibility: what moves of each factor change in the images.
        support: split -> factor -> values that interventions gave it.
    """

    dataset: Dataset
    sizes: Mapping[str, int]
    populations: tuple[Population, ...]
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    correlation: tuple[NDArray[np.float64], ...]
    sortability: Mapping[str, float]
    visibility: Mapping[str, Visibility]
    support: Mapping[str, Reached]

    @property
    def checks(self) -> Mapping[str, Check]:
        """What was looked for: clips have checks of their own."""
        return CHECKS if self.dataset.scene.frames is None else OF_CLIPS

    @property
    def ok(self) -> bool:
        """Whether there is no fault that the data set does not waive."""
        return all(finding.severity != "fault" for finding in self.findings)

    @property
    def summary(self) -> str:
        """The findings, counted in words."""
        counts = {severity: sum(finding.severity == severity for finding in self.findings) for severity in SEVERITIES}
        words = {"fault": "FAULT", "waived": "waived fault", "note": "note"}
        parts = [f"{count} {words[severity]}{'s' * (count > 1)}" for severity, count in counts.items() if count]
        return ", ".join(parts) or "nothing found"

    def data(self) -> dict[str, Any]:
        """The audit as plain JSON, without its samples."""
        spec = self.dataset.spec
        return {
            "name": spec.name,
            "spec_hash": spec.hash,
            "ok": self.ok,
            "samples": dict(self.sizes),
            "seed": spec.seed,
            "size": spec.size,
            "findings": [finding.data() for finding in self.findings],
            "factors": list(self.dataset.scene.factors),
            "correlation": [
                {"splits": list(population.splits), "matrix": matrix.tolist()}
                for population, matrix in zip(self.populations, self.correlation, strict=True)
            ],
            "sortability": dict(self.sortability),
            "unseen_moves": {name: {"far": seen.far, "near": seen.near} for name, seen in self.visibility.items()},
        }


@np.errstate(all="ignore")
def audit(
    subject: Dataset | Resolved, n: int = N, seed: int | None = None, size: Size | None = None, drawing: bool = True
) -> Audit:
    """Sample a data set, or a scene as a data set of itself, and look for what weakens it.

    Args:
        subject: what :func:`scmgen.dataset.catalogue.find` or :func:`scmgen.dataset.sampling.compile_spec` gives.
        n: samples of all splits together; a small split has at least 500 of its own.
        seed: seed of all noise; the data set's if None.
        size: pixels a side; the data set's if None.
        drawing: run the checks that draw, which take most of the time; without them nothing is said of images.

    Raises:
        ScmgenError: if n is below 2, or something is not finite, as observed or under a do.
    """
    if n < 2:
        raise ScmgenError(f"n: at least 2 samples are needed, found {n}")
    dataset = compile_spec(catalogue.spec(subject)) if isinstance(subject, Resolved) else subject
    given: dict[str, Any] = {key: value for key, value in (("seed", seed), ("size", size)) if value is not None}
    given |= _apart(dataset.spec)
    dataset = compile_spec(dataset.spec.model_copy(update=given), dataset.scene) if given else dataset
    spec, factors = dataset.spec, dataset.scene.factors
    each = min(dataset.scene.frames or 1, _ALIKE)
    planned = spec.model_copy(update={"n": max(2, n // each)}).sizes()
    sizes = {split: max(count, min(n, LEAST) // each, 1) for split, count in planned.items()}
    batches = {split: dataset.opening(split, count) for split, count in sizes.items()}
    drawn = [replace(one, scene=rough(one.scene)) for one in populations(dataset, batches)]
    support = {split: reached(batch, factors) for split, batch in batches.items()}
    seen = _seen(drawn, spec.frame) if drawing else {}
    sorting = _sortability(drawn[0]) if dataset.scene.frames is None else {}
    findings = [
        *_of_values(dataset, drawn, spec.seed),
        *_order(sorting),
        *(unsupported(factors, support) if spec.interventions else _unpaired()),
        *(_of_images(drawn, seen, spec) if drawing else ()),
    ]
    return Audit(
        dataset,
        sizes,
        tuple(drawn),
        tuple(waive(findings, spec.waives)),
        _counts(dataset, drawn, drawing),
        tuple(association(factors, clips.flat(population).values) for population in drawn),
        sorting,
        seen,
        support,
    )


def _apart(spec: Spec) -> dict[str, Any]:
    """Environments that clips come into are judged each by itself, in clips that are in it from the beginning."""
    if all(environment.at is None for environment in spec.environments):
        return {}
    return {"environments": tuple(environment.model_copy(update={"at": None}) for environment in spec.environments)}


def _of_values(dataset: Dataset, drawn: list[Population], seed: int) -> Iterator[Finding]:
    """What the numbers of all populations show; what is missing in some splits only may be so on purpose."""
    check = values.check if dataset.scene.frames is None else clips.check
    parts = ((population.splits, check(population, seed)) for population in drawn)
    for finding in merge(parts, list(dataset.regimes)):
        meant = finding.splits if finding.check in ("balance", "correlation", "unfaithful-edge") else False
        meant = meant or (finding.check == "out-of-range" and dataset.spec.allow_ood)
        yield replace(finding, severity="note") if meant else finding


def _seen(drawn: list[Population], frame: Frame) -> dict[str, Visibility]:
    images, still = 2 * len(drawn[0].scene.factors) + 1, frame.frames is None
    looked = pixels.visibility if still else motion.visibility
    return looked(drawn, frame, affordable(drawn[0].scene, frame, images, _FEWEST if still else _FEW_CLIPS, _MOVED))


def _of_images(drawn: list[Population], seen: Mapping[str, Visibility], spec: Spec) -> Iterator[Finding]:
    """What images of all populations show."""
    yield from pixels.unreadable(seen)
    yield from pixels.broken_objects(drawn, spec.frame.still, _LOOKED // (spec.frame.frames or 1), spec.seed)
    if spec.frame.frames is None:
        few = affordable(drawn[0].scene, spec.frame, 2, _FEWEST, _MOVED)
        yield from pixels.open_circles(drawn, spec.frame, few)
        yield from pixels.without_nuisance(drawn, spec.frame, few, spec.seed)
    else:
        yield from motion.open_circles(drawn[0], spec.frame, _FEW_CLIPS)
        yield from motion.without_nuisance(drawn, spec.frame, _FEW_CLIPS, spec.seed)
        yield from motion.in_motion(drawn[0], spec.frame, _FEW_CLIPS)
    yield from pixels.duplicates(drawn, spec.frame)


def _sortability(population: Population) -> dict[str, float]:
    adjacency = graph.adjacency(population.scene.factor_graph)
    figures = sortability.of_factors(population.scene.factors, population.values, adjacency)
    return {name: figure for name, figure in figures.items() if np.isfinite(figure)}


def _order(sorting: Mapping[str, float]) -> Iterator[Finding]:
    low, high = SORTED
    for name, figure in sorting.items():
        if figure > high or figure < low:
            trend = "follows" if figure > high else "runs against"
            yield note("sortability", name, figure, f"at {figure:.2f} it {trend} the causal order, and betrays it")


def _unpaired() -> Iterator[Finding]:
    yield note("support", "interventions", 0.0, "none are recorded")


def _counts(dataset: Dataset, drawn: list[Population], drawing: bool) -> dict[str, int]:
    scene, factors = dataset.scene, dataset.scene.factors
    of_factors = dict.fromkeys(("out-of-range", "unreadable"), len(factors))
    levels = sum(isinstance(factor.domain, Categorical) for factor in factors.values())
    edges = len(graph.edges(scene.factor_graph, "directed"))
    objects = dict.fromkeys(
        ("out-of-frame", "occluded"),
        len(pixels.looked_at([population.scene for population in drawn])) if drawing else 0,
    )
    still = lagged.constants(scene.scm) if scene.frames is not None else frozenset()
    of_clips = {
        "lag": len({(a, b) for a, b, lag in scene.factor_graph.edges(data="lag") if lag}),
        **dict.fromkeys(("stationarity", "horizon", "in-motion"), len({*factors} - still)),
    }
    counts = {
        **of_factors,
        **of_clips,
        **objects,
        "clamped": len(factors) - levels,
        "deterministic-child": sum(caused(scene, name) for name in factors),
        "unfaithful-edge": edges,
        "true-graph": len(graph.edges(scene.factor_graph, "bidirected")),
        "correlation": len(factors) * (len(factors) - 1) // 2,
        "sortability": 2 if edges else 0,
        "balance": levels,
        "support": len(factors) if dataset.spec.interventions else 0,
        "circle": sum(factor.circular for factor in factors.values()),
        "nuisance": sum(name not in factors for name in scene.scm.exogenous),
        "duplicates": sum(population.size for population in drawn),
    }
    checks = CHECKS if scene.frames is None else OF_CLIPS
    return {name: counts[name] if drawing or not check.draws else 0 for name, check in checks.items()}
