"""Settings of the guidance: the paper's by default, within their bounds."""

from __future__ import annotations

import pytest

from cdm import config
from cdm.errors import CdmError
from cdm.foundation.guidance.settings import Settings


def test_the_defaults_are_those_of_the_paper() -> None:
    told = Settings().data()
    assert (told["steps"], told["skip"], told["source"], told["scale"]) == (100, 0.15, 3.5, 8.0)
    assert (told["threshold"], told["warmup"], told["inversion"], told["guidance"]) == (0.7, 10, "dpm", "causal")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 1}, "steps: at least 2 are needed, found 1"),
        ({"threshold": 1}, "threshold: a share from 0 to below 1 is needed, found 1"),
        ({"warmup": 100}, "warmup: fewer than the 100 steps are needed, found 100"),
        ({"inversion": "dmp"}, "inversion: 'dmp'; did you mean 'dpm'? there are dpm, ddpm, ddim"),
    ],
)
def test_what_is_out_of_bounds_is_one_message(change: dict[str, object], message: str) -> None:
    with pytest.raises(CdmError) as error:
        config.filled(Settings, change)
    assert str(error.value) == message
