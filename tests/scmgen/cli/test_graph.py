"""``scmgen graph``: of a scene, of a file, of the standard input; printed, or into a file by its suffix."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from shell_here import Shell

from scmgen import load_scene
from scmgen.cli.main import cli
from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.scm.graph_picture.picture import svg
from scmgen.scm.notation import write

LEARNED = json.dumps({"names": ["a", "b"], "adjacency": [[0, 1], [0, 0]], "probability": [[0, 0.9], [0, 0]]})


def call(*words: str) -> str:
    done = CliRunner().invoke(cli, ["graph", *words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_a_scene_is_printed() -> None:
    assert call("pendulum") == write(load_scene("pendulum").factor_graph, "text") + "\n"


@pytest.mark.parametrize(("name", "notation"), [("g.dot", "dot"), ("g.json", "json"), ("g.csv", "csv"), ("g", "text")])
def test_the_suffix_of_the_file_says_the_format(name: str, notation: str, tmp_path: Path) -> None:
    assert call("pendulum", "-o", str(tmp_path / name)) == f"{tmp_path / name}: 4 variables, 4 edges\n"
    assert (tmp_path / name).read_text() == write(load_scene("pendulum").factor_graph, notation) + "\n"  # type: ignore[arg-type]


def test_the_graph_of_a_built_set_is_printed(small: Path) -> None:
    assert call(str(small)) == call("pendulum")
    assert call(str(small), "--full") == call("pendulum", "--full")
    with pytest.raises(ScmgenError, match=r"--scm-seed: .* is built, and its spec says what it is"):
        call(str(small), "--scm-seed", "1")


def test_a_shell_completes_the_nodes_of_what_stands_before(small: Path) -> None:
    shell = ShellComplete(cli, {}, "scmgen", "_SCMGEN_COMPLETE")
    for begun in ("pendulum", str(small)):
        found = shell.get_completions(["graph", begun, "--do"], "shadow_")
        assert [one.value for one in found] == ["shadow_length", "shadow_position"]
    assert shell.get_completions(["graph", "nowhere.yaml", "--do"], "") == []


def test_a_set_whose_graph_is_not_known_says_so(photos: Path) -> None:
    with pytest.raises(ScmgenError, match="the causal graph of this data set is not known"):
        call(str(photos))


def test_a_scene_is_drawn(tmp_path: Path) -> None:
    call("pendulum", "-o", str(tmp_path / "g.svg"))
    title = "Causal graph of pendulum"
    assert (tmp_path / "g.svg").read_text() == svg(load_scene("pendulum").factor_graph, title=title) + "\n"


def test_what_was_learned_is_read_from_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(cli, ["graph", "-", "-f", "svg"], input=LEARNED, standalone_mode=False)
    assert ">0.90</text>" in done.output and "Causal graph of a file" in done.output


def test_a_file_is_drawn_and_cut(tmp_path: Path) -> None:
    (tmp_path / "learned.json").write_text(LEARNED)
    assert call(str(tmp_path / "learned.json")).splitlines()[1] == "b <- a"
    assert call(str(tmp_path / "learned.json"), "--do", "b").splitlines()[1] == "b    (root)"


@pytest.mark.parametrize("name", ["g.csv", "g.graphml", "g.dag", "g.json"])
def test_what_it_writes_it_reads(name: str, tmp_path: Path) -> None:
    call("pendulum", "-o", str(tmp_path / name))
    assert call(str(tmp_path / name)) == call("pendulum")


def test_a_standard_input_that_is_no_text_or_has_no_end_is_told() -> None:
    for data, told in {b"\xff": "cannot be read: ", b" " * 17_000_000: "has more than 16,000,000 bytes"}.items():
        done = CliRunner().invoke(cli, ["graph", "-"], input=data, standalone_mode=False)
        assert isinstance(done.exception, ScmgenError) and str(done.exception).startswith(f"standard input: {told}")


def test_what_does_not_go_together_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError, match=r"^g\.json: a file holds one graph; --full, --sample-scm"):
        call("g.json", "--full")
    with pytest.raises(ScmgenError, match=r"g\.svgz: its suffix says 'svgz'; did you mean 'svg'"):
        call("pendulum", "-o", str(tmp_path / "g.svgz"))
    with pytest.raises(ScmgenError, match=r"nowhere\.json: cannot be read: No such file"):
        call(str(tmp_path / "nowhere.json"))
    with pytest.raises(ScmgenError, match=r"^no node of this graph|do\(z\): no node of this graph"):
        call("pendulum", "--do", "z")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_read_from_the_input_of_a_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("not read"))
    assert "light_angle" in call("pendulum")


@pytest.mark.parametrize("notation", ["text", "dot", "dagitty", "json"])
def test_graph_speaks_every_notation(shell: Shell, notation: str) -> None:
    done = shell("graph", "pendulum", "-f", notation)
    assert done.status == 0 and "shadow_length" in done.out
    if notation == "json":
        json.loads(done.out)


def test_the_command_prints_the_mutilated_full_graph(shell: Shell) -> None:
    code, out, _ = shell("graph", "pendulum", "--full", "--do", "shadow_length", "--do", "cast")
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["shadow_length", "(root)"] in lines
    assert ["cast", "(root)", "(hidden)"] in lines
    assert ["shadow_position", "<-", "cot,", "cast"] in lines


@pytest.mark.parametrize("notation", ["csv", "graphml"])
def test_the_command_speaks_the_notation(shell: Shell, notation: Any) -> None:
    scene = catalogue.load_scene("pendulum")
    assert shell("graph", "pendulum", "-f", notation) == (0, write(scene.factor_graph, notation) + "\n", "")


def test_the_command_names_the_nearest_target(shell: Shell) -> None:
    message = "scmgen: do(shadow_lenght): no node of this graph; did you mean 'shadow_length'?\n"
    assert shell("graph", "pendulum", "--do", "shadow_lenght") == (2, "", message)


def test_a_format_that_contradicts_the_suffix(shell: Shell) -> None:
    done = shell("graph", "pendulum", "-f", "dot", "-o", "g.svg")
    assert done == (2, "", "scmgen: g.svg: its suffix says svg, and --format dot\n")
    assert not Path("g.svg").exists()
    assert shell("graph", "pendulum", "-f", "dot", "-o", "g.gv").status == 0
    assert shell("graph", "pendulum", "-f", "dot", "-o", "g.mine").status == 0
