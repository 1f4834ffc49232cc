"""What a generated and an imported data set have in common: whoever has either need not know which."""

from __future__ import annotations

import inspect

import pytest
from shapes import shapes
from tiles import tiles

from scmgen.dataset.content import Content, called

ASKED = [name for name in vars(Content) if not name.startswith("_")]
EACH = {"generated": shapes(n=30), "imported": tiles()}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("origin", EACH)
def test_either_answers_what_a_content_is_asked(origin: str, name: str) -> None:
    answer = inspect.getattr_static(Content, name)
    assert callable(getattr(EACH[origin], name)) == (not isinstance(answer, property))


@pytest.mark.parametrize("origin", EACH)
def test_the_parts_of_either_agree(origin: str) -> None:
    content = EACH[origin]
    assert content.origin == origin and content.n == sum(content.sizes().values()) == 30
    assert content.identity().items() <= content.data().items()
    described = {name: (factor.unit, factor.long_name) for name, factor in content.factors.items()}
    assert described and all(unit for unit, _ in described.values())


def test_a_message_calls_it_by_its_name_and_the_beginning_of_its_hash() -> None:
    generated, imported = EACH["generated"], EACH["imported"]
    assert called(generated) == f"'shapes' (spec {generated.hash[:12]})"
    assert called(imported) == f"'tiles' (import {imported.hash[:12]})"
