"""Backends by name."""

from __future__ import annotations

import pytest

from cdm.errors import CdmError
from cdm.foundation.choices import Chosen, chosen


def test_a_backend_is_a_name_and_perhaps_a_place_which_may_have_colons() -> None:
    assert chosen("generator", "none") == Chosen("generator", "none")
    found = chosen("extractor", "endpoint:http://localhost:8000/v1")
    assert (found.name, found.place) == ("endpoint", "http://localhost:8000/v1")
    assert found.option == "--extractor endpoint:http://localhost:8000/v1"


@pytest.mark.parametrize(
    ("part", "name", "message"),
    [
        (
            "extractor",
            "endpont",
            "--extractor endpont: did you mean 'endpoint'? there are endpoint, transformers, cdm, oracle",
        ),
        ("judge", "oracle", "--judge oracle: there are none, endpoint, transformers, cdm, reader"),
        ("generator", "", "--generator : there are none, cdm, csg, ledits"),
    ],
)
def test_another_name_is_refused(part: str, name: str, message: str) -> None:
    with pytest.raises(CdmError) as caught:
        chosen(part, name)
    assert str(caught.value) == message
