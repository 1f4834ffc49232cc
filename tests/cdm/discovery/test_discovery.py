"""The ways to a graph, each on codes whose causes are known, and what is said of edges that stay open."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")
pytest.importorskip("causallearn")
pytest.importorskip("dagma")

import torch
import toy
from causes import MIXED_TRUTH, TRUTH, Pairs, curved, linear, mixed
from causes import brief as brief

from cdm import config, discovery
from cdm.data.pairs import open_data
from cdm.discovery import dagma, enco, notears, variational
from cdm.errors import CdmError
from cdm.scm.graph import topological
from cdm.training import run, train

# What each finds


@pytest.mark.parametrize(
    ("method", "pairs"),
    [
        *((method, pairs) for method in ("interventional", "pc", "fci") for pairs in (linear(), curved())),
        ("notears", linear()),
        ("enco", curved()),
        ("variational", curved()),
    ],
)
def test_with_interventions_the_graph_comes_out(brief: None, method: str, pairs: Pairs) -> None:
    learned = pairs.discovered(method)
    assert learned.adjacency.tolist() == TRUTH.tolist()
    assert learned.undecided.sum() == 0
    assert learned.probability[TRUTH > 0].min() > 0.5


@pytest.mark.parametrize("method", ["notears", "dagma"])
def test_noise_of_one_size_shows_linear_graphs_without_interventions(brief: None, method: str) -> None:
    assert linear().observed.discovered(method).adjacency.tolist() == TRUTH.tolist()


@pytest.mark.parametrize("method", ["interventional", "pc", "fci", "notears", "enco", "variational"])
def test_levels_and_angles_are_factors_like_others(brief: None, method: str) -> None:
    learned = mixed().discovered(method)
    assert learned.adjacency.shape == (3, 3)
    assert learned.adjacency.tolist() == MIXED_TRUTH.tolist()


# What all keep to


@pytest.mark.parametrize("method", list(discovery.METHODS))
def test_one_seed_is_one_graph_bit_for_bit_and_always_a_dag(
    method: str, brief: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variational, "_STEPS", 30)
    monkeypatch.setattr(enco, "_ROUNDS", 1)
    monkeypatch.setattr(notears, "_STEPS", 20)
    monkeypatch.setattr(dagma, "_FIT", {**dagma._FIT, "warm_iter": 20, "max_iter": 20})
    pairs = curved(600)
    before = torch.random.get_rng_state(), torch.get_default_dtype()
    one, again = (pairs.discovered(method, seed=3) for _ in range(2))
    for name in ("adjacency", "probability", "undecided"):
        assert torch.equal(getattr(one, name), getattr(again, name))
    topological(one.adjacency)
    assert ((one.probability >= 0) & (one.probability < 1 + 1e-5)).all()
    assert torch.equal(before[0], torch.random.get_rng_state()) and before[1] == torch.get_default_dtype()


def test_the_door_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = linear(100)
    with pytest.raises(
        CdmError, match=r"^graph: 'fcj'; did you mean 'fci'\? there are interventional, notears, dagma,"
    ):
        pairs.discovered("fcj")
    with pytest.raises(CdmError, match=r"^graph 'interventional': needs pairs of images, which the data do not hold$"):
        pairs.observed.discovered("interventional")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for method, package in (("pc", "causal-learn"), ("fci", "causal-learn"), ("dagma", "dagma"), ("gies", "gies")):
        message = f"graph {method!r}: needs {package}: pip install 'scmgen[graphs]'"
        with pytest.raises(CdmError, match=f"^{re.escape(message)}$"):
            pairs.discovered(method)
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
    with pytest.raises(
        CdmError, match=r"^the shards hold no image_cf, do_mask, which graph 'interventional' needs; they allow"
    ):
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
    circle = toy.graph(toy.FACTORS, [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    where = toy.write(tmp_path / "toy", 40, graph=circle)
    done = toy.call("train", str(where), "-o", str(tmp_path / "run"), "--graph", "given", home=tmp_path / "cache")
    assert done.returncode == 2
    told = "cdm: graph 'given': the manifest's graph has a cycle among factors [0, 1, 2]"
    assert done.stderr.splitlines()[-1] == told
