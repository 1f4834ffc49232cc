"""Sampled structural causal models: graph and mechanisms of a scene's free factors, drawn from a seed.

What is drawn is equation text, so a sampled scene is a scene like any other and its text alone is the
model. Graphs are those of Erdos and Renyi (1959) or of Barabasi and Albert (1999); mechanisms stand in
:mod:`scmgen.scene.sampled.scores` and :mod:`scmgen.scene.sampled.mechanisms`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, TypeVar, get_args

import networkx as nx
import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import document
from scmgen.scene.domain import Categorical, Circular, Domain
from scmgen.scene.factor import Factor
from scmgen.scene.sampled import temporal
from scmgen.scene.sampled.mechanisms import Mechanism, common_share, decimal, draw_mechanism, free_name, write
from scmgen.scene.sampled.scores import Kind, draw_score, rolls
from scmgen.scene.scene import SceneDocument

T = TypeVar("T")

FEWEST, MOST = 3, 12  # factors of a sampled model
_N = 20_000  # samples that standardise a mechanism


def _factors(value: Any) -> Any:
    """Read ``5`` or ``[hue, size, x]``."""
    if isinstance(value, str) and re.fullmatch(r"\[.*\]", value):
        return tuple(name for part in value[1:-1].split(",") if (name := part.strip()))
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+", value):
        raise ValueError(f"a whole number, or names such as [a,b,c], is needed, found {value!r:.80}")
    return value


class Family(BaseModel):
    """What kind of causal model is drawn.

    Attributes:
        graph: ``er`` (Erdos-Renyi) or ``sf`` (scale-free, Barabasi-Albert), oriented by an order that
            is drawn apart.
        edges: edges a node; er: on average, sf: that each new node brings.
        factors: how many of the free factors, or which; all (12 at most) if None.
        mechanisms: see :func:`scmgen.scene.sampled.scores.draw_score`; ``mixed`` draws one of them for each child.
        noise: of a child with one parent, the share of the variance that is its own noise. The noise
            keeps its size against that of one parent: of k parents it is noise / (noise + (1 - noise) k).
        lags: in a scene that moves, how many frames an edge goes back at most; 1 if None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    graph: Literal["er", "sf"]
    edges: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    factors: Annotated[
        Annotated[int, Field(ge=FEWEST, le=MOST)] | tuple[str, ...] | None, BeforeValidator(_factors)
    ] = None
    mechanisms: Literal[Kind, "mixed"] = "mixed"
    noise: Annotated[float, Field(gt=0, le=0.5)] = 0.2
    lags: Annotated[int, Field(ge=1, le=8)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Family:
        if self.graph == "sf" and self.edges != int(self.edges):
            raise ValueError(f"sf needs a whole number of edges, found {self.edges:g}")
        return self


def parse(text: str) -> Family:
    """Read ``er:1.5``, ``sf:2`` or ``er:1.5,factors=6,mechanisms=linear,noise=0.1``.

    >>> parse("er:1.5,factors=6").factors
    6

    Raises:
        ScmgenError: if the text is no recipe.
    """
    head, *pairs = re.split(r",(?![^\[]*\])", text)  # not at the commas of a list
    graph, _, edges = (part.strip() for part in head.partition(":"))
    options: dict[str, str] = {}
    _known(text, "graph", graph, get_args(Family.model_fields["graph"].annotation))
    if not edges:
        raise ScmgenError(f"{text}: how many edges a node? write {graph}:2")
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (equals and name and value):
            raise ScmgenError(f"{text}: write name=value, found {pair.strip()!r}")
        _known(text, "option", name, Family.model_fields.keys() - {"graph", "edges"})
        if name in options:
            raise ScmgenError(f"{text}: {name} is given twice")
        options[name] = value
    if "mechanisms" in options:
        _known(text, "kind of mechanisms", options["mechanisms"], (*get_args(Kind), "mixed"))
    try:
        return Family.model_validate({"graph": graph, "edges": edges, **options})
    except ValidationError as error:
        where, problem = document.explain(Family, error)
        raise ScmgenError(": ".join([text, *map(str, where[:1]), problem])) from None


def _known(text: str, what: str, name: str, allowed: Iterable[str]) -> None:
    if name not in (options := list(allowed)):
        raise ScmgenError(f"{text}: no {what} {name!r}; {suggestion(name, options)}")


def sample(scene: SceneDocument, recipe: Family, seed: int) -> SceneDocument:
    """Draw a causal model over free factors of a scene and write it into the scene.

    Equations of the chosen factors are replaced. Free factors that are not chosen are fixed: no factors
    any more, but constants (the middle of the range, some angle, the first level). All else stays.

    Returns:
        A scene document whose graph over the chosen factors is the drawn one.

    Raises:
        ScmgenError: if the recipe cannot be met with the scene's free factors.
    """
    names = choose(scene, recipe, seed)
    graph = draw_graph(recipe, names, seed)
    taken = {*scene.parameters, *(name for key in scene.equations for name in re.split(r"\s*,\s*", key))}
    written = (
        _still(scene, recipe, graph, taken, seed)
        if scene.frames is None
        else _moving(scene, recipe, graph, taken, seed)
    )
    equations: dict[str, str] = {}
    for name, text in scene.equations.items():
        if name in written:
            equations |= written[name]
        else:
            equations[name] = _fixed(name, scene.factors[name].domain, seed) if name in scene.free else text
    gone = set(scene.free) - set(names)
    factors = {name: factor for name, factor in scene.factors.items() if name not in gone}
    return scene.model_copy(
        update={
            "equations": equations,
            "factors": factors,
            "parameters": {**scene.parameters, **_levels(scene.factors, factors)},
            "free": tuple(names),
        }
    )


def _fixed(name: str, domain: Domain, seed: int) -> str:
    """An equation without noise. A circle has no middle, so an angle is drawn."""
    if isinstance(domain, Categorical):
        return "0"
    place = float(rolls(seed, f"value of {name}", 1)[0]) if isinstance(domain, Circular) else 0.5
    return decimal(domain.low + domain.span * place, domain.span)


def _levels(before: dict[str, Factor], after: dict[str, Factor]) -> dict[str, float]:
    """Levels that no factor has any more, as parameters: the drawing may read their names."""
    left = {level for factor in after.values() for level in factor.domain.levels}
    known = {level: float(k) for factor in before.values() for k, level in enumerate(factor.domain.levels)}
    return {level: k for level, k in known.items() if level not in left}


def _still(
    scene: SceneDocument, recipe: Family, graph: nx.DiGraph, taken: Collection[str], seed: int
) -> dict[str, dict[str, str]]:
    """The equations of each factor that is drawn."""
    if recipe.lags is not None:
        raise ScmgenError(f"lags: {scene.name} stands still, and no frame comes before another")
    drawn = _draw_mechanisms(scene, recipe, graph, seed)
    share = common_share(drawn)
    return {name: write(one, drawn, share, free_name(f"{name}_score", taken)) for name, one in drawn.items()}


def _moving(
    scene: SceneDocument, recipe: Family, graph: nx.DiGraph, taken: Collection[str], seed: int
) -> dict[str, dict[str, str]]:
    """The same of a scene that moves."""
    causes = temporal.draw_lags(graph, recipe.lags or 1, seed)
    kinds = {name: _kind(recipe, name, seed) for name in graph}
    return temporal.equations(scene.factors, causes, kinds, recipe.noise, taken, seed)


def _kind(recipe: Family, name: str, seed: int) -> Kind:
    kinds = get_args(Kind) if recipe.mechanisms == "mixed" else (recipe.mechanisms,)
    kind: Kind = kinds[int(rolls(seed, f"kind of {name}", 1)[0] * len(kinds))]
    return kind


# What is drawn


def _shuffled(items: Iterable[T], seed: int, label: str) -> list[T]:
    ordered = list(items)
    return [ordered[k] for k in np.argsort(rolls(seed, label, len(ordered)))]


def choose(scene: SceneDocument, recipe: Family, seed: int) -> list[str]:
    """Say which factors the model has, in declared order; where their number is given, the types take turns.

    Raises:
        ScmgenError: if the scene has no such free factors, or not so many.
    """
    free = scene.free
    if len(free) < FEWEST:
        few = f"{len(free)} of its factors" if free else "none of its factors"
        raise ScmgenError(f"{scene.name}: {few} may be sampled; at least {FEWEST} names are needed under free:")
    if isinstance(recipe.factors, tuple):
        return _named(scene, recipe.factors)
    count = min(MOST, len(free)) if recipe.factors is None else recipe.factors
    if count > len(free):
        raise ScmgenError(f"{scene.name}: {count} factors are asked for; only {len(free)} are free: {', '.join(free)}")
    types: dict[str, list[str]] = {}
    for name in _shuffled(free, seed, "factors"):
        types.setdefault(scene.factors[name].domain.kind, []).append(name)
    rounds = itertools.zip_longest(*_shuffled(types.values(), seed, "types"))
    dealt = [name for turn in rounds for name in turn if name is not None]
    return [name for name in scene.factors if name in dealt[:count]]


def _named(scene: SceneDocument, names: tuple[str, ...]) -> list[str]:
    for k, name in enumerate(names):
        if name not in scene.free:
            raise ScmgenError(f"{scene.name}: no free factor {name!r}; {suggestion(name, scene.free)}")
        if name in names[:k]:
            raise ScmgenError(f"{scene.name}: the factor {name!r} is asked for twice")
    if not FEWEST <= len(names) <= MOST:
        raise ScmgenError(f"{scene.name}: {FEWEST} to {MOST} factors are needed, found {len(names)}")
    return [name for name in scene.factors if name in names]


def draw_graph(recipe: Family, names: list[str], seed: int) -> nx.DiGraph:
    """Draw a graph over ``names`` whose edges follow a drawn order; one without any edge is drawn again.

    Raises:
        ScmgenError: if such a graph cannot have so many edges.
    """
    order = _shuffled(names, seed, "order")
    most = (len(names) - 1) / 2 if recipe.graph == "er" else len(names) - 1
    if recipe.edges > most:
        family = f"{recipe.graph}:{recipe.edges:g} with {len(names)} factors"
        raise ScmgenError(f"{family}: such a graph has at most {most:g} edges a node")
    if recipe.graph == "er":
        draws = (_erdos_renyi(recipe.edges, order, seed, attempt) for attempt in itertools.count())
        pairs = next(pairs for pairs in draws if pairs)
    else:
        pairs = _barabasi_albert(int(recipe.edges), _shuffled(names, seed, "arrival"), seed)
    graph = nx.DiGraph()
    graph.add_nodes_from(order)
    graph.add_edges_from(sorted(pair, key=order.index) for pair in pairs)
    return graph


def _erdos_renyi(edges: float, names: list[str], seed: int, attempt: int) -> list[tuple[str, str]]:
    """Each pair with the chance that gives ``edges`` a node on average."""
    pairs = list(itertools.combinations(names, 2))
    chance = edges * len(names) / len(pairs)
    return [pair for pair, u in zip(pairs, rolls(seed, f"edges {attempt}", len(pairs)), strict=True) if u < chance]


def _barabasi_albert(edges: int, names: list[str], seed: int) -> list[tuple[str, str]]:
    """Each name joins up to ``edges`` of those before it, with chances in proportion to their edges so far.

    Weighted sampling without replacement by exponential keys (Efraimidis and Spirakis 2006).
    """
    pairs: list[tuple[str, str]] = []
    degrees = np.zeros(len(names))
    for k in range(1, len(names)):
        keys = np.log(rolls(seed, f"edges of {names[k]}", k)) / np.maximum(degrees[:k], 1.0)
        joined = np.argsort(keys)[-edges:]
        pairs += [(names[j], names[k]) for j in joined]
        degrees[joined] += 1
        degrees[k] = len(joined)
    return pairs


def _draw_mechanisms(scene: SceneDocument, recipe: Family, graph: nx.DiGraph, seed: int) -> dict[str, Mechanism]:
    drawn: dict[str, Mechanism] = {}
    for name in graph:  # in causal order
        before = {parent: drawn[parent] for parent in scene.factors if graph.has_edge(parent, name)}
        score = None
        if before:
            kind = _kind(recipe, name, seed)
            parents = {parent: mechanism.domain for parent, mechanism in before.items()}
            values = {parent: mechanism.values for parent, mechanism in before.items()}
            score = draw_score(kind, name, parents, values, seed)
        share = recipe.noise / (recipe.noise + (1 - recipe.noise) * max(1, len(before)))
        drawn[name] = draw_mechanism(name, scene.factors[name].domain, score, share, before, seed, _N)
    return drawn
