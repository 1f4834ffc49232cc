"""Environments, splits that hold out, and what the manifest says of them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue, ground_truth, sampling
from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Environment, Spec, Split
from scmgen.errors import ScmgenError
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import read_scene

ALARM = 1e-4  # false-alarm rate of each test of a distribution; seeds are fixed

TEXT = """
name: toy
parameters: {agreement: 0.8, tint: 0.2}
equations:
  side: bernoulli(0.5)
  hue: bernoulli(where(side == right, agreement, 1 - agreement))
  wind: uniform(0, 1)
  size: 0.2 + 0.3 * wind + uniform(0, 0.1)
  x: 0.2 + 0.3 * size + 0.1 * wind + uniform(0, 0.2)
factors:
  side: {levels: [left, right]}
  hue: {levels: [blue, red]}
  size: {range: [0.1, 0.7]}
  x: {range: [0, 1]}
draw:
  - mark: fill
    hsv: [0.6 - 0.6 * hue, tint, 1]
  - mark: disc
    x: x
    y: 0.3 + 0.4 * side
    radius: size / 4
    rgb: [0, 0, 0]
    group: disc
  - mark: rect
    x: 0.9
    y: 0.5
    width: 0.1
    height: wind
    rgb: [0.5, 0.5, 0.5]
    group: flag
