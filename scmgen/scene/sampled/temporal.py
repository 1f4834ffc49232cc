"""Sampled causal models of scenes that move: edges with lags, and mechanisms that never leave their ranges.

In units in which a range is -1 to 1 every variable is a weighted mean of what it was a frame ago, of what its causes
make of it, and of its noise. Weights add up to 1 at most, so values stay in their ranges whatever is done, and nothing
explodes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias

import networkx as nx

from scmgen.errors import ScmgenError
from scmgen.scene.domain import Continuous
from scmgen.scene.factor import Factor
from scmgen.scene.sampled.mechanisms import decimal, free_name
from scmgen.scene.sampled.scores import Kind, rolls

Cause: TypeAlias = tuple[str, int]
"""A variable, and how many frames before."""

_KEPT, _ROOT = 0.4, 0.35  # weights of a value a frame ago, and of a root's noise, so that it varies as others do
_STEEP = (2.0, 3.0)  # of sines and hyperbolic tangents: they fill the range that they map to


def draw_lags(graph: nx.DiGraph, lags: int, seed: int) -> dict[str, list[Cause]]:
    """Of each variable its causes: an edge of the graph is one within a frame, or goes up to so many frames back.

    Each is as likely. One that goes back is turned round half of the time: no order binds it.
    """
    causes: dict[str, list[Cause]] = {name: [] for name in graph}
    for one, other in graph.edges:
        which, turned = rolls(seed, f"lag of {one} and {other}", 2)
        lag = int(which * (lags + 1))
        cause, effect = (other, one) if lag and turned < 0.5 else (one, other)
        causes[effect].append((cause, lag))
    return causes


def equations(
    factors: Mapping[str, Factor],
    causes: Mapping[str, list[Cause]],
    kinds: Mapping[str, Kind],
    noise: float,
    taken: Collection[str],
    seed: int,
) -> dict[str, dict[str, str]]:
    """Of each variable its equation, and that of where it begins.

    Args:
        factors: those of the scene.
        causes: what :func:`draw_lags` gives.
        kinds: of each variable's mechanism: ``linear`` (means of its causes), ``additive`` (of sines and hyperbolic
            tangents of them) or ``interaction`` (of products of two of these).
        noise: the weight of a variable's noise.
        taken: names that are variables or parameters already.
        seed: of the weights and functions.

    Raises:
        ScmgenError: if a variable is no plain number.
    """
    firsts = {name: free_name(f"{name}_first", taken) for name in causes}
    written = {}
    for name, mine in causes.items():
        domain = factors[name].domain
        if not isinstance(domain, Continuous):
            raise ScmgenError(
                f"{name} is {domain.kind}; in a scene that moves only numbers can be drawn a causal model"
            )
        middle, half = (domain.low + domain.high) / 2, domain.span / 2
        own = noise if mine else _ROOT
        parts = [f"{_KEPT:g} * {_scaled(name, 1, factors, firsts)}"]
        if mine:
            parts.append(
                f"{decimal(1.0 - _KEPT - own, 1)} * ({_signal(name, mine, kinds[name], factors, firsts, seed)})"
            )
        parts.append(f"each(uniform({decimal(-own, 1)}, {decimal(own, 1)}))")
        text = f"{decimal(middle, half)} + {decimal(half, half)} * ({' + '.join(parts)})"
        written[name] = {
            firsts[name]: f"uniform({decimal(domain.low, half)}, {decimal(domain.high, half)})",
            name: text,
        }
    return written


def _scaled(name: str, lag: int, factors: Mapping[str, Factor], firsts: Mapping[str, str]) -> str:
    """A variable in units in which its range is -1 to 1, some frames ago."""
    low, high = factors[name].bounds
    middle, half = (low + high) / 2, (high - low) / 2
    value = name if not lag else f"prev({name}, {firsts[name]}{f', {lag}' if lag > 1 else ''})"
    return f"({value} - {decimal(middle, half)}) / {decimal(half, half)}"


def _signal(
    child: str,
    causes: list[Cause],
    kind: Kind,
    factors: Mapping[str, Factor],
    firsts: Mapping[str, str],
    seed: int,
) -> str:
    """What causes make of a variable, from -1 to 1."""
    terms = [_function(child, name, lag, kind, factors, firsts, seed) for name, lag in causes]
    if kind == "interaction" and len(terms) > 1:
        terms = [*terms, *(f"{one} * {other}" for one, other in zip(terms[::2], terms[1::2], strict=False))]
    sizes = 0.7 + 0.8 * rolls(seed, f"weights of {child}", len(terms))
    weights = [int(1000 * size / sizes.sum()) / 1000 for size in sizes]  # downwards: together 1 at most
    signs = rolls(seed, f"signs of {child}", len(terms)) < 0.5
    told = [
        f"{-weight if sign else weight:g} * {term}" for weight, sign, term in zip(weights, signs, terms, strict=True)
    ]
    return " + ".join(told)


def _function(
    child: str,
    name: str,
    lag: int,
    kind: Kind,
    factors: Mapping[str, Factor],
    firsts: Mapping[str, str],
    seed: int,
) -> str:
    """A function of one cause, from -1 to 1."""
    which, steep, place = (float(u) for u in rolls(seed, f"{name} in {child}", 3))
    value = _scaled(name, lag, factors, firsts)
    if kind == "linear":
        return value
    low, high = _STEEP
    word: Literal["tanh", "sin"] = "tanh" if which < 0.5 else "sin"
    return f"{word}({decimal(low + (high - low) * steep, 1)} * {value} + {decimal(place - 0.5, 1)})"
