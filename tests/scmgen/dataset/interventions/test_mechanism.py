"""What a mechanism change follows."""

from __future__ import annotations

import numpy as np
import pytest
from chainlet import sample, targeted

from scmgen.dataset import catalogue
from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import read_scene

FILMED = """
name: filmed
frames: 10
equations:
  kind: uniform(0, 1)
  x: 0.8 * prev(x, 0) + each(uniform(-1, 1))
  y: 0.5 * x
factors: {kind: {range: [0, 1]}, x: {range: [-9, 9]}, y: {range: [-9, 9]}}
draw: [{mark: fill, rgb: [kind, x / 9, y / 9]}]
"""


def filmed(text: str) -> Batch:
    scene = read_scene(yaml(FILMED, "m.yaml"))
    spec = catalogue.spec(catalogue.Resolved("filmed", scene, catalogue.Recipe(scene="filmed")), interventions=parse(text))
    return compile_spec(spec, scene).evaluate("train", 0, 30)


def test_a_mechanism_change_follows_another_equation_with_the_same_noise() -> None:
    batch = sample("mechanism:b=0.9 - 0.5 * a + uniform(-0.1, 0.1)", 500)
    hit, values = targeted(batch, "b"), batch.twins[0].values
    assert hit.sum() == 250
    assert np.allclose(values["b"][hit], 0.9 - 0.5 * values["a"][hit] - 0.1 + 0.2 * batch.noise["b"][hit])
    assert np.array_equal(values["b"][~hit], batch.values["b"][~hit])
    assert set(batch.twins[0].table.kinds.tolist()) == {"mechanism", "none"}


def test_mechanisms_of_cause_and_effect_change_together() -> None:
    batch = sample("mechanism:b=0.2 + 0.1 * a + uniform(0, 0.1),c=1 - b + uniform(0, 0.1),sizes=2", 300)
    values, noise = batch.twins[0].values, batch.noise
    assert np.allclose(values["b"], 0.2 + 0.1 * values["a"] + 0.1 * noise["b"])
    assert np.allclose(values["c"], 1 - values["b"] + 0.1 * noise["c"])


def test_on_clips_it_holds_in_its_span_and_goes_on_from_where_it_has_come() -> None:
    batch = filmed("mechanism:x=0.1 * prev(x, 0) + each(uniform(0, 2)),at=3,lasts=4,sizes=1")
    values, u = batch.twins[0].values, batch.noise["x"]
    x = np.zeros(30)
    for t in range(10):
        x = 0.1 * x + 2 * u[:, t] if 3 <= t < 7 else 0.8 * x + 2 * u[:, t] - 1
        np.testing.assert_allclose(values["x"][:, t], x)
    np.testing.assert_allclose(values["y"], 0.5 * values["x"])


def test_on_clips_an_equation_may_bring_noise_of_each_frame_where_there_was_none() -> None:
    batch = filmed("mechanism:y=each(uniform(0, 1)),at=5,sizes=1")
    fresh = batch.twins[0].values["y"][:, 5:]
    assert len(np.unique(fresh)) == fresh.size and np.array_equal(fresh, batch.noise["y"][:, 5:])
    assert np.array_equal(batch.twins[0].values["y"][:, :5], batch.values["y"][:, :5])


def test_the_noise_of_a_variable_stays_as_it_is_drawn() -> None:
    with pytest.raises(ScmgenError, match=r"replace.kind: the noise of kind is drawn in each frame, but once for a clip"):
        filmed("mechanism:kind=each(uniform(0, 1)),at=5,sizes=1")
