"""Learned graphs on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy
from trainings import GRAPH, TINY, call

from cdm import config
from cdm.cli import graph
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.training import run, train
from scmgen.scm.graph_files import graph_file
from scmgen.scm.graph_picture.picture import svg


def test_graphs_as_text(toy_run: Path, tmp_path: Path) -> None:
    assert call("graph", str(toy_run)) == "a -> b  (1.00)\n"
    assert call("graph", str(toy_run), "-f", "dot") == (
        'digraph learned {\n  "a";\n  "b";\n  "k";\n  "a" -> "b" [label="1.00"];\n}\n'
    )
    call("graph", str(toy_run), "-f", "json", "-o", str(tmp_path / "deep" / "g.json"))
    written = json.loads((tmp_path / "deep" / "g.json").read_text())
    assert written["adjacency"] == toy.ADJACENCY and len(written["bidirected"]) == 3


def test_hidden_causes_are_lines_with_two_heads() -> None:
    names, known = ["queue", "price"], {"adjacency": [[0, 1], [0, 0]], "probability": [[0, 0.9], [0, 0]]}
    known["bidirected"] = [[0, 0.98], [0.98, 0]]
    assert graph._text(names, known) == "queue -> price  (0.90)\nqueue <-> price  (0.98)"
    assert '  "queue" -> "price" [dir=both, style=dashed, label="0.98"];' in graph._dot(names, known)
    assert json.loads(graph._json(names, known))["bidirected"][0][1] == 0.98
    known["bidirected"] = [[0, 0.3], [0.3, 0]]
    assert "<->" not in graph._text(names, known)


def test_a_given_graph_has_no_probabilities(toy_pairs: Pairs, tmp_path: Path) -> None:
    told = config.make("quick", graph="given", **TINY)
    train.fit(run.start(toy_pairs, told, tmp_path, given=GRAPH))
    assert call("graph", str(tmp_path)) == "a -> b\ngiven, not learned\n"
    assert '"a" -> "b";' in call("graph", str(tmp_path), "-f", "dot")
    assert "probability" not in json.loads(call("graph", str(tmp_path), "-f", "json"))


def test_the_generator_draws_what_was_learned(toy_run: Path) -> None:
    drawn = graph_file.parse(call("graph", str(toy_run), "-f", "json"), Path("learned"))
    assert ">1.00</text>" in svg(drawn) and 'data-from="a" data-to="b"' in svg(drawn)


def test_the_suffix_says_the_format(toy_run: Path, tmp_path: Path) -> None:
    for name, begins in (("g.json", "{"), ("g.dot", "digraph"), ("g.gv", "digraph"), ("g.txt", "a ->"), ("g", "a ->")):
        call("graph", str(toy_run), "-o", str(tmp_path / name))
        assert (tmp_path / name).read_text().startswith(begins)
    call("graph", str(toy_run), "-f", "json", "-o", str(tmp_path / "g.learned"))
    assert (tmp_path / "g.learned").read_text().startswith("{")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-f", "dot", "-o", "g.json"], "g.json: its suffix says json, and --format dot"),
        (["-o", "g.svg"], "g.svg: its suffix says 'svg'; there are text, dot, json (or say it with --format)"),
        (["-f", "dto"], "--format dto: did you mean 'dot'? there are text, dot, json"),
    ],
)
def test_formats_that_contradict_the_suffix(toy_run: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(CdmError) as caught:
        call("graph", str(toy_run), *arguments)
    assert str(caught.value) == message
    assert not Path("g.json").exists() and not Path("g.svg").exists()
