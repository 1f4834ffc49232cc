"""Configurations: what is no option, and what is no value of one."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")


from cdm import config
from cdm.errors import CdmError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preset": "quik"}, "no preset 'quik'; did you mean 'quick'? there are tiny, quick, standard, full"),
        ({"supervision": "label"}, "supervision: 'label'; did you mean 'labels'? there are labels, interventions"),
        ({"denoiser_step": 5}, "no option 'denoiser_step'; did you mean 'denoiser_steps'?"),
        ({"drop": 1.5}, "drop: a share from 0 to 1 is needed, found 1.5"),
        ({"encoder_batch": 0}, "encoder_batch: at least 1 is needed, found 0"),
        ({"sparse": "much"}, "sparse: a number from 0 on is needed, found 'much'"),
        ({"encoder_steps": -1}, "encoder_steps: a whole number from 0 on is needed, found -1"),
    ],
)
def test_a_wrong_option_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(CdmError, match=f"^{re.escape(message)}"):
        config.make(**{"preset": "quick", **changes})  # type: ignore[arg-type]
