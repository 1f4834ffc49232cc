"""The page of interventions lists every key of a recipe, and its examples together are one."""

from __future__ import annotations

import re

import yaml
from checkout import ROOT

from scmgen.dataset.catalogue import Recipe
from scmgen.dataset.interventions import steps
from scmgen.scene import document

PAGE = (ROOT / "docs" / "reference" / "interventions.md").read_text("utf-8")
ROWS = re.findall(
    r"^\| `(\w+)` \| (?:`(.+?)`|) ?\| ", PAGE.split("Every key of a recipe")[1].split("A step is")[0], re.M
)


def test_every_key_has_a_row_with_an_example_that_sets_it() -> None:
    assert {key for key, _ in ROWS} == set(Recipe.model_fields)
    recipe = document.validate(Recipe, document.parse("\n".join(example for _, example in ROWS), "recipe.yaml"))
    usual = Recipe(scene="flow")
    assert [key for key in Recipe.model_fields if getattr(recipe, key) == getattr(usual, key)] == ["pins"]


def test_a_kind_is_written_as_on_the_command_line() -> None:
    text = PAGE.split("the kind may be written as there, too:")[1].split("```yaml\n")[1].split("```")[0]
    first, second = steps.read(yaml.safe_load(text)["interventions"])
    assert (first,) == steps.parse("hard:sizes=[1,2]")
    assert (second,) == steps.read([{"kind": "mix", "of": "hard; soft:scale=0.5", "nuisance": "fresh"}])
