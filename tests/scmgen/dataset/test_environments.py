"""Environments that clips come into: from a frame on other equations hold, under the same noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scmgen
from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Environment
from scmgen.errors import ScmgenError

N = 40
CALM, STORM, MOON = (
    {"name": "calm"},
    {"name": "storm", "at": "4-7", "parameters": {"gust": 3.0}},
    {"name": "moon", "at": 10, "replace": {"gravity": "uniform(0.1, 0.2)", "start": "uniform(4, 9)"}},
)


def dataset(*environments: dict[str, Any], name: str = "fall", text: str = "none", **more: Any) -> Dataset:
    told = tuple(Environment.model_validate(one) for one in environments)
    spec = catalogue.spec(catalogue.find(name), interventions=parse(text), allow_ood=True, size=16, **more)
    return compile_spec(spec.model_copy(update={"environments": told}))


def same(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return one.view(np.uint64) == other.view(np.uint64)


def test_up_to_its_frame_a_clip_is_the_one_without_the_change_and_behind_it_follows_the_new_equations() -> None:
    changing, plain = dataset(CALM, STORM, MOON).evaluate("train", 0, N), dataset().evaluate("train", 0, N)
    assert changing.domain.shape == (N, 16) and set(np.unique(changing.domain)) == {0, 1, 2}
    begins = (changing.domain == 0).sum(axis=1)
    assert set(begins) == {4, 5, 6, 7} and (changing.domain[:, 10:] == 2).all()
    for name, values in changing.values.items():
        assert same(values, plain.values[name])[changing.domain == 0].all(), name
    assert not same(changing.values["speed"], plain.values["speed"])[changing.domain == 1].any()
    gravity = changing.values["gravity"]
    np.testing.assert_allclose(gravity[:, 10:], np.repeat(0.1 + 0.1 * changing.noise["gravity"][:, :1], 6, axis=1))
    assert same(gravity, plain.values["gravity"])[:, :10].all()


def test_a_change_of_nothing_changes_nothing() -> None:
    idle, plain = dataset(CALM, {"name": "same", "at": 3}).evaluate("train", 0, 6), dataset().evaluate("train", 0, 6)
    assert all(same(values, plain.values[name]).all() for name, values in idle.values.items())


def test_clips_begin_in_environments_by_their_shares_and_come_into_the_later_ones_together() -> None:
    batch = dataset({"name": "light", "parameters": {"gust": 0.0}}, CALM, MOON).evaluate("train", 0, 60)
    assert set(batch.began) == {0, 1} and batch.began.tolist() == batch.domain[:, 9].tolist()
    assert (batch.domain[:, 10:] == 2).all()
    assert same(batch.values["speed"][:, :10], _alone(batch, 0))[batch.began == 0].all()


def _alone(batch: Batch, number: int) -> np.ndarray[Any, Any]:
    quiet = dataset(parameters={"gust": 0.0}).evaluate("train", batch.start, batch.stop)
    return np.ascontiguousarray(quiet.values["speed"][:, :10])


@pytest.mark.parametrize(
    "text", ["hard:at=6,sizes=1", "mechanism:speed=0.5 * moved + each(uniform(-1, 1)),at=6,sizes=1"]
)
def test_twins_share_the_environments_of_their_clip(text: str) -> None:
    """A twin that is set back to the factual values is the factual clip, changes of mechanisms included."""
    made = dataset(CALM, STORM, MOON, text=text)
    batch = made.evaluate("train", 0, N)
    (twin,) = batch.twins
    assert twin.table.mask[:, 6:].any(axis=2).all() and not twin.table.mask[:, :6].any()
    for name, values in batch.values.items():
        assert same(values, twin.values[name])[:, :6].all(), name
    again = made.solve("train", batch.domain, batch.noise, twin.table)
    assert all(same(again[name], values).all() for name, values in twin.values.items())


def test_they_are_built_verified_loaded_and_shown(tmp_path: Path) -> None:
    made = dataset(CALM, STORM, MOON, text="hard:at=6,sizes=1", n=10)
    build(made.spec, tmp_path / "d", workers=1)
    report = verify(tmp_path / "d", samples=None)
    assert not report.faults and report.residual == 0.0 and report.differing == 0
    data = scmgen.load(tmp_path / "d")
    domain = data.labels("train")["domain"]
    assert domain.dims == ("sample", "time") and domain.attrs["flag_meanings"] == "calm storm moon"
    assert np.array_equal(domain, made.evaluate("train", 0, 8).domain)
    assert np.array_equal(next(data.iterate("train", batch_size=8))["domain"], domain)
    assert {"environment moon"} == {*data.manifest["graph"]["variants"]}
    assert data.show(n=1).width > 16
    label = data.archive(data.shards("train")[0]).labels([0])[0]
    with pytest.raises(ScmgenError, match=r"domain: 16 times a whole number from 0 to 2 is needed, found 0"):
        data.form.check([{**label, "domain": 0}], ["x: train-000000000"])


@pytest.mark.parametrize(
    ("environments", "name", "said"),
    [
        ((STORM,), "fall", "fall: environment storm: at: clips begin in an environment; put one without at before it"),
        ((CALM, {"name": "x", "at": 3}), "pendulum", "environment x: at: pendulum stands still, and has no frames"),
        ((CALM, {"name": "x", "at": 16}), "fall", "environment x: at: .* frames 1 to 15; found 16"),
        ((CALM, {"name": "x", "at": 0}), "fall", "environment x: at: .* frames 1 to 15; found 0"),
        ((CALM, STORM, {"name": "x", "at": 7}), "fall", "x: at: .* to come after storm, which has frame 7; found 7"),
        ((CALM, STORM, {"name": "x"}), "fall", "x: at: the one before it, storm, has a frame; those that clips begin"),
        (
            (CALM, {"name": "x", "at": 3, "replace": {"flicker": "uniform(0, 1)"}}),
            "fall",
            "environment x.flicker: the noise of flicker is drawn once for a clip, but in each frame where it changes",
        ),
    ],
)
def test_what_no_clip_can_come_into_is_refused(environments: Any, name: str, said: str) -> None:
    with pytest.raises(ScmgenError, match=said):
        dataset(*environments, name=name)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"at": "soon"}, "a frame such as 8, or frames such as 4-8, is needed, found 'soon'"),
        ({"at": 3, "share": 0.5}, "share: of an environment with at it is 1: every clip comes into it"),
    ],
)
def test_frames_that_are_none_are_refused(told: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Environment.model_validate({"name": "x", **told})
