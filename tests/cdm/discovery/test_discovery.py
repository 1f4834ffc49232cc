"""The ways to a graph, each on codes whose causes are known, and what is said of edges that stay open."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("causallearn")
pytest.importorskip("dagma")

import toy  # noqa: E402
from causes import MIXED_TRUTH, NUMBERS, TRUTH, Pairs, curved, linear, mixed  # noqa: E402
from checkout import ROOT  # noqa: E402
from torch import Tensor  # noqa: E402

from cdm import config, discovery  # noqa: E402
from cdm.data.pairs import open_data  # noqa: E402
from cdm.discovery import constraints, dagma, found, notears, variational  # noqa: E402
from cdm.errors import CdmError  # noqa: E402
from cdm.scm.graph import from_edges, topological  # noqa: E402
from cdm.training import run, train  # noqa: E402


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few resamples and restarts: enough to see what a method finds."""
    for method in (notears, dagma):
        monkeypatch.setattr(method, "_RESAMPLES", 1)
        monkeypatch.setattr(method, "_ROWS", 400)
    monkeypatch.setattr(constraints, "_RESAMPLES", 3)
    monkeypatch.setattr(variational, "_RESTARTS", 1)
    monkeypatch.setattr(variational, "_STEPS", 600)


def distance(one: Tensor, other: Tensor) -> int:
    wrong = one != other
    return int((wrong | wrong.T).triu().sum())


# What each finds


@pytest.mark.parametrize(
    ("method", "pairs"),
    [
        *((method, pairs) for method in ("interventional", "pc", "fci") for pairs in (linear(), curved())),
        ("notears", linear()),
        ("variational", curved()),
    ],
)
def test_with_interventions_the_graph_comes_out(brief: None, method: str, pairs: Pairs) -> None:
    told = pairs.found(method)
    assert told.adjacency.tolist() == TRUTH.tolist()
    assert told.undecided.sum() == 0
    assert told.probability[TRUTH > 0].min() > 0.5


@pytest.mark.parametrize("method", ["notears", "dagma"])
def test_noise_of_one_size_shows_linear_graphs_without_interventions(brief: None, method: str) -> None:
    assert linear().observed.found(method).adjacency.tolist() == TRUTH.tolist()


def test_pc_finds_skeleton_and_collider_and_leaves_the_rest_open(brief: None) -> None:
    told = curved().observed.found("pc")
    assert distance(told.adjacency + told.adjacency.T, TRUTH + TRUTH.T) == 0
    assert told.adjacency[1, 3] == told.adjacency[2, 3] == 1
    assert told.undecided.nonzero().tolist() == [[0, 1], [1, 0]]
    assert told.probability[0, 1] == told.probability[1, 0] == 0.5


def test_fci_leaves_what_a_hidden_common_cause_could_explain_open(brief: None) -> None:
    told = curved().observed.found("fci")
    assert told.undecided.triu().nonzero().tolist() == [[0, 1], [1, 3], [2, 3]]
    assert told.adjacency[1, 3] == told.adjacency[2, 3] == 1  # a common cause or this, never the other way round


def test_a_hidden_common_cause_becomes_no_edge(brief: None) -> None:
    draw = torch.Generator().manual_seed(0)
    hidden, z = torch.randn(3000, generator=draw), torch.randn(3000, 4, generator=draw)
    z[:, 1] += 1.5 * hidden + z[:, 0]
    z[:, 2] += 1.5 * hidden + z[:, 3]  # a -> b <-> c <- d
    told = Pairs(NUMBERS, z, None, None).found("fci")
    assert told.adjacency[1, 2] == told.adjacency[2, 1] == 0
    assert told.undecided[1, 2] == 1


@pytest.mark.parametrize("method", ["interventional", "pc", "fci", "notears", "variational"])
def test_levels_and_angles_are_factors_like_others(brief: None, method: str) -> None:
    told = mixed().found(method)
    assert told.adjacency.shape == (3, 3)
    assert told.adjacency.tolist() == MIXED_TRUTH.tolist()


def test_dagma_takes_levels_and_angles_as_blocks(brief: None) -> None:
    told = mixed().observed.found("dagma").adjacency
    assert told.shape == (3, 3)
    assert told[0, 1] + told[1, 0] == 1
    assert told[:, 2].sum() + told[2].sum() > 0  # the size hangs on something


def test_spoiled_pairs_spoil_the_posterior(brief: None) -> None:
    pairs = curved()
    rows = torch.randperm(3000, generator=torch.Generator().manual_seed(0))
    assert pairs.after is not None and pairs.mask is not None
    spoiled = replace(pairs, after=pairs.after[rows], mask=pairs.mask[:, [1, 0, 3, 2]][rows])
    assert distance(spoiled.found("variational").adjacency, TRUTH) > 1


# What all keep to


@pytest.mark.parametrize("method", list(discovery.METHODS))
def test_one_seed_is_one_graph_bit_for_bit_and_always_a_dag(
    method: str, brief: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variational, "_STEPS", 30)
    monkeypatch.setattr(notears, "_STEPS", 20)
    monkeypatch.setattr(dagma, "_FIT", {**dagma._FIT, "warm_iter": 20, "max_iter": 20})
    pairs = curved(600)
    before = torch.random.get_rng_state(), torch.get_default_dtype()
    one, again = (pairs.found(method, seed=3) for _ in range(2))
    for name in ("adjacency", "probability", "undecided"):
        assert torch.equal(getattr(one, name), getattr(again, name))
    topological(one.adjacency)
    assert ((one.probability >= 0) & (one.probability < 1 + 1e-5)).all()
    assert torch.equal(before[0], torch.random.get_rng_state()) and before[1] == torch.get_default_dtype()


