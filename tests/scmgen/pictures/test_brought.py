"""Banks by name: what the command line gives, and what was not given."""

from __future__ import annotations

from pathlib import Path

import meshed
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


@pytest.mark.parametrize(("name", "classes", "form"), [("digits", 10, ()), ("birds", 2, (4,)), ("places", 2, (3,))])
def test_some_come_with_it_until_others_of_that_name_are_brought(
    name: str, classes: int, form: tuple[int, ...], tmp_path: Path
) -> None:
    own = brought.named(name, "here")
    assert own is brought.bundled(name) and len(own.classes) == classes
    assert {picture.shape[2:] for picture in own.items} == {form}
    given = brought.bring(Given(name, idx_files(tmp_path)))
    assert brought.named(name, "here") is given is not own
    brought.settle({name: own.sum, "words.py": "0" * 64})  # as a data set does that was built without
    assert brought.named(name, "here") is own
    brought.settle({name: given.sum})
    assert brought.named(name, "here") is given
    brought.settle({name: "0" * 64})  # which nobody has: what there is stays, and others say so
    assert brought.named(name, "here") is given and brought.sums([name, "none"]) == {name: given.sum}


def test_pictures_that_were_not_given_are_said_with_the_nearest_name() -> None:
    with pytest.raises(ScmgenError) as error:
        brought.named("digit", "scene.yaml:3")
    said = "scene.yaml:3: no pictures 'digit' were given: --pictures digit=PLACE or --meshes digit=PLACE; did you mean"
    assert str(error.value) == f"{said} 'digits'?"


def test_meshes_are_brought_beside_pictures_and_are_not_taken_for_them(tmp_path: Path) -> None:
    one = brought.given(f"things={meshed.folder(tmp_path)}", "meshes")
    assert (one.option, one.known_as) == (f"--meshes things={tmp_path}", "things.meshes")
    bank = brought.bring(one)
    assert brought.bring(one) is bank is brought.named("things", "here", "meshes")
    assert brought.sums(["things", "digits"], ["things", "digits"]).keys() == {"things.meshes", "digits"}
    brought.BANKS.pop("things")
    brought.settle({"things.meshes": bank.sum})
    assert brought.named("things", "here") is bank
    said = "here: 'things' are meshes; pictures are needed: --pictures things=PLACE"
    with pytest.raises(ScmgenError) as error:
        brought.named("things", "here", "pictures")
    assert str(error.value) == said
