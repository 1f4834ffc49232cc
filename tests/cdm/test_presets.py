"""Presets: a file each, all of whose options there are, from the smallest on."""

from __future__ import annotations

import pytest

from cdm import config
from cdm.errors import CdmError
from cdm.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_configuration(name: str) -> None:
    assert config.make(name).preset == name


def test_each_preset_trains_longer_than_those_before_it() -> None:
    steps = [config.make(name).denoiser_steps for name in PRESETS]
    assert steps == sorted(steps) and len(PRESETS) == 4


def test_a_preset_that_is_none_is_refused() -> None:
    with pytest.raises(
        CdmError, match=r"^no preset 'quik'; did you mean 'quick'\? there are tiny, quick, standard, full$"
    ):
        config.make("quik")
    with pytest.raises(KeyError):
        PRESETS["../quick"]
