"""Every kind of intervention: what it does, what is recorded, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.steps import from_file, parse, read
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import Scene, read_scene
from scmgen.scm.vocabulary import Array

# Every test of a distribution has this false-alarm rate; seeds are fixed, so a failure is a change.
ALARM = 1e-4

TEXT = """
name: chainlet
parameters: {gain: 0.5}
equations:
  a: uniform(0, 1)
  wind: uniform(0, 1)
  turn: uniform(0, 1)
  b: 0.1 + gain * a + 0.2 * wind + uniform(0, 0.2)
  shape: category(1, 1, 2)
  c: 0.1 + 0.5 * b + 0.1 * (shape == star) + uniform(0, 0.2)
factors:
  a: {range: [0, 1]}
  turn: {range: [0, 1], circular: true}
  b: {range: [0, 1.1]}
  shape: {levels: [ball, cube, star]}
  c: {range: [0, 1.1]}
draw:
  - mark: fill
    rgb: [a, b / 2, turn]
  - mark: disc
    x: 0.5 * b
    y: 0.5 * c
    radius: 0.1 + 0.05 * shape
    hsv: [turn, 0.5, 1]
"""
NAMES = ["a", "turn", "b", "shape", "c"]


def scene() -> Scene:
    return read_scene(yaml(TEXT, "chainlet.yaml"))


def dataset(text: str, **more: object) -> Dataset:
    return compile_spec(Spec(name="t", scene=scene().document, n=10, interventions=parse(text), **more))  # type: ignore[arg-type]


def sample(text: str, n: int = 6_000, **more: object) -> Batch:
    return dataset(text, **more).evaluate("train", 0, n)


def targeted(batch: Batch, name: str, step: int = 0) -> Array:
    return np.asarray(batch.twins[step].table.mask[:, NAMES.index(name)] == 1)


# Who is targeted


def test_each_factor_alone_and_nothing_come_equally_often() -> None:
    mask = sample("hard", 600).twins[0].table.mask
    assert mask.sum(axis=0).tolist() == [100] * 5
    assert [int((mask.sum(axis=1) == k).sum()) for k in (0, 1, 2)] == [100, 500, 0]


def test_sizes_choose_how_many_targets_a_set_has() -> None:
    mask = sample("hard:sizes=[2,3]", 2_000).twins[0].table.mask
    sets, counts = np.unique(mask, axis=0, return_counts=True)
    assert {*sets.sum(axis=1).tolist()} == {2, 3}
    assert (len(sets), {*counts.tolist()}) == (20, {100})  # 10 pairs and 10 triples


def test_among_restricts_the_targets() -> None:
    mask = sample("hard:among=[b,c]", 300).twins[0].table.mask
    assert mask.sum(axis=0).tolist() == [0, 0, 100, 0, 100]


def test_chosen_sets_come_equally_often_and_no_other() -> None:
    mask = sample("hard:sets=[[a,b],[c]]", 300).twins[0].table.mask
    sets, counts = np.unique(mask, axis=0, return_counts=True)
    assert (sets.tolist(), counts.tolist()) == ([[0, 0, 0, 0, 1], [1, 0, 1, 0, 0]], [150, 150])


def test_independent_targets_hit_each_factor_with_their_probability_and_never_all() -> None:
    mask = sample("hard:probability=0.4", 20_000).twins[0].table.mask
    assert mask.sum(axis=1).max() == 4
    whole = 1 - 0.4**5
    for hits in mask.sum(axis=0).tolist():
        assert stats.binomtest(hits, 20_000, (0.4 - 0.4**5) / whole).pvalue > ALARM
    both = int((mask[:, 0] * mask[:, 2]).sum())
    assert stats.binomtest(both, 20_000, (0.4**2 - 0.4**5) / whole).pvalue > ALARM


# What a hard do sets


def test_a_hard_do_is_uniform_over_range_and_levels() -> None:
    batch = sample("hard", 30_000)
    values = batch.twins[0].values
    for name, width in (("a", 1.0), ("b", 1.1), ("c", 1.1), ("turn", 1.0)):
        found = values[name][targeted(batch, name)]
        assert stats.kstest(found, "uniform", (0.0, width)).pvalue > ALARM
    levels = np.bincount(values["shape"][targeted(batch, "shape")].astype(int), minlength=3)
    assert stats.chisquare(levels).pvalue > ALARM


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("hard:b=0.3", "b", {0.3}),
        ("hard:shape=star", "shape", {2.0}),
        ("hard:value=[0.2,0.4,0.6],among=[a,c]", "a", {0.2, 0.4, 0.6}),
    ],
)
def test_a_hard_do_sets_a_value_or_one_of_a_grid(text: str, name: str, values: set[float]) -> None:
    batch = sample(text)
    hit = targeted(batch, name)
    assert set(batch.twins[0].values[name][hit].tolist()) == values
    assert hit.any()


def test_grid_values_come_equally_often() -> None:
    batch = sample("hard:value=[0.2,0.4,0.6],among=a")
    _, counts = np.unique(batch.twins[0].values["a"][targeted(batch, "a")], return_counts=True)
    assert stats.chisquare(counts).pvalue > ALARM


def test_a_flip_is_a_mirror_half_a_turn_or_another_level() -> None:
    batch = sample("hard:value=flip")
    before, after = batch.values, batch.twins[0].values
    for name, top in (("a", 1.0), ("b", 1.1), ("c", 1.1)):
        hit = targeted(batch, name)
        assert np.allclose(after[name][hit], top - before[name][hit])
    hit = targeted(batch, "turn")
    assert np.allclose(np.abs(after["turn"][hit] - before["turn"][hit]), 0.5)
    hit = targeted(batch, "shape")
    moved = (after["shape"][hit] - before["shape"][hit]) % 3
    assert stats.chisquare(np.bincount(moved.astype(int), minlength=3)[1:]).pvalue > ALARM
    assert moved.min() == 1


def test_a_swap_exchanges_two_factual_values() -> None:
    steps = read([{"kind": "hard", "sets": [["a", "b"]], "value": {"a": "b / 1.1", "b": "a * 1.1"}}])
    batch = compile_spec(Spec(name="t", scene=scene().document, n=10, interventions=steps)).evaluate("train", 0, 500)
    assert np.array_equal(batch.twins[0].values["b"], batch.values["a"] * 1.1)
    assert np.array_equal(batch.twins[0].values["a"], batch.values["b"] / 1.1)


def test_a_stochastic_do_draws_its_value_from_a_stream_of_its_own() -> None:
    batch = sample("hard:a=self + (0.5 - self) * 0.5 + uniform(-0.1, 0.1)", 20_000)
    hit = targeted(batch, "a")
    moved = batch.twins[0].values["a"][hit] - (0.25 + 0.5 * batch.values["a"][hit])
    assert stats.kstest(moved, "uniform", (-0.1, 0.2)).pvalue > ALARM
    for u in batch.noise.values():
        assert abs(stats.spearmanr(moved, u[hit]).statistic) < 0.05


# Soft interventions and mechanism changes


def test_a_soft_do_keeps_the_parents() -> None:
    batch = sample("soft:scale=0.5,shift=0.1")
    before, after = batch.values, batch.twins[0].values
    for name, top in (("a", 1.0), ("b", 1.1), ("c", 1.1)):
        hit = targeted(batch, name)
        assert np.allclose(after[name][hit], top / 2 + 0.5 * (before[name][hit] - top / 2) + 0.1 * top)
    assert not targeted(batch, "shape").any()
    upstream = targeted(batch, "a")
    assert np.allclose(
        after["b"][upstream], before["b"][upstream] + 0.5 * (after["a"][upstream] - before["a"][upstream])
    )


def test_a_soft_do_on_cause_and_effect_acts_on_both_mechanisms() -> None:
    batch = sample("soft:scale=0.5,sets=[[a,b]]", 500)
    a, b = batch.twins[0].values["a"], batch.twins[0].values["b"]
    assert np.allclose(a, 0.25 + 0.5 * batch.values["a"])
    unscaled = batch.values["b"] + 0.5 * (a - batch.values["a"])
    assert np.allclose(b, 0.55 + 0.5 * (unscaled - 0.55))


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


def test_a_mix_chooses_one_of_its_steps_for_each_sample() -> None:
    batch = sample("hard:among=a | soft:scale=0.5,among=b | mechanism:c=0.2 + uniform(0, 0.5)", 9_000)
    kinds = batch.twins[0].table.kinds
    names, counts = np.unique(kinds, return_counts=True)
    assert names.tolist() == ["hard", "mechanism", "none", "soft"]
    assert stats.chisquare(counts, [1_500, 1_500, 4_500, 1_500]).pvalue > ALARM
    for kind, name in (("hard", "a"), ("soft", "b"), ("mechanism", "c")):
        assert np.array_equal(targeted(batch, name), kinds == kind)


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


def test_steps_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "steps.yaml"
    path.write_text("interventions:\n  - hard:a=0.5\n  - kind: soft\n    scale: 0.5\n    among: [b, c]\n")
    assert from_file(path) == parse("hard:a=0.5; soft:scale=0.5,among=[b,c]")


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hrad", "no kind of intervention 'hrad'; did you mean 'hard'?"),
        (
            "stochastic",
            "no kind of intervention 'stochastic'; a stochastic intervention is a hard one whose value has noise, "
            "such as hard:value=normal(self, 0.1)",
        ),
        ("soft", "soft: a soft intervention needs a shift or a scale, such as soft:scale=0.5"),
        ("soft:sift=1", "soft:sift=1: sift: unknown key; did you mean 'shift'?"),
        ("hard:a", "hard:a: write hard:name=value,name=value; found 'a'"),
        ("hard:sizes=[x]", "hard:sizes=[x]: sizes.0: a whole number is needed, found 'x'"),
        ("hard:sizes=[1", "[1: a list ends with ]"),
        ("hard:sizes=[]", "hard:sizes=[]: sizes: empty"),
        ("hard:probability=1", "hard:probability=1: probability: less than 1.0 is needed, found '1'"),
        (
            "hard:sizes=1,probability=0.5",
            "hard:sizes=1,probability=0.5: sizes and probability both choose targets; give one of them",
        ),
        ("hard:base=last", "hard:base=last: base: allowed: 'previous' or 'factual', found 'last'"),
        ("hard:among=[a,a]", "hard:among=[a,a]: among: the same entry twice"),
        ("mechanism", "mechanism: replace: this key is missing"),
    ],
)
def test_a_text_that_is_no_step_is_one_message(text: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        parse(text)
    assert str(caught.value) == message


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


def test_a_recipe_names_the_step_that_is_wrong() -> None:
    with pytest.raises(ScmgenError) as caught:
        catalogue.spec(catalogue.find("pendulum"), interventions=["hard", {"kind": "soft", "scal": "1"}])
    assert str(caught.value) == "interventions: step 2: scal: unknown key; did you mean 'scale'?"
