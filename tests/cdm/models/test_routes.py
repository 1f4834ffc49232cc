"""Routes: which is meant, and which are refused."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.errors import CdmError
from cdm.models.routes import chosen


def test_a_reference_is_drawn_over_where_there_can_be_one_and_nothing_is_masked() -> None:
    assert chosen(None, "none", True) == "reference"
    assert (
        chosen(None, "difference", True)
        == chosen(None, "none", False)
        == chosen("inversion", "none", True)
        == "inversion"
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("referense", "none", True), "route 'referense': did you mean 'reference'? there are reference, inversion"),
        (("reference", "difference", True), "mask 'difference': it is for the route 'inversion'"),
        (("reference", "none", False), "route 'reference': the model was trained without one; it has 'inversion'"),
    ],
)
def test_what_cannot_be_is_refused(asked: tuple[str, str, bool], message: str) -> None:
    with pytest.raises(CdmError) as error:
        chosen(*asked)  # type: ignore[arg-type]
    assert str(error.value) == message
