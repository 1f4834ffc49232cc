"""Views: the same factors, other nuisance; and dos under which nuisance is drawn anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from chainlet import dataset
from scipy import stats

from scmgen.build.generated import build
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.batch import Batch
from scmgen.dataset.interventions.steps import parse, read
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.errors import ScmgenError


def made(text: str, name: str = "pendulum", **more: object) -> tuple[Dataset, Batch]:
    source = catalogue.find(name)
    done = compile_spec(catalogue.spec(source, n=400, size=32, interventions=parse(text), **more), source.scene)
    return done, done.evaluate("train", 0, 300)


def test_nuisance_is_what_reaches_no_factor() -> None:
    scene = catalogue.load_scene("birds")
    assert {"choice", "spot", "pan"} == set(scene.nuisance)  # and not the photographer, who chooses both
    assert catalogue.load_scene("pendulum").nuisance


def test_a_view_keeps_every_factor_and_draws_nuisance_anew() -> None:
    done, batch = made("view")
    (twin,) = batch.twins
    anew = [name for name in batch.values if not np.array_equal(batch.values[name], twin.values[name])]
    assert set(anew) >= set(done.scene.nuisance) and not set(anew) & set(done.scene.factors)
    for name in done.scene.nuisance:
        u = done.redrawn(batch, batch.noise, 1)[name]
        assert stats.kstest(u, "uniform").pvalue > 1e-4 and abs(np.corrcoef(u, batch.noise[name])[0, 1]) < 0.2
    assert (twin.table.mask == 0).all()


def test_a_do_under_new_nuisance_sets_what_it_would_have_set() -> None:
    done, shared = made("hard")
    _, fresh = made("hard:nuisance=fresh")
    for name in done.scene.factors:
        assert np.array_equal(shared.twins[0].values[name], fresh.twins[0].values[name])
    assert np.array_equal(shared.twins[0].table.mask, fresh.twins[0].table.mask)
    nuisance = done.scene.nuisance[0]
    assert np.array_equal(shared.twins[0].values[nuisance], shared.values[nuisance])
    assert not (fresh.twins[0].values[nuisance] == fresh.values[nuisance]).any()


def test_a_later_step_keeps_the_nuisance_that_it_starts_from_and_a_factual_one_goes_back() -> None:
    done, batch = made("view; hard; hard:base=factual; view")
    view, after, back, other = (twin.values[done.scene.nuisance[0]] for twin in batch.twins)
    assert np.array_equal(view, after) and np.array_equal(back, batch.values[done.scene.nuisance[0]])
    assert not (other == view).any() and not (other == back).any()


def test_what_a_sample_is_does_not_depend_on_where_a_batch_begins() -> None:
    done, whole = made("view")
    part = done.evaluate("train", 120, 150)
    for name, array in part.twins[0].values.items():
        assert np.array_equal(array, whole.twins[0].values[name][120:150])


@pytest.mark.parametrize(
    "text", ["view", "hard:nuisance=fresh", "view; soft:scale=0.5,nuisance=fresh; view:base=factual"]
)
@pytest.mark.parametrize("labels", ["whole", "hidden"])
def test_it_is_built_and_verified_from_what_is_stored(text: str, labels: str, tmp_path: Path) -> None:
    done, _ = made(text, "birds-95", labels=labels, masks=True)
    build(done.spec.model_copy(update={"n": 50}), tmp_path / "d")
    report = verify(tmp_path / "d", samples=None)
    assert (report.faults, report.differing, report.residual) == ([], 0, 0.0)


def test_views_in_environments_and_with_predicates_are_verified(tmp_path: Path) -> None:
    source = catalogue.find("pendulum")
    splits = [{"name": "train", "share": 1, "where": "light_angle > 1.4"}]
    spec = catalogue.spec(
        source, n=60, size=16, interventions=parse("view"), environments=catalogue.interventional(source.scene)
    )
    done = compile_spec(type(spec).model_validate({**spec.data(), "splits": splits}))
    build(done.spec, tmp_path / "d")
    assert verify(tmp_path / "d", samples=None).faults == []


def test_without_nuisance_there_is_no_second_view() -> None:
    with pytest.raises(ScmgenError, match=r"^t: interventions: step 1: chainlet has no nuisance: every variable with"):
        dataset("view")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("view:among=a", "among: a view has no targets; write hard:...,nuisance=fresh for a do under new nuisance"),
        ("hard:nuisance=shared", "nuisance: "),
        ("hard | hard:nuisance=fresh", "nuisance: of a mix as a whole, not of a step in it"),
    ],
)
def test_what_is_no_view_is_said(text: str, problem: str) -> None:
    with pytest.raises(ScmgenError) as error:
        read(text)
    assert problem in str(error.value)
