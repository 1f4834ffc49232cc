"""Distances of graphs: small ones counted by hand, random ones by gadjid and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from cdm import metrics
from cdm.errors import CdmError

CHAIN = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])  # a -> b -> c


def random_graph(seed: int, d: int = 6, chance: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    order = rng.permutation(d)
    return np.triu(rng.random((d, d)) < chance, 1).astype(int)[np.ix_(order, order)]


def test_a_missing_a_wrong_and_a_turned_edge_count_once_each() -> None:
    missing, wrong, turned = CHAIN.copy(), CHAIN.copy(), CHAIN.copy()
    missing[0, 1] = 0
    wrong[0, 2] = 1
    turned[0, 1], turned[1, 0] = 0, 1
    assert [metrics.shd(graph, CHAIN) for graph in (CHAIN, missing, wrong, turned)] == [0, 1, 1, 1]
    assert metrics.edge_scores(wrong, CHAIN) == {"precision": 2 / 3, "recall": 1.0, "F1": 0.8}
    assert metrics.edge_scores(missing, CHAIN)["recall"] == 0.5
    assert metrics.closure_scores(wrong, CHAIN)["F1"] == 1.0  # a causes c, along b or not
    assert metrics.closure_scores(missing, CHAIN)["recall"] == pytest.approx(1 / 3)
    assert metrics.edge_scores(0 * CHAIN, 0 * CHAIN) == {"precision": 1.0, "recall": 1.0, "F1": 1.0}


def test_intervention_distances_are_those_of_gadjid() -> None:
    gadjid = pytest.importorskip("gadjid")
    for seed in range(8):
        graph, truth = random_graph(seed), random_graph(seed + 100)
        for name in ("sid", "parent_aid"):
            counted = getattr(gadjid, name)(truth.astype(np.int8), graph.astype(np.int8), "from row to column")[1]
            assert getattr(metrics, name)(graph, truth) == counted
        assert metrics.sid(truth, truth) == metrics.parent_aid(truth, truth) == 0


def test_a_graph_with_more_edges_may_still_tell_every_effect() -> None:
    pytest.importorskip("gadjid")
    more = CHAIN.copy()
    more[0, 2] = 1
    assert metrics.shd(more, CHAIN) == 1 and metrics.sid(more, CHAIN) == 0


def test_the_auroc_is_that_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    rng, beside = np.random.default_rng(0), ~np.eye(6, dtype=bool)
    for seed in range(6):
        truth, given = random_graph(seed), np.round(rng.random((6, 6)), 1)  # with ties
        assert metrics.auroc(given, truth) == pytest.approx(sklearn.roc_auc_score(truth[beside], given[beside]))
    assert metrics.auroc(CHAIN, CHAIN) == 1.0 and np.isnan(metrics.auroc(CHAIN, 0 * CHAIN))


def test_effects_are_compared_beside_the_diagonal() -> None:
    truth = np.array([[1.0, 0.5], [0.0, 1.0]])
    assert metrics.effect_error(truth + 9 * np.eye(2), truth) == 0.0
    assert metrics.effect_error(np.eye(2), truth) == 0.25


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (np.zeros((2, 3)), r"graph: a square matrix is needed, found one of shape \(2, 3\)"),
        (np.zeros((2, 2)), r"graphs of one size are needed, found \(2, 2\) and \(3, 3\)"),
        ([[0, np.nan, 0]] * 3, "graph: 3 of 9 numbers are not finite"),
    ],
)
def test_what_is_no_graph_is_said(graph: np.ndarray, problem: str) -> None:
    with pytest.raises(CdmError, match=f"^{problem}$"):
        metrics.shd(graph, CHAIN)


def test_effects_are_judged_of_graphs_without_cycles_only() -> None:
    pytest.importorskip("gadjid")
    assert metrics.shd(np.ones((3, 3)) - np.eye(3), CHAIN) == 3
    for name in ("sid", "parent_aid"):
        with pytest.raises(CdmError, match=f"^{name}: graph: a graph without cycles is needed$"):
            getattr(metrics, name)(np.ones((3, 3)), CHAIN)
