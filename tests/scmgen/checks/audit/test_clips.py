"""What numbers of clips show: each check finds what it is for, and nothing in a scene that is sound."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.checks.audit.audit import audit
from scmgen.checks.audit.clips import check, regressed, unseen_lags
from scmgen.checks.audit.findings import OF_CLIPS, Finding
from scmgen.checks.audit.population import Population
from scmgen.dataset import catalogue
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Environment
from scmgen.scene.document import parse
from scmgen.scene.scene import Scene, read_scene

SOUND = {
    "mass": "uniform(1, 2)",
    "x": "0.6 * prev(x, 0) + each(uniform(-1, 1)) / mass",
    "y": "0.5 * y_before + prev(x, 0, 3) + each(uniform(-1, 1))",
    "y_before": "prev(y, 0)",
}


def scene(**equations: str) -> Scene:
    lines = "\n".join(f"  {name}: {text}" for name, text in {**SOUND, **equations}.items())
    return read_scene(
        parse(
            f"name: t\nframes: 12\nequations:\n{lines}\nfactors:\n  mass: {{range: [1, 2]}}\n  x: {{range: [-3, 3]}}\n"
            "  y: {range: [-9, 9]}\ndraw:\n"
            "  - {mark: disc, x: 0.5 + x / 8, y: 0.5 + y / 20, radius: 0.05 * mass, rgb: [1, 0, 0]}\n",
            "t.yaml",
        )
    )


def population(one: Scene, n: int = 200) -> Population:
    noise = one.noise(n)
    return Population(("train",), np.zeros(n, np.int64), one, noise, one.scm.solve(noise))


def found(**equations: str) -> list[tuple[str, str, str]]:
    return [told(finding) for finding in check(population(scene(**equations)), 0)]


def told(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.subject, finding.severity


def test_a_sound_scene_has_nothing_to_tell() -> None:
    assert found() == []


NEARLY, NOT = "1e-9 * prev(x, 0, 3)", "0 * prev(y, 0)"


@pytest.mark.parametrize(
    ("equations", "finding"),
    [
        ({"x": "clip(prev(x, 0) + each(uniform(-1, 1)), -2, 2)"}, "clamped x"),
        ({"mass": "clip(uniform(1, 3), 1, 2)"}, "clamped mass"),
        ({"y": "0.5 * y_before + prev(x, 0, 3)"}, "deterministic-child y"),
        ({"y": f"0.5 * y_before + {NEARLY} + each(uniform(-1, 1))"}, "unfaithful-edge x[t-3] -> y"),
        ({"x": f"0.6 * prev(x, 0) + {NOT} + each(uniform(-1, 1)) / mass"}, "unfaithful-edge y[t-1] -> x"),
        ({"x": "0.05 * time + each(uniform(-1, 1)) / mass"}, "stationarity x"),
        ({"x": "0.08 * time + each(uniform(-1, 1)) / mass"}, "horizon x"),
        ({"x": "2 * prev(x, 0) ** 2 + each(uniform(0.14, 0.16))"}, "horizon clip"),
        ({"x": "each(uniform(-4, 4))"}, "out-of-range x"),
        ({"y": "x + each(uniform(-0.01, 0.01))"}, "correlation x, y"),
    ],
)
def test_each_check_finds_what_it_is_for(equations: dict[str, str], finding: str) -> None:
    check, _, subject = finding.partition(" ")
    severity = "note" if check in ("stationarity", "horizon") else "fault"
    assert (check, subject, severity) in found(**equations)


def test_a_regression_sees_each_cause_at_its_lag() -> None:
    shares = regressed(population(scene()), "y", 4)
    assert max(shares["x"], key=lambda lag: shares["x"][lag]) == 3 and shares["x"][3] > 0.2
    assert max(shares["y"], key=lambda lag: shares["y"][lag]) == 1
    assert max(shares["x"][1], shares["x"][2], shares["x"][4], shares["y"][3]) < 0.01


def test_a_lag_that_a_regression_sees_elsewhere_is_told() -> None:
    """Water arrives two frames after it stood behind an open valve; where it stood one frame ago tells more."""
    late = [told(finding) for finding in unseen_lags(population(catalogue.load_scene("tanks"), 100))]
    assert ("lag", "level_1 -> level_2", "note") in late and ("lag", "tap -> level_1", "note") not in late


def test_an_audit_of_clips_says_what_was_looked_for_and_judges_each_environment_by_itself() -> None:
    spec = catalogue.spec(catalogue.find("walkers"), size=16)
    environments = (Environment(name="calm"), Environment(name="storm", at="5", parameters={"gust": 0.0}))
    done = audit(compile_spec(spec.model_copy(update={"environments": environments})), 600, drawing=False)
    assert done.checks is OF_CLIPS and list(done.counts) == list(OF_CLIPS) and done.ok
    assert len(done.populations) == 2 and done.counts["lag"] == 4 and done.counts["in-motion"] == 0
    assert ("true-graph", "leader <-> follower", "note") in map(told, done.findings)
