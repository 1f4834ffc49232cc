"""How much of each range interventions reach, and in which splits."""

from __future__ import annotations

import numpy as np
import pytest
from sound_scene import N, dataset, subjects, the

from scmgen.checks.audit import audit
from scmgen.checks.audit.support import covered
from scmgen.scene.domain import Categorical, Continuous


@pytest.mark.parametrize(
    ("interventions", "faults"),
    [
        ("hard:among=[place, length]", {"shape": "never intervened on", "tilt": "never intervened on"}),
        ("hard:length=0.3", {"place": "never", "shape": "never", "tilt": "never", "length": "reach 0.0% of its range"}),
        (
            "hard:place=normal(0.3, 0.001)",
            {"shape": "never", "tilt": "never", "length": "never", "place": "of its range"},
        ),
        ("hard:shape=1", {"place": "never", "tilt": "never", "length": "never", "shape": "reach 50.0% of its levels"}),
        ("hard:sizes=[2]", {}),
        ("hard:among=[place, shape]; hard:among=[tilt, length]", {}),
    ],
)
def test_interventions_must_reach_every_factor_over_its_range(interventions: str, faults: dict[str, str]) -> None:
    done = audit(dataset(interventions=interventions), N)
    found = {finding.subject: finding.sentence for finding in done.findings if finding.severity == "fault"}
    assert set(found) == set(faults) and {f.check for f in done.findings if f.severity == "fault"} <= {"support"}
    assert all(words in found[subject] for subject, words in faults.items())


def test_what_one_split_holds_out_and_another_has_is_a_note() -> None:
    splits = [{"name": "train", "share": 0.5, "hold_out": "place > 0.6"}, {"name": "test", "share": 0.5}]
    done = audit(dataset(splits=splits), 3_000)
    assert subjects(done) == []
    assert the(done, "support", "note").splits == ("train",)


def test_no_interventions_are_a_note() -> None:
    done = audit(dataset(interventions="none"), N)
    assert subjects(done) == [] and the(done, "support", "note").sentence == "none are recorded"


def test_a_hole_counts_only_where_chance_would_not_leave_it() -> None:
    domain = Continuous(0.0, 1.0)
    even = np.linspace(0, 1, 1_001)
    assert covered(domain, even) == 1.0
    assert covered(domain, even[(even < 0.25) | (even > 0.5)]) == pytest.approx(0.75, abs=0.003)
    assert covered(domain, np.array([0.1, 0.9])) == 1.0  # two values leave such holes by chance
    assert covered(domain, np.empty(0)) == 0.0


def test_a_level_is_missed_only_by_many_values() -> None:
    domain = Categorical(("a", "b", "c", "d"))
    assert covered(domain, np.zeros(10)) == 1.0
    assert covered(domain, np.zeros(1_000)) == 0.25
