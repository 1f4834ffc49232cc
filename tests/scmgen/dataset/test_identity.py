"""What tells one data set from another: equal content has one hash, in any order of its keys."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from scmgen.dataset.identity import hash_of


def test_a_hash_is_the_sum_of_json_with_sorted_keys() -> None:
    assert hash_of({"b": [1, 2.5], "a": None}) == hashlib.sha256(b'{"a":null,"b":[1,2.5]}').hexdigest()


def test_the_order_of_keys_does_not_matter_at_any_depth() -> None:
    assert hash_of({"a": 1, "b": {"c": 2, "d": 3}}) == hash_of({"b": {"d": 3, "c": 2}, "a": 1})


@pytest.mark.parametrize("other", [{"a": [2, 1]}, {"a": [1.0, 2]}, {"a": ["1", 2]}, {"b": [1, 2]}, {}])
def test_anything_else_has_another_hash(other: dict[str, Any]) -> None:
    assert hash_of({"a": [1, 2]}) != hash_of(other)
