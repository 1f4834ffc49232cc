"""Samples are sorted by the distribution that they follow, and findings say where they hold."""

from __future__ import annotations

import numpy as np
from bare_scene import population, scene
from sound_scene import N, dataset, equation, factor, over, subjects, the

from scmgen.checks.audit import audit
from scmgen.checks.audit.population import populations

SPLITS = [{"name": "train", "share": 0.5}, {"name": "test", "share": 0.5, "replace": {"shape": "category(1, 0)"}}]
second = equation("second", "place + uniform(-0.02, 0.02)")
second_factor = factor("second", range=[0.2, 0.8])
second_drawn = over(mark="rect", x=0.9, y=0.5, width=0.05, height="second / 2", rgb=[0, 0, 0])


def test_a_level_that_only_some_splits_leave_out_is_a_note_that_names_them() -> None:
    found = the(audit(dataset(splits=SPLITS), N), "balance", "note")
    assert found.splits == ("test",) and str(found) == "shape: box: never observed (in test)"


def test_a_fault_of_one_split_names_it() -> None:
    splits = [SPLITS[0], {"name": "test", "share": 0.5, "replace": {"place": "round(uniform(25, 75)) / 100"}}]
    done = audit(dataset(splits=splits), N)
    assert subjects(done) == [("clamped", "place")] and the(done, "clamped").splits == ("test",)


def test_splits_and_environments_of_one_distribution_are_looked_at_together() -> None:
    environments = [{"name": "day"}, {"name": "night", "replace": {"tint": "uniform(0.1, 0.2)"}}]
    whole = dataset(splits=[SPLITS[0], {"name": "copy", "share": 1}, SPLITS[1]], environments=environments)
    found = populations(whole, {split: whole.evaluate(split, 0, 300) for split in whole.regimes})
    assert [population.splits for population in found] == [("train", "copy")] * 2 + [("test",)] * 2
    day, night = found[0], found[1]
    assert day.size + night.size == 600 and night.values["tint"].min() > 0.1 > day.values["tint"].min()
    again = day.scene.scm.solve(day.noise)
    assert all(np.array_equal(again[name], values) for name, values in day.values.items())


def test_what_cannot_be_told_apart_in_some_splits_only_is_a_note() -> None:
    loose = {"name": "test", "share": 0.5, "replace": {"second": "place + uniform(-0.1, 0.1)"}}
    splits = [{"name": "train", "share": 0.5}, loose]
    done = audit(dataset(second, factor("second", range=[0, 1]), second_drawn, splits=splits), N)
    assert subjects(done) == [] and the(done, "correlation", "note").splits == ("train",)


def test_a_few_of_a_population_are_spread_over_all_of_it_and_keep_noise_and_values_together() -> None:
    whole = population(scene({"x": "uniform(0, 1)"}, "x"), 50)
    few = whole.few(5)
    assert few.values["x"].tolist() == whole.values["x"][[0, 10, 20, 30, 40]].tolist()
    assert few.noise["x"].tolist() == whole.noise["x"][[0, 10, 20, 30, 40]].tolist()
    assert whole.few(50) is whole.few(99) is whole
