"""Checks that need numbers only: of one population, its equations and its factor graph."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scmgen.checks.audit.association import association, independence
from scmgen.checks.audit.findings import Finding, fault, note
from scmgen.checks.audit.population import Population
from scmgen.checks.audit.response import caused, private, respond
from scmgen.scene.domain import Categorical, Circular, Domain
from scmgen.scm import graph, noise
from scmgen.scm.vocabulary import Array

EQUAL = 1e-9  # of the range: values closer than this are one value
TIED, BY_CHANCE = 1e-3, 4  # share and number of samples that may have the value of another one
OWN_NOISE = 1e-4  # least share of a factor's variance that its own noise has
EFFECT = 0.01  # least effect of an edge, as a share of the spread of the child
UNCORRELATED = 0.05  # |r| below which a cause and its effect count as uncorrelated
DEPENDENT = 1e-6  # p-value of independence below which they count as dependent all the same
SAME = 0.99  # |r| above which two factors cannot be told apart
RARE = 0.1  # of the share that a level would have if all were equally frequent

_ROWS, _STEPS, _EDGE_ROWS = 64, 33, 256  # samples and steps of noise in a look at one equation; samples an edge


@np.errstate(all="ignore")  # values may be as large as a float64 can be
def check(population: Population, seed: int) -> list[Finding]:
    """Run every check of this module on one population."""
    return [
        *clamped(population),
        *deterministic(population, seed),
        *unfaithful(population, seed),
        *hidden_causes(population),
        *indistinguishable(population),
        *out_of_range(population),
        *unbalanced(population),
    ]


def clamped(population: Population) -> Iterator[Finding]:
    """Continuous factors that take one value for many noises, or one noise's value again for another."""
    for name, factor in population.scene.factors.items():
        if isinstance(factor.domain, Categorical):
            continue
        share, sentence = tied(factor.domain, population.values[name])
        flat, folded = _one_to_one(population, name)
        if share:
            yield fault("clamped", name, share, sentence)
        elif flat:
            yield fault("clamped", name, flat, f"its noise moves and it does not, over {flat:.1%} of the noise")
        elif folded:
            sentence = f"two values of its noise give one value, in {folded:.1%} of samples"
            yield fault("clamped", name, folded, f"{sentence}: the equation folds the noise")


def tied(domain: Domain, values: Array) -> tuple[float, str]:
    """Share of samples whose value is another sample's too (0 if chance may do it), and what that looks like."""
    low, high = domain.bounds
    _, first, counts = np.unique(np.rint(values / (EQUAL * (high - low))), return_index=True, return_counts=True)
    tied, most = counts[counts > 1].sum(), counts.argmax()
    if tied <= max(BY_CHANCE, TIED * len(values)):
        return 0.0, ""
    if counts[most] >= 0.5 * tied:
        piled = counts[most] / len(values)
        return float(piled), f"piles up at {values[first[most]]:.6g}, in {piled:.1%} of samples"
    share = float(tied / len(values))
    return share, f"takes few values: {share:.1%} of samples have that of another one"


def _one_to_one(population: Population, name: str) -> tuple[float, float]:
    """Share of small moves of the noise that move nothing, and of samples in which moves go both ways."""
    domain, sources = population.scene.factors[name].domain, private(population.scene, name)
    some = population.few(_ROWS)
    rows = some.rows(np.repeat(np.arange(some.size), _STEPS))
    grid = np.tile((np.arange(_STEPS) + 0.5) / _STEPS, some.size)
    low, high = domain.bounds
    span, flat, folded = high - low, 0.0, 0.0
    for source in sources[:1]:
        moved = np.diff(respond(rows, [name], noise={source: grid})[name].reshape(-1, _STEPS), axis=1)
        if isinstance(domain, Circular):
            moved = np.mod(moved + span / 2, span) - span / 2
        still = np.abs(moved) <= EQUAL * span
        if still.all() or not np.isfinite(moved).all():
            break  # a noise without effect is another check's
        both = (moved > EQUAL * span).any(axis=1) & (moved < -EQUAL * span).any(axis=1)
        if isinstance(domain, Circular):
            both |= np.abs(moved.sum(axis=1)) > span
        flat, folded = float(still.mean()), float(both.mean())
    return flat, folded


