"""Every kind that comes along: chains of them, what is written of them, and what a scene refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from chainlet import dataset, sample, scene, targeted

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset.interventions.steps import read
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError

# Chains


def test_a_cumulative_chain_keeps_what_was_done_before() -> None:
    batch = sample("hard:among=[a,c]; hard:among=b", 600)
    first, second = batch.twins
    assert [twin.table.mask.sum(axis=0).tolist() for twin in batch.twins] == [[200, 0, 0, 0, 200], [0, 0, 300, 0, 0]]
    held = targeted(batch, "a")
    assert np.array_equal(second.values["a"][held], first.values["a"][held])
    both = held & targeted(batch, "b", 1)
    assert both.any() and (second.values["b"][both] != first.values["b"][both]).all()
    rest = ~targeted(batch, "b", 1)
    assert all(np.array_equal(second.values[v][rest], first.values[v][rest]) for v in second.values)


def test_a_step_from_the_factual_world_forgets_the_step_before() -> None:
    batch = sample("hard:a=0.9,sizes=1; hard:c=0.5,sizes=1,base=factual", 50)
    first, second = batch.twins
    assert set(first.values["a"].tolist()) == {0.9}
    assert np.array_equal(second.values["a"], batch.values["a"])
    assert np.array_equal(second.values["b"], batch.values["b"])


def test_a_later_step_overrides_an_earlier_one_on_the_same_factor() -> None:
    batch = sample("hard:a=0.9,sizes=1; hard:a=self / 2,sizes=1; soft:scale=0.5,among=a,sizes=1", 50)
    assert set(batch.twins[1].values["a"].tolist()) == {0.45}
    assert np.allclose(batch.twins[2].values["a"], 0.25 + 0.5 * batch.values["a"])  # a's own mechanism, softened


def test_a_chain_back_to_the_factual_value_ends_in_the_factual_world() -> None:
    steps = read(["hard:among=a,sizes=1", {"kind": "mechanism", "replace": {"a": "uniform(0, 1)"}, "sizes": ["1"]}])
    batch = compile_spec(Spec(name="t", scene=scene().document, n=10, interventions=steps)).evaluate("train", 0, 200)
    assert all(np.array_equal(batch.twins[1].values[name], batch.values[name]) for name in batch.values)


# What is written


@pytest.mark.parametrize(
    "text",
    [
        "hard",
        "hard:sizes=[1,2]",
        "hard:probability=0.3",
        "hard:value=flip",
        "hard:a=[0.2,0.8]",
        "hard:a=normal(0.5, 0.01)",
        "soft:scale=0.5,shift=0.05",
        "mechanism:b=0.9 - 0.5 * a + uniform(-0.1, 0.1)",
        "hard | soft:scale=-1 | mechanism:c=0.2 + uniform(0, 0.5)",
        "hard; soft:scale=0.3; mechanism:b=0.2 + uniform(0, 0.5)",
        "hard; hard:base=factual",
        "hard; direct:on=c; indirect:on=c",
    ],
)
@pytest.mark.parametrize("labels", ["whole", "targets", "hidden"])
def test_every_kind_builds_and_verifies_from_its_manifest(text: str, labels: str, tmp_path: Path) -> None:
    spec = dataset(text, labels=labels, masks=True, effects=True, size=16).spec.model_copy(update={"n": 60})
    data = build(spec, tmp_path / "d")
    report = verify(tmp_path / "d", samples=None)
    assert (report.faults, report.differing, report.residual) == ([], 0, 0.0)
    assert report.counts["untouched"] == 60 * len(spec.interventions)
    assert len(data["targets"]) == len(data["kinds"]) == len(spec.interventions)
    assert compile_spec(Spec.model_validate(data["spec"])).spec.hash == spec.hash


def test_the_samples_of_a_larger_n_begin_with_those_of_a_smaller_one() -> None:
    chain = dataset("hard:probability=0.3 | soft:scale=0.5; mechanism:b=0.2 + uniform(0, 0.5)")
    whole, late = chain.evaluate("train", 0, 100), chain.evaluate("train", 37, 100)
    for twin, part in zip(whole.twins, late.twins, strict=True):
        assert np.array_equal(twin.table.mask[37:], part.table.mask)
        assert all(np.array_equal(twin.values[name][37:], part.values[name]) for name in twin.values)


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hard:x=1", "t: interventions: step 1: targets: no factor 'x'; allowed: a, b, c, shape, turn"),
        ("hard:among=shap", "t: interventions: step 1: targets: no factor 'shap'; did you mean 'shape'?"),
        (
            "hard:wind=0.5",
            "t: interventions: step 1: targets: 'wind' is hidden; only factors can be intervened on: "
            "a, turn, b, shape, c",
        ),
        (
            "hard:sizes=5",
            "t: interventions: step 1: a do on all 5 factors at once leaves nothing to be caused; take fewer",
        ),
        ("hard:sizes=0", "t: interventions: step 1: no set of targets holds a factor, so nothing is ever done"),
        ("hard:sizes=6", "t: interventions: step 1: sizes: 6 targets of 5 possible ones"),
        (
            "hard:sets=[[a,turn,b,shape,c]]",
            "t: interventions: step 1: a do on all 5 factors at once leaves nothing to be caused; take fewer",
        ),
        (
            "soft:scale=0.5,among=shape",
            "t: interventions: step 1: shape is categorical: a level cannot be shifted or scaled; use hard",
        ),
        (
            "hard; hard; hard; hard; hard; hard",
            "t: interventions: a chain of 6 steps is longer than the 5 factors allow",
        ),
        (
            "mechanism:b=c + uniform(0, 1)",
            "t: interventions: step 1: replace.b: the equations form a cycle: b -> c -> b",
        ),
        (
            "mechanism:b=uniform(0, 1),among=[a,b]",
            "t: interventions: step 1: replace: a is a target but has no other equation",
        ),
    ],
)
def test_a_step_that_does_not_fit_the_scene_is_one_message(text: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        dataset(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hard:a=1.5,sizes=1", "sets a to 1.5 in sample 0, outside its range 0 to 1; allow it with --allow-ood"),
        ("hard:shape=3,sizes=1", "sets shape to 3 in sample 0; its levels are 0 to 2 (ball, cube, star)"),
        ("hard:shape=0.5,sizes=1", "sets shape to 0.5 in sample 0; its levels are 0 to 2 (ball, cube, star)"),
        ("hard:a=log(0 - self),sizes=1", "value: 'log(0 - self)' is not finite in some samples"),
        ("mechanism:b=2 + uniform(0, 1),sizes=1", "outside its range 0 to 1.1; allow it with --allow-ood"),
        ("soft:shift=0.9", "allow it with --allow-ood; or scale towards the middle of the range: soft:scale=0.5"),
    ],
)
def test_a_value_outside_the_domain_is_refused_before_anything_is_written(
    text: str, message: str, tmp_path: Path
) -> None:
    spec = dataset(text).spec.model_copy(update={"size": 16})
    with pytest.raises(ScmgenError) as caught:
        build(spec, tmp_path / "d")
    assert str(caught.value).startswith("t: interventions: step 1: ")
    assert str(caught.value).endswith(message)
    assert not (tmp_path / "d").exists()


def test_out_of_range_values_are_drawn_where_they_are_allowed(tmp_path: Path) -> None:
    spec = dataset("hard:a=1.5,sizes=1", allow_ood=True, size=16).spec
    build(spec, tmp_path / "d")
    assert verify(tmp_path / "d", samples=None).faults == []
    with pytest.raises(ScmgenError, match="its levels are 0 to 2"):
        dataset("hard:shape=3,sizes=1", allow_ood=True).evaluate("train", 0, 10)
