"""Protocols: what they say, whose data they ask about, and what is none."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.errors import CdmError
from cdm.evaluation import protocol
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse

GOOD = """
name = "toy"
version = 1
build = "scmgen build toy"
split = "test"
rows = 3
seeds = [0]
cpu_seconds = 60

[data]
name = "toy"
version = 1
size = 16
spec_hash = "abc"
"""


@pytest.mark.parametrize("name", protocol.names())
def test_what_comes_with_cdm_asks_about_what_its_command_builds(name: str) -> None:
    asked = protocol.find(name)
    words = asked.build.split()
    assert words[:3] == ["scmgen", "build", asked.data["name"]] and "--interventions" in words
    n, size = (int(words[words.index(option) + 1]) for option in ("--n", "--size"))
    told = dict(itertools.pairwise(words))
    drawn = (told["--sample-scm"], int(told["--scm-seed"])) if "--sample-scm" in told else ()
    spec = catalogue.spec(catalogue.find(words[2], *drawn), n=n, size=size, interventions=parse("hard"))
    assert (spec.hash, spec.version, spec.size) == tuple(asked.data[key] for key in ("spec_hash", "version", "size"))
    assert spec.sizes()[asked.split] >= asked.rows == len(asked.keys)


def test_its_sum_is_of_all_that_it_says(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(GOOD)
    own = protocol.find(str(tmp_path / "own.toml"))
    assert own.keys == ["test-000000000", "test-000000001", "test-000000002"]
    other = protocol.parse(GOOD.replace("rows = 3", "rows = 4").encode(), "x")
    assert own.hash == protocol.parse(GOOD.encode(), "y").hash != other.hash
    assert protocol.told(own.plain(), "z") == own


def test_other_data_or_too_little_is_refused() -> None:
    asked = protocol.parse(GOOD.encode(), "toy")
    good = {"name": "toy", "spec_hash": "abc", "size": 16, "splits": {"test": 3}}
    asked.check(good, "d")
    with pytest.raises(CdmError, match=r"^d: toy, spec abd, and protocol toy asks about toy at 16 px, spec abc: s"):
        asked.check({**good, "spec_hash": "abd"}, "d")
    with pytest.raises(CdmError, match=r"^d: 2 samples of test; protocol toy asks about 3$"):
        asked.check({**good, "splits": {"test": 2}}, "d")
    with pytest.raises(CdmError, match=r"^d: images of 32 pixels a side; protocol toy says 16$"):
        asked.check({**good, "size": 32}, "d")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rows = 3", "rows = 0", "own.toml: a row and a seed at least are needed"),
        ("rows = 3", 'rows = "3"', 'own.toml: rows: a whole number from 0 on is needed, found "3"'),
        ("rows = 3\n", "", "own.toml: has no rows"),
        ("seeds = [0]", "seeds = []", "own.toml: a row and a seed at least are needed"),
        ("rows = 3", "rows = 3\nrow = 4", "own.toml: unknown key 'row'; did you mean 'rows'?"),
        ("size = 16", 'size = "16"', 'own.toml: data.size: a whole number from 0 on is needed, found "16"'),
        ("name =", "name", "own.toml: not valid TOML: "),
    ],
)
def test_what_is_no_protocol_is_said(old: str, new: str, problem: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(CdmError, match=f"^{re.escape(problem)}"):
        protocol.find("own.toml")


def test_a_name_that_is_none_is_guessed_at(tmp_path: Path) -> None:
    with pytest.raises(CdmError, match=r"^no protocol 'pendulun'; did you mean 'pendulum'\?"):
        protocol.find("pendulun")
    with pytest.raises(CdmError, match=r"no\.toml: cannot be read: No such file"):
        protocol.find(str(tmp_path / "no.toml"))