def deterministic(population: Population, seed: int) -> Iterator[Finding]:
    """Factors with causes whose own noise is missing or too small to matter."""
    for name, factor in population.scene.factors.items():
        if not caused(population.scene, name):
            continue
        sources = private(population.scene, name)
        if not sources:
            yield fault("deterministic-child", name, 0.0, "has causes but no noise of its own")
            continue
        fresh = {s: noise.uniforms(seed, "audit", f"noise:{s}", 0, population.size) for s in sources}
        moved = factor.domain.distance(population.values[name], respond(population, [name], noise=fresh)[name])
        whole = factor.domain.dispersion(population.values[name])
        share = float((moved**2).mean() / whole) if whole > 0 else 1.0
        if share < OWN_NOISE:
            yield fault("deterministic-child", name, share, f"its own noise has {share:.2g} of its variance")


def unfaithful(population: Population, seed: int) -> Iterator[Finding]:
    """Edges without an effect (the other causes held), and causes uncorrelated with their effect."""
    factors, some = population.scene.factors, population.few(_EDGE_ROWS)
    r, names = association(factors, population.values), list(factors)
    for cause in names:
        effects = [b for a, b in graph.edges(population.scene.factor_graph, "directed") if a == cause]
        wanted = factors[cause].domain.at(noise.uniforms(seed, "audit", f"do:{cause}", 0, some.size))
        after = respond(some, effects, do={cause: wanted})
        for effect in effects:
            subject, child = f"{cause} -> {effect}", factors[effect].domain
            moved = child.distance(after[effect], some.values[effect])
            whole = child.spread(population.values[effect])
            size = float(moved[np.isfinite(moved)].mean() / whole) if whole > 0 and np.isfinite(moved).any() else 0.0
            correlation = abs(r[names.index(cause), names.index(effect)])
            if size < EFFECT:
                sentence = f"do({cause}) over its range moves {effect} by {size:.2g} of its spread"
                yield fault("unfaithful-edge", subject, size, sentence)
            elif correlation < UNCORRELATED:
                p = independence(factors[cause].domain, population.values[cause], child, population.values[effect])
                seen = "but dependent: a linear method misses it" if p < DEPENDENT else "and independent as it seems"
                yield note("unfaithful-edge", subject, correlation, f"uncorrelated (|r| = {correlation:.3f}), {seen}")


def hidden_causes(population: Population) -> Iterator[Finding]:
    """Pairs of factors with a hidden common cause: true, and to be known."""
    for one, other in graph.edges(population.scene.factor_graph, "bidirected"):
        yield note("true-graph", f"{one} <-> {other}", 1.0, "a hidden cause is common to both; the graph says so")


def indistinguishable(population: Population) -> Iterator[Finding]:
    """Pairs of factors of which each says all of the other."""
    names = list(population.scene.factors)
    matrix = association(population.scene.factors, population.values)
    for i, j in np.argwhere(np.triu(np.abs(matrix) > SAME, 1)):
        sentence = f"cannot be told apart: r = {matrix[i, j]:.4f}"
        yield fault("correlation", f"{names[i]}, {names[j]}", abs(matrix[i, j]), sentence)


def out_of_range(population: Population) -> Iterator[Finding]:
    """Factors that are observed outside their declared range, or between their levels."""
    for name, factor in population.scene.factors.items():
        values = population.values[name]
        outside = ~factor.domain.contains(values)
        if outside.any():
            seen = f"{values.min():.6g} to {values.max():.6g}"
            sentence = f"{outside.mean():.2%} of observations lie outside {_allowed(factor.domain)}; they run {seen}"
            yield fault("out-of-range", name, outside.mean(), sentence)


def _allowed(domain: Domain) -> str:
    match domain:
        case Categorical(levels):
            return f"0 to {len(levels) - 1}, the numbers of its levels"
        case _:
            return str(domain)


def unbalanced(population: Population) -> Iterator[Finding]:
    """Categories with a level that is absent or rare."""
    for name, factor in population.scene.factors.items():
        if not isinstance(factor.domain, Categorical):
            continue
        levels = factor.domain.levels
        shares = np.array([(population.values[name] == k).mean() for k in range(len(levels))])
        absent = [level for level, share in zip(levels, shares, strict=True) if share == 0]
        if absent:
            yield fault("balance", name, 0.0, f"{', '.join(absent)}: never observed")
        elif shares.min() < RARE / len(shares):
            rarest = levels[shares.argmin()]
            yield note("balance", name, shares.min(), f"{rarest} is rare: {shares.min():.2%} of observations")
