"""Documents with faults: all of them are told, those too that stand beside an entry which fits nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from scmgen.errors import ScmgenError
from scmgen.scene.document import Place, parse
from scmgen.scene.mending import made


class Shop(BaseModel):
    """A document of two keys."""

    model_config = ConfigDict(extra="forbid")

    count: int
    names: list[str]


def told(text: str) -> str:
    """What is said of a shop whose names must be short, and whose count may stand in for another."""

    def use(shop: Shop, locate: Any) -> Shop:
        for number, name in enumerate(shop.names):
            if len(name) > 3:
                raise ScmgenError(f"{locate(('names', number))}: {name!r} is long")
        return shop

    def stand_in(place: Place, found: Any) -> Any:
        return 1 if place == ("count",) else None

    return str(made(Shop, parse(text, "s.yaml"), use, stand_in))


def refused(text: str) -> list[str]:
    with pytest.raises(ScmgenError) as caught:
        told(text)
    return [line.removeprefix("s.yaml:") for line in str(caught.value).splitlines() if line.startswith("s.yaml")]


def test_a_document_without_faults_is_used_as_it_is() -> None:
    assert told("count: 2\nnames: [a, b]\n") == "count=2 names=['a', 'b']"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("count: 2\nnames: [a, bcde]\n", ["2: names.1: 'bcde' is long"]),
        (
            "count: x\nnames: [a, bcde]\n",
            ["1: count: a whole number is needed, found 'x'", "2: names.1: 'bcde' is long"],
        ),
        (
            "cuont: x\nnmaes:\n- a\n- bcde\n",  # lines of a misspelt key are those of what it meant
            [
                "1: cuont: unknown key; did you mean 'count'?",
                "2: nmaes: unknown key; did you mean 'names'?",
                "4: names.1: 'bcde' is long",
            ],
        ),
        ("names: [bcde]\n", ["1: count: this key is missing", "1: names.0: 'bcde' is long"]),
        ("count: 1\nnames: bcde\n", ["2: names: a list is needed, found 'bcde'"]),  # nobody knows what was meant
        ("- a\n", ["1: a mapping (key: value) is needed, found ['a']"]),
    ],
)
def test_every_fault_is_told_that_does_not_follow_from_another(text: str, faults: list[str]) -> None:
    assert refused(text) == faults
