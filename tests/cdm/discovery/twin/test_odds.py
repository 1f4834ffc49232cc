"""Probabilities grow with evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.discovery.twin import odds
from cdm.discovery.twin.confounding import Dependence
from cdm.discovery.twin.parents import Evidence

EDGE = Evidence(gain=0.2, error=0.01, left=0.003, floor=0.002, blur=0.001, pairs=500)
CAUSE = Dependence(0.5, certainty=300.0, control=0.002, pairs=1000, blind=0.001, related=False)


def test_a_gain_beyond_what_errors_make_is_an_edge_and_less_is_none() -> None:
    def sure(seen: Evidence) -> float:
        return odds.chance(odds.DIRECT, odds.direct(seen, effect=0.4, unit=0.6))

    assert sure(EDGE) > 0.95
    assert sure(replace(EDGE, gain=-0.001)) < 0.1
    assert sure(EDGE) > sure(replace(EDGE, gain=0.01, error=0.005)) > sure(replace(EDGE, gain=0.001, error=0.005))


def test_what_stands_still_is_no_cause_if_enough_pairs_say_so() -> None:
    def sure(bound: float, pairs: float) -> float:
        return odds.chance(odds.STILL, odds.still(bound, pairs))

    assert sure(0.002, 2000) < 0.02 < sure(0.5, 5) < 0.5
    assert 0.05 < sure(2.0, 0) < 0.4


def test_a_hidden_cause_must_surpass_what_errors_make() -> None:
    def sure(seen: Dependence) -> float:
        return odds.chance(odds.HIDDEN, odds.hidden(seen))

    assert sure(CAUSE) > 0.9
    assert sure(replace(CAUSE, shared=0.001, certainty=0.5)) < 0.1
    assert sure(CAUSE) > sure(replace(CAUSE, control=0.5))
    assert sure(CAUSE) > sure(replace(CAUSE, pairs=20)) and sure(CAUSE) > sure(replace(CAUSE, related=True))
