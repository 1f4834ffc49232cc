"""The benchmark of tests that reject wrong graphs: it knows a wrong graph from an equivalent one."""

from __future__ import annotations

import importlib
from typing import Any

import networkx as nx
import pytest
from checkout import ROOT
from confounded import U, scene_of
from scipy import stats

from scmgen.dataset import catalogue
from scmgen.publish import interop
from scmgen.scene import sampled
from scmgen.scene.scene import compile_scene


@pytest.fixture
def benchmark(gcm: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("falsification")


def test_the_benchmark_tells_equivalent_graphs_from_wrong_ones(benchmark: Any) -> None:
    chain, turned, collider = (nx.DiGraph(edges) for edges in (["ab", "bc"], ["ba", "bc"], ["ab", "cb"]))
    assert benchmark.markov_class(chain) == benchmark.markov_class(turned) != benchmark.markov_class(collider)
    recipe = sampled.parse("er:1.5,factors=5,mechanisms=additive")
    document = sampled.sample(catalogue.load_scene("shapes").document, recipe, seed=1)
    true = interop.to_networkx(compile_scene(document))
    more = {"reversal": 0, "removal": -1, "addition": 1, "shuffled": 0}
    for kind, graph in benchmark.wrong_graphs(true, seed=0):
        assert nx.is_directed_acyclic_graph(graph)
        assert list(graph) == list(true)
        assert benchmark.markov_class(graph) != benchmark.markov_class(true)
        assert kind == "three edits" or graph.number_of_edges() == true.number_of_edges() + more[kind]


def test_the_benchmarks_test_of_independence_holds_its_level_and_sees_effects(benchmark: Any) -> None:
    equations = {
        "a": "uniform(-1, 1)",
        "kind": "category(exp(3 * a), 1, exp(-3 * a))",
        "b": "a * a + uniform(-0.5, 0.5)",
        "c": "where(kind == 1, 0.7, -a) + 0.5 * b + uniform(-0.5, 0.5)",
    }
    scene = scene_of(equations, ["a", "b", "c"], {"kind": ["x", "y", "z"]})
    below = 0
    for seed in range(40):
        data = scene.sample(500, seed=seed).drop_dims("exogenous").to_dataframe()
        test = benchmark.Independence(data, dict(scene.factors))
        column = {name: data[name].to_numpy() for name in data}
        p = test(column["kind"], column["b"], data[["a"]].to_numpy())
        assert p == test(column["b"], column["kind"], data[["a"]].to_numpy())
        below += p <= 0.05
        assert test(column["a"], column["b"]) < 1e-6  # without a linear correlation
        assert test(column["c"], column["kind"], data[["a", "b"]].to_numpy()) < 1e-6
    assert below <= stats.binom.ppf(0.999, 40, 0.05)


def test_the_benchmark_leaves_the_true_graph_alone_and_finds_single_errors(
    benchmark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SAMPLES": 600, "PERMUTATIONS": 20, "EACH": 2}.items():
        monkeypatch.setattr(benchmark, name, value)
    texts = {"a": U, "b": "a + uniform(-1, 1)", "c": "a - uniform(-1, 1)", "d": f"b * c + {U}", "e": f"d + {U}"}
    true, *wrong = benchmark.judge(scene_of(texts, list(texts)), seed=0)
    assert not (true["permutation"] or true["markov"] or true["minimality"])
    assert {row["kind"] for row in wrong} == {*benchmark.EDITS, "shuffled"}
    rates = benchmark.table([true, *wrong])["rates"]
    assert rates["all edits"]["markov or minimality"] == 1.0
    assert rates["removal"]["markov"] == rates["reversal"]["markov"] == rates["addition"]["minimality"] == 1.0
    assert rates["addition"]["markov"] == rates["removal"]["minimality"] == 0.0
