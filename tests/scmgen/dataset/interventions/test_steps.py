"""Steps as text: what is read, what is refused, what is written back."""

from __future__ import annotations

from pathlib import Path

import pytest

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import from_file, parse, spell
from scmgen.errors import ScmgenError


def test_steps_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "steps.yaml"
    path.write_text("interventions:\n  - hard:a=0.5\n  - kind: soft\n    scale: 0.5\n    among: [b, c]\n")
    assert from_file(path) == parse("hard:a=0.5; soft:scale=0.5,among=[b,c]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hrad", "no kind of intervention 'hrad'; did you mean 'hard'?"),
        (
            "stochastic",
            "no kind of intervention 'stochastic'; a stochastic intervention is a hard one whose value has noise, "
            "such as hard:value=normal(self, 0.1)",
        ),
        ("soft", "soft: a soft intervention needs a shift or a scale, such as soft:scale=0.5"),
        ("soft:sift=1", "soft:sift=1: sift: unknown key; did you mean 'shift'?"),
        ("hard:a", "hard:a: write hard:name=value,name=value; found 'a'"),
        ("hard:sizes=[x]", "hard:sizes=[x]: sizes.0: a whole number is needed, found 'x'"),
        ("hard:sizes=[1", "[1: a list ends with ]"),
        ("hard:sizes=[]", "hard:sizes=[]: sizes: empty"),
        ("hard:probability=1", "hard:probability=1: probability: less than 1.0 is needed, found '1'"),
        (
            "hard:sizes=1,probability=0.5",
            "hard:sizes=1,probability=0.5: sizes and probability both choose targets; give one of them",
        ),
        ("hard:base=last", "hard:base=last: base: allowed: 'previous' or 'factual', found 'last'"),
        ("hard:among=[a,a]", "hard:among=[a,a]: among: the same entry twice"),
        ("mechanism", "mechanism: replace: this key is missing"),
    ],
)
def test_a_text_that_is_no_step_is_one_message(text: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        parse(text)
    assert str(caught.value) == message


def test_a_recipe_names_the_step_that_is_wrong() -> None:
    with pytest.raises(ScmgenError) as caught:
        catalogue.spec(catalogue.find("pendulum"), interventions=["hard", {"kind": "soft", "scal": "1"}])
    assert str(caught.value) == "interventions: step 2: scal: unknown key; did you mean 'scale'?"


def test_one_step_needs_no_list() -> None:
    source = catalogue.find("pendulum")
    one = {"kind": "hard | soft:scale=0.5", "base": "factual"}
    assert catalogue.spec(source, interventions=one) == catalogue.spec(source, interventions=[one])
    with pytest.raises(
        ScmgenError, match=r"^interventions: step 1: no kind of intervention 'sotf'; did you mean 'soft'"
    ):
        catalogue.spec(source, interventions={"kind": "sotf"})


@pytest.mark.parametrize(
    "notation",
    [
        "none",
        "hard",
        "hard:light_angle=low,sizes=[1,2]",
        "hard; soft:scale=0.5,base=factual",
        "hard | hard:background=flip,sizes=1",
        "mechanism:length=2 * angle,probability=0.3",
        "hard:sets=[[a,b],[c]],value=[1,2]",
    ],
)
def test_steps_are_spelled_so_that_the_command_line_reads_them_back(notation: str) -> None:
    steps = parse(notation)
    written = spell([step.model_dump(mode="json", exclude_none=True) for step in steps])
    assert parse(written) == steps
