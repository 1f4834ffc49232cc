"""Banks by name: what the command line gives, and what was not given."""

from __future__ import annotations

from pathlib import Path

import pytest
from digits import digits, idx_files

from scmgen.errors import ScmgenError
from scmgen.pictures import brought
from scmgen.pictures.brought import Given


def test_what_is_given_is_a_name_and_a_place() -> None:
    assert brought.given("a_1=b=c/d") == Given("a_1", Path("b=c/d"))


@pytest.mark.parametrize("text", ["digits", "=place", "digits=", "1a=place", "../x=place", "a b=place"])
def test_what_is_no_name_and_place_is_refused(text: str) -> None:
    with pytest.raises(ScmgenError) as error:
        brought.given(text)
    said = f"--pictures {text}: write NAME=PLACE, the name that the scene uses, and where they lie"
    assert str(error.value) == said


def test_a_place_is_read_once_and_known_by_its_name(tmp_path: Path) -> None:
    first = brought.bring(Given("mine", idx_files(tmp_path)))
    assert brought.bring(Given("mine", tmp_path)) is first is brought.named("mine", "here")
    assert first.sum == digits().sum


def test_pictures_that_were_not_given_are_said_with_the_nearest_name() -> None:
    with pytest.raises(ScmgenError) as error:
        brought.named("digit", "scene.yaml:3")
    said = "scene.yaml:3: no pictures 'digit' were given: --pictures digit=PLACE; did you mean 'digits'?"
    assert str(error.value) == said
