"""docs/how-to/answers.md: its model that is not ours answers, and is scored."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from checkout import ROOT

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from trainings import call

from cdm.evaluation import protocol, reader
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse

PAGE = (ROOT / "docs" / "how-to" / "answers.md").read_text(encoding="utf-8")


def test_every_protocol_is_named() -> None:
    assert set(re.findall(r"`([a-z0-9-]+)`", PAGE)) >= set(protocol.names())
    listed = call("protocol").splitlines()
    assert [line.split()[0] for line in listed] == protocol.names()


def test_the_example_answers_and_is_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reader, "STEPS", 60)
    build(catalogue.spec(catalogue.find("pendulum"), n=400, size=32, interventions=parse("hard")), "data/pendulum32")
    few = call("protocol", "pendulum").replace("rows = 500", "rows = 40")
    Path("pendulum.toml").write_text(few)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/how-to/answers.md", "exec"), {})  # noqa: S102
    words = ["--data", "data/pendulum32", "--protocol", "pendulum.toml", "--cache", "cache"]
    call("score", "answers/nearest", *words, "-o", "scores.json")
    scores = json.loads(Path("scores.json").read_text())
    assert scores["model"] == "nearest image" and scores["samples"] == 40
    assert 0 < scores["L1"]["model"]["changed"] < scores["L1"]["identity"]["changed"]