"""


def dataset(**more: Any) -> Dataset:
    document = read_scene(yaml(TEXT, "toy.yaml")).document
    return compile_spec(Spec(**{"name": "t", "scene": document, "n": 60, "size": 16, **more}))


ENVIRONMENTS = (
    Environment(name="usual", share=2.0),
    Environment(name="bright", parameters={"tint": 0.9}),
    Environment(name="fixed", replace={"size": "uniform(0.1, 0.7)"}),
)


# Environments


def test_each_sample_belongs_to_an_environment_by_its_share() -> None:
    domain = dataset(environments=ENVIRONMENTS).evaluate("train", 0, 20_000).domain
    assert stats.chisquare(np.bincount(domain), [10_000, 5_000, 5_000]).pvalue > ALARM


def test_a_sample_follows_the_equations_of_its_environment() -> None:
    batch = dataset(environments=ENVIRONMENTS).evaluate("train", 0, 12_000)
    size, wind = batch.values["size"], batch.values["wind"]
    cut = batch.domain == 2
    assert stats.kstest(size[cut], "uniform", (0.1, 0.6)).pvalue > ALARM
    assert abs(stats.spearmanr(size[cut], wind[cut]).statistic) < 0.08
    assert np.allclose(size[~cut], 0.2 + 0.3 * wind[~cut] + 0.1 * batch.noise["size"][~cut])


def test_a_sample_does_not_depend_on_how_many_are_evaluated() -> None:
    whole = dataset(environments=ENVIRONMENTS, interventions=parse("hard"))
    everything, late = whole.evaluate("train", 0, 200), whole.evaluate("train", 71, 200)
    assert np.array_equal(everything.domain[71:], late.domain)
    for name in everything.values:
        assert np.array_equal(everything.values[name][71:], late.values[name])
        assert np.array_equal(everything.twins[0].values[name][71:], late.twins[0].values[name])


def equal(first: Batch, second: Batch) -> bool:
    def arrays(batch: Batch) -> list[Any]:
        tables = [array for twin in batch.twins for array in (*vars(twin.table).values(), *twin.values.values())]
        return [batch.domain, *batch.noise.values(), *batch.values.values(), *tables]

    pairs = zip(arrays(first), arrays(second), strict=True)
    return (first.start, first.stop) == (second.start, second.stop) and all(np.array_equal(a, b) for a, b in pairs)


def test_what_is_remembered_is_what_is_evaluated_and_no_sample_is_computed_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sampling, "REMEMBERED", 100)
    more: dict[str, Any] = {"environments": ENVIRONMENTS, "interventions": parse("hard; soft:scale=0.5")}
    whole, plain, ranges = dataset(**more), dataset(**more), []
    real = Dataset.evaluate

    def evaluate(self: Dataset, split: str, start: int, stop: int) -> Batch:
        if self is whole:
            ranges.append((start, stop))
        return real(self, split, start, stop)

    monkeypatch.setattr(Dataset, "evaluate", evaluate)
    for start, stop in ((0, 30), (10, 20), (25, 60), (80, 90), (50, 130), (90, 110), (0, 100)):
        assert equal(whole.samples("train", start, stop), plain.evaluate("train", start, stop))
    assert ranges == [(0, 30), (30, 60), (80, 90), (60, 130), (100, 110)]
    assert equal(whole.opening("test", 7), plain.evaluate("test", 0, 7))


def test_what_is_remembered_cannot_be_overwritten() -> None:
    whole = dataset()
    whole.opening("train", 5).values["x"][:] = 7.0
    assert equal(whole.opening("train", 5), whole.evaluate("train", 0, 5))


def test_an_error_counts_rows_from_the_start_of_what_was_asked_for() -> None:
    text = TEXT.replace("x: 0.2 +", "x: 0 * log(0.95 - wind) + 0.2 +")
    document = read_scene(yaml(text, "toy.yaml")).document
    spec = Spec(name="t", scene=document, n=60, size=16)
    fresh, used = compile_spec(spec), compile_spec(spec)
    used.opening("train", 3)
    messages = []
    for one in (fresh, used):
        with pytest.raises(ScmgenError) as caught:
            one.samples("train", 0, 500)
        messages.append(str(caught.value))
    assert messages[0] == messages[1] and "in row " in messages[0]


def test_an_environment_is_drawn_with_its_own_parameters() -> None:
    whole = dataset(environments=ENVIRONMENTS)
    batch = whole.evaluate("train", 0, 50)
    images = whole.draw("train", batch.domain, batch.values)
    corner = images[:, 0, 0].astype(int)
    pale = corner.min(axis=1) / corner.max(axis=1)
    assert np.allclose(pale[batch.domain == 1], 0.1, atol=0.01)
    assert np.allclose(pale[batch.domain != 1], 0.8, atol=0.01)


@pytest.mark.parametrize("steps", ["none", "hard; soft:scale=0.5 | mechanism:x=0.5 - 0.1 * size + uniform(0, 0.2)"])
def test_environments_build_and_verify_with_and_without_pairs(steps: str, tmp_path: Path) -> None:
    spec = dataset(environments=ENVIRONMENTS, interventions=parse(steps), masks=True).spec
    data = build(spec, tmp_path / "d")
    report = verify(tmp_path / "d", samples=None)
    assert (report.faults, report.differing, report.residual) == ([], 0, 0.0)
    assert data["environments"] == ["usual", "bright", "fixed"]
    with tarfile.open(tmp_path / "d" / "t-train-000000.tar") as archive:
        labels = [json.loads(archive.extractfile(m).read()) for m in archive if m.name.endswith("json")]  # type: ignore[union-attr]
    assert {label["domain"] for label in labels} == {0, 1, 2}
    again = compile_spec(spec).evaluate("train", 0, len(labels)).domain
    assert [label["domain"] for label in labels] == again.tolist()


def test_interventional_environments_cut_each_factor_from_its_causes() -> None:
    scene = catalogue.load_scene("pendulum")
    environments = catalogue.interventional(scene)
    assert [e.name for e in environments] == ["observation", *(f"do_{name}" for name in scene.factors)]
    source = catalogue.find("pendulum")
    whole = compile_spec(catalogue.spec(source, environments=environments))
    batch = whole.evaluate("train", 0, 20_000)
    for number, (name, factor) in enumerate(scene.factors.items(), 1):
        low, high = factor.bounds
        assert stats.kstest(batch.values[name][batch.domain == number], "uniform", (low, high - low)).pvalue > ALARM


def test_an_environment_may_give_a_helper_noise() -> None:
    """Every label of a data set has the same noise, also of variables that have none elsewhere."""
    noisy = (Environment(name="a"), Environment(name="b", replace={"x": "size"}))
    whole = dataset(environments=noisy, splits=(Split(name="train", share=1.0),))
    assert whole.exogenous == ("side", "hue", "wind", "size", "x")


# Splits


def test_a_held_out_combination_is_seen_in_no_world_of_its_split() -> None:
    out = "(side == right) * (hue == red)"
    splits = (Split(name="train", share=1.0, hold_out=out), Split(name="test", share=1.0, where=out))
    whole = dataset(splits=splits, interventions=parse("hard; hard"))
    train, test = whole.evaluate("train", 0, 3_000), whole.evaluate("test", 0, 300)
    for world in train.worlds():
        assert not (world["side"] * world["hue"]).any()
    assert (test.values["side"] * test.values["hue"]).all()
    assert train.twins[0].table.mask.sum(axis=0).tolist() == [600] * 4  # targets stay balanced


def test_a_leak_of_a_held_out_combination_is_found(tmp_path: Path) -> None:
    out = "(side == right) * (hue == red)"
    whole = dataset(splits=(Split(name="train", share=1.0, hold_out=out),), interventions=parse("hard"))
    build(whole.spec, tmp_path / "d")
    assert verify(tmp_path / "d").counts["held-out"] == 60
    from scmgen.checks.verify.findings import Verification
    from scmgen.checks.verify.labels import _check_held_out
    from scmgen.storage.shards import plan

    batch, report = whole.evaluate("train", 0, 60), Verification()
    batch.twins[0].values["side"][7] = batch.twins[0].values["hue"][7] = 1.0
    _check_held_out(whole, plan(whole.spec)[0], batch, report)
    assert report.faults == [
        (
            "held-out",
            f"t-train-000000.tar: sample 7 (factors_cf) shows {out!r}, which split train holds out",
        )
    ]


def test_held_out_sets_that_leave_no_data_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    spec = dataset(splits=(Split(name="train", share=1.0, hold_out="size > 0"),)).spec
    with pytest.raises(ScmgenError) as caught:
        build(spec, tmp_path / "d")
    assert str(caught.value) == (
        "t: split train: hold_out: 'size > 0' leaves next to no data: sample 0 failed 1000 times"
    )
    assert not (tmp_path / "d").exists()


def test_a_split_holds_out_targets_and_values_by_steps_of_its_own() -> None:
    splits = (
        Split(name="train", share=1.0, interventions=parse("hard:value=uniform(0.1, 0.4),among=size")),
        Split(name="test", share=1.0, interventions=parse("hard:value=uniform(0.4, 0.7),among=[size,x]")),
    )
    whole = dataset(splits=splits, interventions=parse("hard"))
    train, test = (whole.evaluate(name, 0, 900).twins[0] for name in ("train", "test"))
    assert train.table.mask.sum(axis=0).tolist() == [0, 0, 450, 0]
    assert test.table.mask.sum(axis=0).tolist() == [0, 0, 300, 300]
    assert train.values["size"][train.table.mask[:, 2] == 1].max() < 0.4
    assert test.values["size"][test.table.mask[:, 2] == 1].min() > 0.4


def test_the_sizes_of_groups_are_recorded_for_each_split(tmp_path: Path) -> None:
    splits = (
        Split(name="train", share=2.0, parameters={"agreement": 0.95}),
        Split(name="flipped", share=1.0, parameters={"agreement": 0.05}),
    )
    data = build(dataset(n=300, splits=splits).spec, tmp_path / "d")
    for split, agreement in (("train", 0.95), ("flipped", 0.05)):
        counts = {tuple(entry["levels"].values()): entry["samples"] for entry in data["combinations"][split]}
        total = sum(counts.values())
        assert total == data["splits"][split]
        agree = counts.get(("left", "blue"), 0) + counts.get(("right", "red"), 0)
        assert stats.binomtest(agree, total, agreement).pvalue > ALARM


# Ground truth


def test_the_graph_part_tells_what_each_intervention_and_regime_does() -> None:
    steps = parse("hard:among=[side,size]; mechanism:x=0.5 - 0.1 * wind + uniform(0, 0.2)")
    splits = (Split(name="train", share=1.0), Split(name="test", share=1.0, replace={"hue": "bernoulli(0.5)"}))
    told = ground_truth.describe(dataset(interventions=steps, splits=splits, environments=ENVIRONMENTS))
    whole = {"directed": [["side", "hue"], ["size", "x"]], "bidirected": [["size", "x"]]}
    assert [told["factors"]["edges"][k]["kind"] for k in range(3)] == ["directed", "directed", "bidirected"]
    assert told["mutilated"] == [
        {"kind": "hard", "targets": ["side"], **whole},
        {"kind": "hard", "targets": ["size"], "directed": [["side", "hue"], ["size", "x"]], "bidirected": []},
        {"kind": "mechanism", "targets": ["x"], "directed": [["side", "hue"]], "bidirected": [["size", "x"]]},
    ]
    assert told["variants"] == {
        "split test": {"directed": [["size", "x"]], "bidirected": [["size", "x"]]},
        "environment fixed": {"directed": [["side", "hue"], ["size", "x"]], "bidirected": []},
    }
    assert told["descendants"]["matrix"] == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]
    assert told["groups"] == {"side": ["disc"], "hue": [], "size": ["disc"], "x": ["disc"]}


def test_recorded_interventions_and_environments_orient_edges() -> None:
    def undirected(**more: Any) -> Any:
        return ground_truth.describe(dataset(**{"splits": (Split(name="s", share=1.0),), **more}))["equivalence_class"]

    confounded = undirected()
    assert confounded["kind"] == "none"
    free = read_scene(yaml(TEXT.replace("wind: uniform(0, 1)", "wind: 0.5 * size").replace("0.3 * wind", "0.3"), "t"))

    def open_edges(**more: Any) -> Any:
        spec = Spec(name="t", scene=free.document, n=10, **more)
        return ground_truth.describe(compile_spec(spec))["equivalence_class"]["undirected"]

    assert open_edges() == [["side", "hue"], ["size", "x"]]
    assert open_edges(interventions=parse("hard:among=size")) == [["side", "hue"]]
    assert open_edges(environments=(Environment(name="e", replace={"x": "uniform(0, 1)"}),)) == [["side", "hue"]]
    assert open_edges(environments=(Environment(name="e", parameters={"agreement": 0.1}),)) == [["size", "x"]]
    assert open_edges(interventions=parse("hard:sets=[[size,x]]; hard:among=side")) == [["size", "x"]]


def test_effect_masks_show_the_pixels_that_each_step_changed(tmp_path: Path) -> None:
    build(dataset(interventions=parse("hard; hard:base=factual"), effects=True).spec, tmp_path / "d")
    with tarfile.open(tmp_path / "d" / "t-train-000000.tar") as archive:
        files = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    assert files
    for index in range(20):
        pixels = {
            name: np.asarray(Image.open(io.BytesIO(files[f"train-{index:09d}.{name}.png"])))
            for name in ("image", "image_cf", "image_cf2", "effect", "effect2")
        }
        for step in ("", "2"):
            differs = (pixels["image"] != pixels[f"image_cf{step}"]).any(axis=-1)
            assert np.array_equal(pixels[f"effect{step}"], np.where(differs, 255, 0))


# What is refused


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"environments": (Environment(name="e", replace={"siz": "1"}),)},
            "t: environment e: no equation 'siz'; did you mean 'size'?",
        ),
        (
            {"environments": (Environment(name="e", replace={"wind": "x + uniform(0, 1)"}),)},
            "t: environment e.wind: the equations form a cycle: ",
        ),
        (
            {"environments": (Environment(name="e", parameters={"agre": 1.0}),)},
            "t: environment e: no parameter 'agre'; did you mean 'agreement'?",
        ),
        ({"environments": (Environment(name="e"), Environment(name="e"))}, "t: two environments have one name: e, e"),
        (
            {"splits": (Split(name="s", share=1.0, hold_out="sid == 1"),)},
            "t: split s: hold_out: unknown name 'sid'",
        ),
        (
            {"splits": (Split(name="s", share=1.0, interventions=parse("hard")),)},
            "t: split s: interventions: 1 steps, the data set has 0",
        ),
    ],
)
def test_what_does_not_fit_is_one_message(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        dataset(**more)
    assert str(caught.value).startswith(message)


# Recipes of one's own


def test_a_recipe_file_builds_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(TEXT)
    recipe = tmp_path / "my-toys.yaml"
    recipe.write_text(
        "scene: toy.yaml\nn: 40\nsize: 16\ninterventions: hard\nlabels: targets\nenvironments: interventional\n"
        "splits:\n  - {name: train, share: 3}\n  - {name: test, share: 1, where: side == right}\n"
    )
    spec = catalogue.spec(catalogue.find(str(recipe)))
    assert (spec.name, spec.n, spec.labels, len(spec.environments)) == ("my-toys", 40, "targets", 5)
    build(spec, tmp_path / "d")
    assert verify(tmp_path / "d", samples=None).faults == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("splts: []", "r.yaml:2: splts: unknown key; did you mean 'splits'?"),
        ("environments: interventionl", "r.yaml:2: environments: a list of environments, or interventional, is needed"),
        ("interventions: hrad", "r.yaml:2: interventions: no kind of intervention 'hrad'; did you mean 'hard'?"),
        ("splits: [{name: a, share: 1, wher: 1}]", "r.yaml:2: splits.0.wher: unknown key; did you mean 'where'?"),
        ("scm_seed: 3", ""),
    ],
)
def test_a_recipe_that_does_not_fit_is_told_by_its_line(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(f"scene: pendulum\n{line}\n")
    if message:
        with pytest.raises(ScmgenError) as caught:
            catalogue.find(str(tmp_path / "r.yaml"))
        assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)
    else:
        assert catalogue.find(str(tmp_path / "r.yaml")).entry.scm_seed == 3
