"""Tables of the card: equations, parameters, environments and interventions."""

from __future__ import annotations

import json
from pathlib import Path

from carded import saying, section, text

from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Resolved
from scmgen.dataset.sampling import compile_spec
from scmgen.publish import card_tables
from scmgen.scene.domain import plain
from scmgen.storage.manifest import Manifest


def test_equations_come_with_noise_unit_and_role(small: Path) -> None:
    source = catalogue.find("spurious-pairs-95")
    lines = card_tables.equations(described(small, source)).splitlines()
    assert lines[0] == "| variable | equation | noise | unit | role |"
    assert lines[2] == "| `photographer` | `bernoulli(0.5)` | bernoulli |  | hidden cause |"
    assert "| `position` | `uniform(0.25, 0.75)` | uniform | frame | **factor** |" in lines
    assert "| `light` | `uniform(0, 1)` | uniform |  | nuisance |" in lines
    lines = card_tables.equations(described(small, catalogue.find("collision"))).splitlines()
    assert "| `slide, recoil` | `collide(speed, mass, friction)` |  |  | helper |" in lines


def described(small: Path, source: Resolved, n: int = 20) -> Manifest:
    """What a manifest says of a spec, as far as its tables need it."""
    from scmgen.dataset import ground_truth

    spec = catalogue.spec(source, n=n, size=16)
    seen = {"mean": 0.0, "std": 1.0, "min": 0.0, "max": 1.0}
    factors = {
        name: {"type": factor.domain.kind, "unit": factor.unit, **plain(factor.domain), **seen}
        for name, factor in source.scene.factors.items()
    }
    graph = json.loads(json.dumps(ground_truth.describe(compile_spec(spec))))
    return saying(small, spec=spec.data(), graph=graph, factors=factors)


def test_parameters_are_those_of_the_data_set(small: Path) -> None:
    scene = {"equations": {"x": "a"}, "parameters": {"a": 1.0, "b": 2.0}}
    data = saying(small, spec={"scene": scene, "parameters": {"b": 0.5}}, targets=[], kinds=[])
    assert card_tables.parameters(data).splitlines()[2:] == ["| `a` | 1 |  |", "| `b` | 0.5 | 2 in the scene |"]


def test_environments_and_steps_are_told(weak: Path) -> None:
    rows = section(text(weak), "Environments").splitlines()
    assert rows[2:4] == [
        "| 0 | observation | 1 | nothing |",
        "| 1 | do_pendulum_angle | 1 | `pendulum_angle: uniform(-0.5, 0.5)` |",
    ]
    told = section(text(weak), "Interventions")
    assert told.startswith(
        "`--interventions 'hard; soft:scale=0.5'`, in the notation of `scmgen build`. Each step goes"
    )
    assert "| target | step 1 | step 2 |\n" in told and "| `light_angle` | 9 | 8 |\n" in told
    assert "\n| kind | step 1 | step 2 |\n" in told
