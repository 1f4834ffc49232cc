"""Do the labels of sampled causal models contradict wrong graphs, and leave the true one alone?

    python benchmarks/falsification.py -o benchmarks/results/falsification.json

Needs the extra `interop` (dowhy). For 20 models that are sampled on `shapes`, dowhy.gcm.falsify.falsify_graph
judges the true graph and wrong ones outside its Markov equivalence class: one edge reversed, removed or added,
three such edits, and the same graph with its nodes shuffled. Three verdicts are read off each result:

permutation  dowhy's own: `falsified`. Its null hypothesis is that the graph is no better than with its nodes
             shuffled: it is not falsified if it violates fewer local Markov conditions than 95 % of 100 shuffled
             ones. So it finds graphs that are as bad as chance, not graphs with an error.
markov       some local Markov condition of the given graph is violated, at 5 % for all of them together
             (Bonferroni over the p-values that falsify_graph reports for the given graph).
minimality   some edge is superfluous: without it the child is independent of that parent given the others
             (`suggestions=True`). Graphs that only have too many edges violate no Markov condition; this finds them.

The test of conditional independence is the generalised covariance measure (Shah and Peters 2020, Annals of
Statistics 48(3), section 3.2) of features that know a factor's type: polynomials, sine and cosine, one-hot levels.
Their conditional means are kernel ridge regressions (Nystroem features, penalty and width by generalised
cross-validation), as mechanisms are nonlinear and interact. The largest of the standardised covariances is judged
by Sidak's inequality. Each test is made once for a data set, whatever graph asks for it: that makes it affordable.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import threadpoolctl
from dowhy import gcm
from dowhy.gcm.falsify import EvaluationResult, FalsifyConst, falsify_graph
from dowhy.gcm.util.general import set_random_seed
from numpy.typing import NDArray
from scipy import stats

from scmgen.dataset import catalogue
from scmgen.publish import interop
from scmgen.scene import sampled
from scmgen.scene.factor import Factor
from scmgen.scene.scene import Scene, compile_scene
from scmgen.scm.equivalence import equivalence_class

Array = NDArray[np.float64]

MODELS, SAMPLES, PERMUTATIONS, LEVEL = 20, 2_000, 100, 0.05
RECIPES = ["er:1,factors=5", "er:1,factors=6", "er:1.5,factors=7", "sf:2,factors=8", "er:1.5,factors=10"]
EDITS = {"reversal": ["reverse"], "removal": ["remove"], "addition": ["add"], "three edits": [None] * 3}
EACH = 3  # wrong graphs of each kind for each model
LANDMARKS, WIDTHS, PENALTIES = 100, (0.3, 1.0, 3.0), 10.0 ** np.arange(-6, 2)


# The test of conditional independence


def position(factor: Factor, values: Array) -> Array:
    """Where a value lies, for the kernel: ``(n, k)``."""
    low, high = factor.bounds
    if factor.levels:
        return np.eye(len(factor.levels))[values.astype(int)]
    if factor.circular:
        turn = 2 * np.pi * (values - low) / (high - low)
        return np.stack([np.sin(turn), np.cos(turn)], axis=1)
    return ((values - values.mean()) / values.std())[:, None]


def features(factor: Factor, values: Array) -> Array:
    """What of a value is tested: ``(n, k)``; for numbers the value and its square."""
    place = position(factor, values)
    if factor.levels:
        return place[:, 1:][:, place[:, 1:].any(axis=0)]
    return place if factor.circular else np.concatenate([place, place**2], axis=1)


def residuals(places: Array, targets: Array) -> Array:
    """What kernel ridge regression on ``places (n, p)`` leaves of ``targets (n, q)``."""
    rows = np.random.default_rng(0).choice(len(places), min(LANDMARKS, len(places)), replace=False)
    square = ((places[:, None, :] - places[rows]) ** 2).sum(axis=2)
    best, left = np.full(targets.shape[1], np.inf), targets.copy()
    for width in WIDTHS:
        kernel = np.exp(-width * square)
        values, vectors = np.linalg.eigh(kernel[rows])
        kept = values > 1e-10 * values[-1]
        mapped = kernel @ (vectors[:, kept] / np.sqrt(values[kept]))
        basis, sizes, _ = np.linalg.svd(
            np.concatenate([np.ones((len(places), 1)), mapped], axis=1), full_matrices=False
        )
        shares = basis.T @ targets
        for penalty in PENALTIES:
            shrink = sizes**2 / (sizes**2 + penalty)
            rest = targets - basis @ (shrink[:, None] * shares)
            score = (rest**2).sum(axis=0) / (1 - shrink.sum() / len(places)) ** 2
            better = score < best
            best[better], left[:, better] = score[better], rest[:, better]
    return left


class Independence:
    """Tests on one data set. dowhy hands over columns without their names, so they are recognised by content."""

    def __init__(self, data: pd.DataFrame, factors: dict[str, Factor]) -> None:
        self._names = {data[name].to_numpy().tobytes(): name for name in data}
        self._places = {name: position(factors[name], data[name].to_numpy()) for name in data}
        self._features = {name: features(factors[name], data[name].to_numpy()) for name in data}
        self._left: dict[frozenset[str], dict[str, Array]] = {}
        self._p_values: dict[tuple[frozenset[str], frozenset[str]], float] = {}

    def __call__(self, x: Array, y: Array, z: Array | None = None) -> float:
        """The p-value of "x is independent of y given z"."""
        pair = self._recognise([x, y])
        given = self._recognise([] if z is None else z.reshape(len(z), -1).T)
        if (pair, given) not in self._p_values:
            self._p_values[pair, given] = self._test(*sorted(pair), given)
        return self._p_values[pair, given]

    def _recognise(self, columns: Iterable[Array]) -> frozenset[str]:
        return frozenset(self._names[np.ascontiguousarray(column).tobytes()] for column in columns)

    def _residuals(self, given: frozenset[str]) -> dict[str, Array]:
        if given not in self._left:
            names = [name for name in self._features if name not in given]
            targets = np.concatenate([self._features[name] for name in names], axis=1)
            targets = targets - targets.mean(axis=0)
            if given:
                targets = residuals(np.concatenate([self._places[name] for name in sorted(given)], axis=1), targets)
            ends = np.cumsum([self._features[name].shape[1] for name in names])[:-1]
            self._left[given] = dict(zip(names, np.split(targets, ends, axis=1), strict=True))
        return self._left[given]

    def _test(self, x: str, y: str, given: frozenset[str]) -> float:
        left = self._residuals(given)
        products = (left[x][:, :, None] * left[y][:, None, :]).reshape(len(left[x]), -1)
        largest = np.abs(products.mean(axis=0) / products.std(axis=0)).max() * np.sqrt(len(products))
        return float(-np.expm1(products.shape[1] * np.log1p(-2 * stats.norm.sf(largest))))


# Wrong graphs


def markov_class(graph: nx.DiGraph) -> tuple[frozenset[Any], frozenset[Any]]:
    """What observation identifies of a DAG: equal for two DAGs if, and only if, they are Markov equivalent."""
    marked = nx.MultiDiGraph()
    marked.add_nodes_from(graph)
    marked.add_edges_from((a, b, {"kind": "directed"}) for a, b in graph.edges)
    essential = equivalence_class(marked, [])
    return frozenset(map(tuple, essential["directed"])), frozenset(map(frozenset, essential["undirected"]))


def edited(graph: nx.DiGraph, edit: str | None, rng: np.random.Generator) -> nx.DiGraph:
    """Reverse, remove or add one edge (None: one of the three)."""
    edit = edit or str(rng.choice(["reverse", "remove", "add"]))
    pairs = [pair for pair in itertools.permutations(graph, 2) if pair[::-1] not in graph.edges]
    pairs = [pair for pair in pairs if (pair in graph.edges) == (edit != "add")]
    changed = graph.copy()
    if pairs:
        a, b = pairs[rng.integers(len(pairs))]
        if edit != "add":
            changed.remove_edge(a, b)
        if edit != "remove":
            changed.add_edge(*((b, a) if edit == "reverse" else (a, b)))
    return changed


def wrong_graphs(true: nx.DiGraph, seed: int) -> list[tuple[str, nx.DiGraph]]:
    """Different DAGs of each kind, none of them Markov equivalent to the true one; fewer where there are no more."""
    rng = np.random.default_rng(seed)
    nodes, truth = list(true), markov_class(true)
    wrong = []
    for kind in (*EDITS, "shuffled"):
        seen: list[set[tuple[str, str]]] = []
        for _ in range(200):
            graph = true
            for edit in EDITS.get(kind, []):
                graph = edited(graph, edit, rng)
            if kind == "shuffled":
                renamed = nx.relabel_nodes(true, dict(zip(nodes, rng.permutation(nodes).tolist(), strict=True)))
                graph = nx.DiGraph()
                graph.add_nodes_from(nodes)
                graph.add_edges_from(renamed.edges)
            fresh = set(graph.edges) not in seen and nx.is_directed_acyclic_graph(graph)
            if fresh and markov_class(graph) != truth:
                seen.append(set(graph.edges))
                wrong.append((kind, graph))
            if len(seen) == EACH:
                break
    return wrong


# Verdicts


def verdicts(result: EvaluationResult) -> dict[str, Any]:
    """Read the three verdicts, and the p-values behind them, off one result of falsify_graph."""
    markov = result.summary[FalsifyConst.VALIDATE_LMC]
    local = [float(p) for p, _ in markov[FalsifyConst.LOCAL_VIOLATION_INSIGHT].values()]
    edges = [float(p) for p, _ in result.suggestions[FalsifyConst.VALIDATE_CM][FalsifyConst.P_VALUES].values()]
    violated = bool(local) and min(local) * len(local) <= LEVEL
    superfluous = bool(edges) and max(edges) > LEVEL
    return {
        "falsifiable": bool(result.falsifiable),
        "permutation": bool(result.falsified),
        "markov": violated,
        "minimality": superfluous,
        "markov or minimality": violated or superfluous,
        "p_permutation": markov[FalsifyConst.P_VALUE],
        "p_local": local,
    }


def judge(scene: Scene, seed: int) -> list[dict[str, Any]]:
    """Judge the true graph of a scene and wrong ones by its labels."""
    data = scene.sample(SAMPLES, seed=seed).drop_dims("exogenous").to_dataframe()[list(scene.factors)]
    test = Independence(data, scene.factors)
    true = interop.to_networkx(scene)
    rows = []
    for kind, graph in [("true", true), *wrong_graphs(true, seed)]:
        set_random_seed(seed)  # dowhy shuffles with the global generator
        result = falsify_graph(
            graph,
            data,
            suggestions=True,
            independence_test=test,
            conditional_independence_test=test,
            significance_level=LEVEL,
            significance_ci=LEVEL,
            n_permutations=PERMUTATIONS,
        )
        rows.append({"kind": kind, "edges": graph.number_of_edges(), **verdicts(result)})
    return rows


def table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rates of rejection by kind of graph, and the two requirements."""
    names = ("falsifiable", "permutation", "markov", "minimality", "markov or minimality")
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in ("true", *EDITS, "shuffled")}
    kinds["all edits"] = [row for row in rows if row["kind"] in EDITS]
    rates = {
        kind: {
            "graphs": len(judged),
            **{name: round(float(np.mean([row[name] for row in judged])), 3) for name in names},
        }
        for kind, judged in kinds.items()
        if judged
    }
    local = np.array([p for row in kinds["true"] for p in row["p_local"]])
    return {
        "rates": rates,
        "true_rejected_beyond_5_percent": {  # chance of so many or more, if the rate were the stated one
            name: round(
                float(stats.binom.sf(sum(row[name] for row in kinds["true"]) - 1, len(kinds["true"]), LEVEL)), 3
            )
            for name in ("permutation", "markov", "markov or minimality")
        },
        "local_tests_of_true_graphs": {
            "tests": len(local),
            "share_below": {str(a): round(float((local <= a).mean()), 4) for a in (0.05, 0.01, 0.001)},
        },
    }


