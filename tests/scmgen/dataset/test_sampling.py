"""A data set before it is written: environments by their shares, and samples that depend on their position alone."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regimes import ALARM, ENVIRONMENTS, TEXT, dataset
from scipy import stats
from shapes import shapes

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset import sampling
from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.labels import labels
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Environment, Spec, Split
from scmgen.errors import ScmgenError
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import read_scene

# Limits


@pytest.mark.parametrize(
    ("limit", "given", "message"),
    [
        ("VALUES", {"interventions": parse("hard; hard")}, "values of a sample ({v} variables); the most is 1"),
        ("EQUATIONS", {"environments": ENVIRONMENTS}, "equations in 3 splits times 3 environments; the most is 1"),
        (
            "CHARACTERS",
            {"environments": [Environment(name="one"), Environment(name="two", replace={"a": "uniform(0, 1)"})]},
            "characters of replaced equations in all splits and environments; the most is 1",
        ),
    ],
)
def test_what_would_not_fit_in_memory_is_refused_before_it_is_compiled(
    limit: str, given: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = len(dataset().scene.scm.variables)
    counts = {"VALUES": 3 * variables, "EQUATIONS": 9 * variables, "CHARACTERS": 3 * len("uniform(0, 1)")}
    monkeypatch.setattr(sampling, limit, 1)
    monkeypatch.setattr(sampling, "_regimes", None)  # nothing may call it
    with pytest.raises(ScmgenError) as caught:
        dataset(**given)
    assert str(caught.value).partition(": ")[2] == f"{counts[limit]} {message.format(v=variables)}"


def test_a_rehearsal_in_slices_looks_at_the_same_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(sampling, "_AT_ONCE", 2_000)
    small = dataset(environments=ENVIRONMENTS, interventions=parse("hard"))
    monkeypatch.setattr(Dataset, "_rehearse", lambda self, split, batch: seen.append((batch.start, batch.stop)))
    small.rehearse(300)
    first = seen[: seen.index(seen[0], 1)]  # of the first split
    assert len(first) > 1 and first[0][0] == 0 and first[-1][1] >= 300
    assert [stop for _, stop in first[:-1]] == [start for start, _ in first[1:]]
    assert small.openings["train"].stop == first[0][1]  # no more is remembered than fits


# Environments


def test_each_sample_belongs_to_an_environment_by_its_share() -> None:
    domain = dataset(environments=ENVIRONMENTS).evaluate("train", 0, 20_000).domain
    assert stats.chisquare(np.bincount(domain), [10_000, 5_000, 5_000]).pvalue > ALARM


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


def test_an_environment_may_give_a_helper_noise() -> None:
    """Every label of a data set has the same noise, also of variables that have none elsewhere."""
    noisy = (Environment(name="a"), Environment(name="b", replace={"x": "size"}))
    whole = dataset(environments=noisy, splits=(Split(name="train", share=1.0),))
    assert whole.exogenous == ("side", "hue", "wind", "size", "x")


# Splits


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


SPLITS = (Split(name="train", share=1), Split(name="rare", share=1, where="(turn < 1) * (size > 0.2)"))


@settings(max_examples=40, deadline=None)
@given(
    start=st.integers(0, 10_000),
    before=st.integers(0, 30),
    n=st.integers(1, 30),
    split=st.sampled_from(["train", "rare"]),
)
def test_a_sample_is_a_function_of_its_position(start: int, before: int, n: int, split: str) -> None:
    dataset = compile_spec(shapes(n=10, interventions=(Hard(),), splits=SPLITS))
    wide, narrow = (
        dataset.evaluate(split, start, start + before + n),
        dataset.evaluate(split, start + before, start + before + n),
    )
    assert labels(dataset, wide)[before:] == labels(dataset, narrow)
