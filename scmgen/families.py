"""Sampled structural causal models: graph and mechanisms drawn from a seed, as equation text."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import networkx as nx
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scmgen.children import ROOM, Child, draw_child, write
from scmgen.errors import ScmgenError, suggestion
from scmgen.mechanisms import draw_score, rolls
from scmgen.scene import Factor, SceneDocument

N = 20_000


class Recipe(BaseModel):
    """What is drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    graph: Literal["er", "sf"]
    edges: float
    factors: int | tuple[str, ...] | None = None
    mechanisms: Literal["linear", "additive", "interaction", "mixed"] = "mixed"
    noise: float = 0.15


def _order(seed, label, items):
    items = list(items)
    return [items[i] for i in np.argsort(rolls(seed, label, len(items)))]


def _type(f):
    return "categorical" if f.levels is not None else "circular" if f.circular else "continuous"


def choose(document, recipe, seed):
    free = list(document.free)
    if isinstance(recipe.factors, tuple):
        return list(recipe.factors)
    count = recipe.factors or min(12, len(free))
    types = {}
    for name in _order(seed, "factors", free):
        types.setdefault(_type(document.factors[name]), []).append(name)
    turns = _order(seed, "types", sorted(types))
    dealt = [name for round_ in range(len(free)) for t in turns for name in types[t][round_ : round_ + 1]]
    return [n for n in document.factors if n in dealt[:count]]


def draw_graph(recipe, names, seed):
    order = _order(seed, "order", names)
    d = len(order)
    g = nx.DiGraph()
    g.add_nodes_from(order)
    if recipe.graph == "er":
        p = 2 * recipe.edges / (d - 1)
        pairs = [(a, b) for j, b in enumerate(order) for a in order[:j]]
        for attempt in range(1000):
            es = [e for e, u in zip(pairs, rolls(seed, f"edges {attempt}", len(pairs))) if u < p]
            if es:
                break
        g.add_edges_from(es)
    else:
        for i, new in enumerate(order[1:], 1):
            old = order[:i]
            w = np.array([max(1, g.degree(o)) for o in old])
            keys = np.log(rolls(seed, f"edges of {new}", i)) / w
            for k in np.argsort(-keys)[: int(recipe.edges)]:
                g.add_edge(old[k], new)
    return g


def draw(document, recipe, seed):
    names = choose(document, recipe, seed)
    g = draw_graph(recipe, names, seed)
    children = {}
    for name in nx.topological_sort(g):
        ps = sorted(g.predecessors(name))
        score = None
        if ps:
            kind = recipe.mechanisms
            if kind == "mixed":
                kind = ("linear", "additive", "interaction")[int(3 * rolls(seed, f"kind of {name}", 1)[0])]
            score = draw_score(kind, name, {p: document.factors[p] for p in ps}, {p: children[p].values for p in ps}, seed)
        children[name] = draw_child(name, document.factors[name], score, recipe.noise, {p: children[p] for p in ps}, seed, N)
    return g, children


def sample(document, recipe, seed):
    g, children = draw(document, recipe, seed)
    share = ROOM / 2 / max(np.sqrt(3), *(c.demand for c in children.values()))
    eqs = {}
    for name, old in document.equations.items():
        if name in children:
            eqs |= write(children[name], {p: children[p] for p in g.predecessors(name)}, share, f"{name}_score")
        elif name in document.free:
            lo, hi = document.factors[name].bounds
            eqs[name] = repr((lo + hi) / 2) if document.factors[name].levels is None else "0"
        else:
            eqs[name] = old
    data = document.data()
    data["equations"] = eqs
    data["factors"] = {k: v for k, v in data["factors"].items() if k in children or k not in document.free}
    missing = {}
    for name, f in document.factors.items():
        if name not in data["factors"]:
            for i, l in enumerate(f.levels or ()):
                if not any(l in (document.factors[k].levels or ()) for k in data["factors"]):
                    missing[l] = i
    data["parameters"] = {**data.get("parameters", {}), **missing}
    data["free"] = list(children)
    return SceneDocument.model_validate(data)