def main() -> None:
    """Sample models, judge their graphs and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/falsification.json"))
    options = parser.parse_args()
    gcm.config.disable_progress_bars()
    gcm.config.set_default_n_jobs(1)
    threadpoolctl.threadpool_limits(1)  # matrices are small: threads would only wait for one another
    shapes = catalogue.load_scene("shapes").document
    began, rows, models = time.process_time(), [], []
    for seed in range(options.models):
        recipe = RECIPES[seed % len(RECIPES)]
        scene = compile_scene(sampled.sample(shapes, sampled.parse(recipe), seed))
        rows += (judged := judge(scene, seed))
        seconds = round(time.process_time() - began)
        models.append({"recipe": recipe, "seed": seed, **{k: v for k, v in judged[0].items() if k != "p_local"}})
        print(seed, recipe, f"{len(judged)} graphs", f"{seconds} s", json.dumps(models[-1]), flush=True)
    settings = {"samples": SAMPLES, "permutations": PERMUTATIONS, "level": LEVEL, "wrong_graphs_of_a_kind": EACH}
    result = {
        "settings": settings,
        "cpu_seconds": seconds,
        "load": os.getloadavg()[0],
        **table(rows),
        "true_graphs": models,
    }
    print(json.dumps({key: result[key] for key in list(result)[1:-1]}, indent=2))
    options.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
