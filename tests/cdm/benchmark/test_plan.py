"""Plans: cells in their order, and what is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checkout import ROOT

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.benchmark import plan
from cdm.errors import CdmError

GOOD = """
name = "small"
protocols = ["pendulum", "flow"]
seeds = [3, 4]
cpu_seconds = 20

[data]
pendulum = "data/pendulum32"
flow = "s3://bucket/flow32"

[methods.identity]
floor = "identity"
[methods.regression]
model = "direct_regression"
set = {batch = 8}
[methods.cdm]
model = "causal_diffusion"
preset = "quick"
"""


def written(folder: Path, text: str = GOOD) -> Path:
    (folder / "plan.toml").write_text(text)
    return folder / "plan.toml"


def test_first_seeds_come_first_and_floors_have_one(tmp_path: Path) -> None:
    found = plan.read(written(tmp_path))
    assert [cell.key for cell in found.cells] == [
        "identity--pendulum--3", "regression--pendulum--3", "cdm--pendulum--3",
        "identity--flow--3", "regression--flow--3", "cdm--flow--3",
        "regression--pendulum--4", "cdm--pendulum--4", "regression--flow--4", "cdm--flow--4",
    ]  # fmt: skip
    assert found.methods[1].settings == {"batch": 8} and found.methods[2].preset == "quick"
    assert found.data == {"pendulum": str(tmp_path / "data/pendulum32"), "flow": "s3://bucket/flow32"}
    assert found.seconds(found.protocols[0]) == 20


def test_a_method_may_have_protocols_and_seeds_of_its_own(tmp_path: Path) -> None:
    text = GOOD.replace('preset = "quick"', 'preset = "quick"\nprotocols = ["flow"]\nseeds = [3, 5, 6]')
    found = plan.read(written(tmp_path, text))
    assert [cell.key for cell in found.cells if cell.method.name == "cdm"] == [
        f"cdm--flow--{seed}" for seed in (3, 5, 6)
    ]
    usual = plan.read(written(tmp_path))
    assert found.methods[2].identity() == usual.methods[2].identity()  # its figures do not hang on that


def test_protocols_of_the_same_data_share_a_training_and_a_part(tmp_path: Path) -> None:
    other = (ROOT / "cdm/evaluation/protocols/flow.toml").read_text().replace('name = "flow"', 'name = "short"', 1)
    (tmp_path / "short.toml").write_text(other.replace("rows = 500", "rows = 50"))
    text = GOOD.replace('"flow"]', '"flow", "short.toml"]').replace("[data]", '[data]\nshort = "s3://bucket/flow32"')
    found = plan.read(written(tmp_path, text))
    assert {cell.asked.name: cell.base.name for cell in found.cells} == {
        "pendulum": "pendulum", "flow": "flow", "short": "flow",
    }  # fmt: skip
    parts = [found.chosen(plan.Choice(number, 4)) for number in range(4)]
    assert sorted(cell.key for part in parts for cell in part) == sorted(cell.key for cell in found.cells)
    groups = [{(cell.method.name, cell.base.name) for cell in part} for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 6


def test_cells_are_chosen_by_their_names(tmp_path: Path) -> None:
    found = plan.read(written(tmp_path))
    chosen = found.chosen(plan.Choice(only=("cdm--*", "*--flow--3")))
    assert [cell.key for cell in chosen] == [
        "cdm--pendulum--3", "identity--flow--3", "regression--flow--3", "cdm--flow--3",
        "cdm--pendulum--4", "cdm--flow--4",
    ]  # fmt: skip
    with pytest.raises(CdmError, match=r"^--only cmd--\*: no cell has such a name, as METHOD--PROTOCOL--SEED; methods"):
        found.chosen(plan.Choice(only=("cmd--*",)))


def test_the_plan_of_the_page_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "benchmark-runner.md").read_text()
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    found = plan.read(written(tmp_path, text))
    assert len(found.methods) == 5 and len(found.cells) == 2 + 3 * 3


def test_seeds_and_budget_are_the_protocols_where_none_are_told(tmp_path: Path) -> None:
    found = plan.read(written(tmp_path, GOOD.replace("seeds = [3, 4]\ncpu_seconds = 20\n", "")))
    assert found.seconds(found.protocols[0]) == found.protocols[0].cpu_seconds
    assert {cell.seed for cell in found.cells} == set(found.protocols[0].seeds)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('floor = "identity"', 'floor = "identiti"', "methods.identity: no floor 'identiti'; did you mean 'identity'?"),
        ('floor = "identity"', "", "methods.identity: a model or a floor is needed, and not both"),
        (
            'preset = "quick"',
            'preset = "quick"\npresets = 3',
            "methods.cdm: unknown key 'presets'; did you mean 'pre",
        ),
        ("[methods.regression]", '[methods."../x"]', "'../x': a name of letters, digits, '-', '_' and '.' is needed"),
        ('"flow"]', '"flaw"]', "no protocol 'flaw'; did you mean 'flow'?"),
        ('flow = "s3://bucket/flow32"', "", "data: 'flow' is missing; it is built by: scmgen build flow --n 20000"),
        (
            'preset = "quick"',
            'protocols = ["flaw"]',
            "methods.cdm: no data of a protocol 'flaw'; did you mean 'flow'?",
        ),
        ("seeds = [3, 4]", 'seeds = ["3"]', 'seeds[0]: a whole number from 0 on is needed, found "3"'),
        ('name = "small"', "", "has no name"),
        ('name = "small"', "name = ", "not valid TOML"),
    ],
)
def test_what_is_no_plan_is_one_message(old: str, new: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(CdmError, match=re.escape(problem)) as caught:
        plan.read(written(tmp_path, GOOD.replace(old, new)))
    assert "\n" not in str(caught.value)


def test_a_budget_may_be_told_by_one_protocol_for_all_that_a_method_is_asked(tmp_path: Path) -> None:
    asked = GOOD.replace("cpu_seconds = 20", 'cpu_seconds = 20\nbudget_on = "flow"')
    asked = asked.replace('preset = "quick"', 'preset = "quick"\nprotocols = ["pendulum"]')
    found = plan.read(written(tmp_path, asked))
    told = {(cell.method.name, cell.asked.name): cell.measured.name for cell in found.cells}
    assert told["regression", "pendulum"] == told["regression", "flow"] == "flow"
    assert told["cdm", "pendulum"] == "pendulum"  # which is never asked about flow
    parts = [found.chosen(plan.Choice(number, 3)) for number in range(3)]
    groups = [{(cell.method.name, cell.measured.name) for cell in part} for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups))
    with pytest.raises(CdmError, match=r"budget_on: no protocol 'flaw'; did you mean 'flow'"):
        plan.read(written(tmp_path, asked.replace('budget_on = "flow"', 'budget_on = "flaw"')))
