"""What is explored: how a user named a scene, and how it is named again."""

from __future__ import annotations

from pathlib import Path

import pytest

from scmgen.cli.explorer.subject import find
from scmgen.errors import ScmgenError


def test_a_bundled_scene_is_its_own_reference() -> None:
    found = find("pendulum")
    assert (found.title, found.reference, found.recipe, found.from_file) == ("pendulum", "pendulum", None, False)


def test_a_data_set_leads_to_its_scene_with_its_parameters_and_seed() -> None:
    found = find("spurious-pairs-95", ["agreement=0.9"])
    assert (found.title, found.reference) == ("spurious-pairs-95", find("spurious-pairs-95").reference)
    assert found.reference != found.title
    assert found.parameters == {**find("spurious-pairs-95").parameters, "agreement": 0.9}


def test_a_drawn_model_remembers_what_it_was_drawn_from() -> None:
    assert find("shapes-random-4").recipe == ("er:1.5,factors=4", 1)
    assert find("shapes", sample_scm="er:1.5").recipe == ("er:1.5", 0)
    assert find("shapes", sample_scm="er:1.5", scm_seed=7).recipe == ("er:1.5", 7)


def test_a_file_is_named_by_its_path_and_may_change(swing: Path) -> None:
    found = find(str(swing))
    assert (found.title, found.reference, found.from_file) == ("swing", str(swing), True)


def test_a_recipe_leads_to_the_scene_beside_it(swing: Path) -> None:
    recipe = swing.with_name("recipe.yaml")
    recipe.write_text("scene: swing.yaml\nparameters: {wobble: 0.02}\nseed: 3\n", encoding="utf-8")
    found = find(str(recipe))
    assert (found.reference, found.parameters, found.seed) == (str(swing), {"wobble": 0.02}, 3)
    recipe.write_text("scene: pendulum\n", encoding="utf-8")
    assert find(str(recipe)).reference == "pendulum"


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ScmgenError, match=r"^no scene or data set 'pendlum'; did you mean 'pendulum'\?"):
        find("pendlum")
    with pytest.raises(ScmgenError, match=r"^--set wobble=1: pendulum has no parameter 'wobble'"):
        find("pendulum", ["wobble=1"])