def test_fci_does_not_depend_on_how_texts_are_hashed() -> None:
    code = (
        "import causes; told = causes.curved(800).observed.found('fci')\n"
        "print(told.adjacency.tolist(), told.probability.tolist(), told.undecided.tolist())"
    )
    where, told = str(ROOT / "tests" / "support"), []
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{where}:{ROOT}", "OMP_NUM_THREADS": "1"}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        told.append(done.stdout)
    assert told[0] == told[1]


def test_circles_give_way_at_the_least_probable_edge_and_stay_undecided() -> None:
    chosen = from_edges("abc", [("a", "b"), ("b", "c"), ("c", "a")])
    probability = chosen * torch.tensor([[0.0, 0.9, 0.0], [0.0, 0.0, 0.8], [0.85, 0.0, 0.0]])
    told = found.conclude(chosen, probability)
    assert told.adjacency.nonzero().tolist() == [[0, 1], [2, 0]]
    assert told.undecided.nonzero().tolist() == [[1, 2], [2, 1]]


def test_what_resamples_disagree_on_is_undecided() -> None:
    probability = torch.tensor([[0.0, 0.6, 0.95], [0.3, 0.0, 0.1], [0.0, 0.0, 0.0]])
    told = found.conclude((probability > 0.5).float(), probability)
    assert told.adjacency.nonzero().tolist() == [[0, 1], [0, 2]]
    assert told.undecided.nonzero().tolist() == [[0, 1], [1, 0]]


def test_the_door_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = linear(100)
    with pytest.raises(
        CdmError, match=r"^graph: 'fcj'; did you mean 'fci'\? there are interventional, notears, dagma,"
    ):
        pairs.found("fcj")
    with pytest.raises(CdmError, match=r"^graph 'interventional': needs pairs of images, which the data do not hold$"):
        pairs.observed.found("interventional")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for method, package in (("pc", "causal-learn"), ("fci", "causal-learn"), ("dagma", "dagma")):
        message = f"graph {method!r}: needs {package}: pip install 'scmgen[graphs]'"
        with pytest.raises(CdmError, match=f"^{re.escape(message)}$"):
            pairs.found(method)
    discovery.require("notears")


# In a run

TINY = {
    "encoder_steps": 10,
    "encoder_batch": 8,
    "mechanism_steps": 5,
    "draft_steps": 5,
    "draft_batch": 4,
    "denoiser_steps": 5,
    "denoiser_batch": 4,
}


def test_labels_without_pairs_give_a_graph(tmp_path: Path, brief: None) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 200, pairs=False)), "train", tmp_path / "cache")
    told = config.make("quick", supervision="labels", graph="pc", **TINY)
    begun = run.start(plain, told)
    train.fit(begun)
    assert begun.header["graph"]["adjacency"] == begun.model.adjacency.tolist()
    topological(begun.model.adjacency)
    with pytest.raises(CdmError, match=r"^the shards hold no image_cf, do_mask, which supervision 'labels' and graph"):
        run.start(plain, config.make("quick", supervision="labels"))


def test_a_missing_package_is_told_before_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = open_data(str(toy.write(tmp_path / "toy", 40)), "train", tmp_path / "cache")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CdmError, match=r"^graph 'dagma': needs dagma: pip install 'scmgen\[graphs\]'$"):
        run.start(pairs, config.make("quick", graph="dagma"))


def test_the_last_lines_of_a_training_and_the_graph_say_what_could_have_told(tmp_path: Path) -> None:
    where, out = toy.write(tmp_path / "toy", 200), tmp_path / "run"
    steps = [text for name, count in TINY.items() for text in ("--set", f"{name}={count}")]
    done = toy.call("train", str(where), "-o", str(out), "--graph", "pc", *steps, home=tmp_path)
    assert done.returncode == 0, done.stderr
    first, *verdicts = done.stdout.splitlines()
    assert "to the manifest's graph)" in first
    told = json.loads(toy.call("graph", str(out), "-f", "json", home=tmp_path).stdout)
    assert [line.strip() for line in verdicts] == told["verdicts"]
    wrong = {frozenset(line.split()[:3:2]) for line in told["verdicts"] if "differs" in line}
    assert f"(SHD {len(wrong)} " in first
    text = toy.call("graph", str(out), home=tmp_path).stdout.splitlines()
    assert text[len(text) - len(verdicts) :] == told["verdicts"]


def test_a_given_graph_may_not_run_in_a_circle(tmp_path: Path) -> None:
    circle = {"adjacency": {"names": toy.FACTORS, "directed": [[0, 1, 0], [0, 0, 1], [1, 0, 0]]}}
    where = toy.write(tmp_path / "toy", 40, graph=circle)
    done = toy.call("train", str(where), "-o", str(tmp_path / "run"), "--graph", "given", home=tmp_path / "cache")
    assert done.returncode == 2
    assert done.stderr == "cdm: graph 'given': the manifest's graph has a cycle among factors [0, 1, 2]\n"
