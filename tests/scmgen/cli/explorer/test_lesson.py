"""Lessons: what fits is taught, what does not fit is told with its line, and the bundled ones fit their scenes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT

import scmgen
from scmgen.cli.explore import explore
from scmgen.cli.explorer import lesson, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.errors import ScmgenError

TEXT = """\
title: Swings
scene: swing.yaml
steps:
  - title: One
    text: Look.
    state:
      sample: 4
      do: {sort: high, length: {scale: 0.5}}
      parameters: {wobble: 0.02}
      u: {angle: 0.25}
    question: Why?
    answer: Because.
  - title: Two
    text: Look again.
    state: {do: [{angle: 0.1}, {length: 0.3}], beside: 2, noise: 7, seed: 5, difference: true}
  - {title: Three, text: The end.}
"""


def written(folder: Path, text: str) -> str:
    (folder / "lesson.yaml").write_text(text, encoding="utf-8")
    return str(folder / "lesson.yaml")


def test_a_lesson_is_read_with_its_states(swing: Path) -> None:
    found = lesson.read(written(swing.parent, TEXT))
    assert found.scene == str(swing)
    told = found.taught(scmgen.load_scene(swing))
    assert [step["title"] for step in told["steps"]] == ["One", "Two", "Three"]
    assert told["steps"][0]["state"] == {
        **{"index": 4, "noise": None, "beside": None, "difference": False},
        **{"do": [{"sort": 1.0, "length": {"scale": 0.5, "shift": 0.0}}]},
        **{"parameters": {"wobble": 0.02}, "u": {"angle": 0.25}},
    }
    assert told["steps"][1]["state"] == {
        **{"index": 0, "seed": 5, "noise": 7, "beside": 2, "difference": True},
        **{"do": [{"angle": 0.1}, {"length": 0.3}], "parameters": {}, "u": {}},
    }
    assert (told["steps"][0]["answer"], told["steps"][2]["state"]) == ("Because.", None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: Swings", "titel: Swings", ":1: titel: unknown key; did you mean 'title'?"),
        ("sort: high", "sort: hihg", ":8: steps.0.state.do.sort: found 'hihg'; did you mean 'high'?"),
        ("sort: high", "srot: 1", ":8: steps.0.state.do.srot: do(srot): no such factor; did you mean 'sort'?"),
        (
            "{angle: 0.1}",
            "{angle: 9}",
            ":15: steps.1.state.do.0.angle: do(angle): 9 is outside the range -0.7 to 0.7 rad",
        ),
        (
            "{angle: 0.1}",
            "{angle: far}",
            ":15: steps.1.state.do.0.angle: found 'far'; a number, or {scale: 0.5, shift: 0.1}, is needed",
        ),
        (
            "{angle: 0.1}",
            "{heading: nan}",
            ":15: steps.1.state.do.0.heading: found 'nan'; a number, or {scale: 0.5, sh",
        ),
        ("{scale: 0.5}", "{shift: 2}", ":6: steps.0.state: soft(length): "),
        ("{scale: 0.5}", "{scal: 0.5}", ":8: steps.0.state.do.length.scal: unknown key; did you mean 'scale'?"),
        ("sample: 4", "sample: four", ":7: steps.0.state.sample: a whole number is needed, found 'four'"),
        (
            "wobble: 0.02",
            "woble: 0",
            ":9: steps.0.state.parameters.woble: parameter woble: there is none; did you mean",
        ),
        ("angle: 0.25", "angle: 1", ":10: steps.0.state.u.angle: noise of angle: 1 is not between 0 and 1"),
        ("    answer: Because.\n", "", ":4: steps.0: a question goes with an answer, and an answer with a question"),
        ("text: The end.", 'text: ""', ":16: steps.2.text: a text that is not empty is needed, found nothing"),
        ("steps:", "steps: []\nmore:", ":3: "),
    ],
)
def test_what_does_not_fit_says_where_and_what_is_allowed(old: str, new: str, message: str, swing: Path) -> None:
    file = written(swing.parent, TEXT.replace(old, new))
    with pytest.raises(ScmgenError) as caught:
        lesson.read(file).taught(scmgen.load_scene(swing))
    assert message in str(caught.value) and str(caught.value).count(file) >= 1


def test_all_that_does_not_fit_is_told_at_once(swing: Path) -> None:
    file = written(swing.parent, TEXT.replace("sort: high", "srot: 1").replace("{angle: 0.1}", "{angle: 9}"))
    with pytest.raises(ScmgenError, match=r"^2 faults:\n.*:8: .*\n.*:15: "):
        lesson.read(file).taught(scmgen.load_scene(swing))


def test_the_lesson_of_the_documentation_fits(tmp_path: Path) -> None:
    page = (ROOT / "docs/how-to/explore.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(title: .*?)```", page, re.DOTALL)
    found = lesson.read(written(tmp_path, text))
    assert len(found.taught(scmgen.load_scene(str(found.scene)))["steps"]) == 3


def test_the_help_names_every_lesson() -> None:
    (option,) = (one for one in explore.params if one.name == "lesson")
    assert all(name in str(getattr(option, "help", "")) for name in lesson.bundled())


def test_a_name_that_is_no_lesson_gets_the_nearest_one() -> None:
    assert lesson.bundled() == ["confounding", "counterfactuals", "selection"]
    with pytest.raises(ScmgenError, match=r"^--lesson selektion: no such lesson; did you mean 'selection'\?"):
        lesson.read("selektion")
    with pytest.raises(ScmgenError, match=r"^no\.yaml: cannot be read: No such file"):
        lesson.read("no.yaml")


@pytest.fixture(params=lesson.bundled())
def taught(request: pytest.FixtureRequest) -> tuple[str, Explorer]:
    found = lesson.read(request.param)
    assert found.scene is not None
    return request.param, Explorer(lambda: subject.find(str(found.scene)), None, found.taught)


def test_every_state_of_a_bundled_lesson_can_be_shown(taught: tuple[str, Explorer]) -> None:
    name, explorer = taught
    steps: list[dict[str, Any]] = explorer.describe()["lesson"]["steps"]
    assert sum(step["question"] is not None for step in steps) >= 4, name
    for step in steps:
        assert explorer.answer(lesson.question_of(step["state"], 0, 32))["samples"]


def values(explorer: Explorer, step: int, sample: int = 0) -> list[dict[str, float]]:
    answer = explorer.answer(lesson.question_of(explorer.describe()["lesson"]["steps"][step]["state"], 0, 32))
    return [world["values"] for world in answer["samples"][sample]["worlds"]]


def test_the_lessons_say_what_their_pictures_show() -> None:
    explorers = {}
    for name in lesson.bundled():
        found = lesson.read(name)
        explorers[name] = Explorer(lambda found=found: subject.find(str(found.scene)), None, found.taught)  # type: ignore[misc]
    confounding = explorers["confounding"]
    (cold, _), (warm, _) = values(confounding, 0), values(confounding, 0, 1)
    assert cold["window"] < warm["window"] and cold["room"] < warm["room"]
    factual, opened = values(confounding, 1)
    assert opened["window"] > factual["window"] and opened["room"] < factual["room"]
    sunny = values(confounding, 2)[0]
    assert sunny["window"] > factual["window"] and sunny["room"] > factual["room"]
    selection = explorers["selection"]
    one, other = values(selection, 0)[0], values(selection, 0, 1)[0]
    assert all(0.42 < room["room"] < 0.58 for room in (one, other))
    assert one["window"] > other["window"] and one["setting"] < other["setting"]
    left_out = values(selection, 2)[0], values(selection, 2, 1)[0]
    assert left_out[0]["room"] > 0.58 and left_out[1]["room"] < 0.42
    before, after = values(selection, 1)
    assert before["setting"] == after["setting"]
    counterfactuals = explorers["counterfactuals"]
    was, first, second = values(counterfactuals, 3)
    assert first["flow"] < was["flow"] and second["flow"] == pytest.approx(was["flow"], abs=0.01)
    assert first["hole_height"] == was["hole_height"]
