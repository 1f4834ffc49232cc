"""PC and FCI: what observation orients, what stays open, and a hidden common cause."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")
pytest.importorskip("causallearn")

import torch
from causes import NUMBERS, TRUTH, Pairs, curved
from causes import brief as brief
from checkout import ROOT
from torch import Tensor


def distance(one: Tensor, other: Tensor) -> int:
    wrong = one != other
    return int((wrong | wrong.T).triu().sum())


def test_pc_finds_skeleton_and_collider_and_leaves_the_rest_open(brief: None) -> None:
    learned = curved().observed.discovered("pc")
    assert distance(learned.adjacency + learned.adjacency.T, TRUTH + TRUTH.T) == 0
    assert learned.adjacency[1, 3] == learned.adjacency[2, 3] == 1
    assert learned.undecided.nonzero().tolist() == [[0, 1], [1, 0]]
    assert learned.probability[0, 1] == learned.probability[1, 0] == 0.5


def test_fci_leaves_what_a_hidden_common_cause_could_explain_open(brief: None) -> None:
    learned = curved().observed.discovered("fci")
    assert learned.undecided.triu().nonzero().tolist() == [[0, 1], [1, 3], [2, 3]]
    assert learned.adjacency[1, 3] == learned.adjacency[2, 3] == 1  # a common cause or this, never the other way round


def test_a_hidden_common_cause_becomes_no_edge(brief: None) -> None:
    draw = torch.Generator().manual_seed(0)
    hidden, z = torch.randn(3000, generator=draw), torch.randn(3000, 4, generator=draw)
    z[:, 1] += 1.5 * hidden + z[:, 0]
    z[:, 2] += 1.5 * hidden + z[:, 3]  # a -> b <-> c <- d
    learned = Pairs(NUMBERS, z, None, None).discovered("fci")
    assert learned.adjacency[1, 2] == learned.adjacency[2, 1] == 0
    assert learned.undecided[1, 2] == 1


def test_fci_does_not_depend_on_how_texts_are_hashed() -> None:
    code = (
        "import causes; graph = causes.curved(800).observed.discovered('fci')\n"
        "print(graph.adjacency.tolist(), graph.probability.tolist(), graph.undecided.tolist())"
    )
    where, printed = str(ROOT / "tests" / "support" / "models"), []
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{where}:{ROOT}", "OMP_NUM_THREADS": "1"}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        printed.append(done.stdout)
    assert printed[0] == printed[1]
