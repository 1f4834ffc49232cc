"""The options of questions, and what is said of those that are not possible."""

from __future__ import annotations

from typing import Any

import pytest

from scmgen import ScmgenError
from scmgen.publish.exports.vlm.options import Options


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"names": "neutrl"}, "--names neutrl: did you mean 'neutral'?"),
        ({"family": ("structure", "casual")}, "--family casual: allowed: counterfactual, intervention, structure"),
        ({"shots": (0, 33)}, "--shots 33: 0 to 32 are possible"),
        ({"questions": 0}, "--questions 0: 1 to 10000 are possible"),
        ({"seed": -1}, f"--seed -1: 0 to {2**63 - 1} are possible"),
    ],
)
def test_what_is_not_possible_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        Options(**given)
    assert str(caught.value) == message


def test_order_and_repetition_say_nothing() -> None:
    given = Options(shots=(4, 0, 4), family=("counterfactual", "structure"))
    assert (given.shots, given.family) == ((0, 4), ("structure", "counterfactual"))
