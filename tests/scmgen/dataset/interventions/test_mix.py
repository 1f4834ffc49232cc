"""What a mix chooses."""

from __future__ import annotations

import numpy as np
import pytest
from chainlet import ALARM, sample, targeted
from scipy import stats

from scmgen.dataset.interventions import steps
from scmgen.errors import ScmgenError


def test_a_document_may_write_a_mix_as_the_command_line_does() -> None:
    assert steps.read([{"kind": "hard | soft:scale=0.5"}]) == steps.parse("hard | soft:scale=0.5")
    assert steps.read([{"kind": "hard | soft:scale=0.5", "base": "factual"}])[0].base == "factual"
    with pytest.raises(ScmgenError, match=r"step 1: the steps of a mix choose their own targets"):
        steps.read([{"kind": "hard | soft:scale=0.5", "sizes": [1]}])


def test_a_mix_chooses_one_of_its_steps_for_each_sample() -> None:
    batch = sample("hard:among=a | soft:scale=0.5,among=b | mechanism:c=0.2 + uniform(0, 0.5)", 9_000)
    kinds = batch.twins[0].table.kinds
    names, counts = np.unique(kinds, return_counts=True)
    assert names.tolist() == ["hard", "mechanism", "none", "soft"]
    assert stats.chisquare(counts, [1_500, 1_500, 4_500, 1_500]).pvalue > ALARM
    for kind, name in (("hard", "a"), ("soft", "b"), ("mechanism", "c")):
        assert np.array_equal(targeted(batch, name), kinds == kind)
