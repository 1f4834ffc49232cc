"""Every bundled scene and entry of the catalogue keeps what docs/explanation/ (design.md, scenes.md) promises."""

from __future__ import annotations

from pathlib import Path

import costly
import numpy as np
import pytest

import scmgen
from scmgen.build.generated import build
from scmgen.checks.audit.review import review
from scmgen.checks.verify.verify import verify
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.hard import Hard
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.scene.factor import Factor
from scmgen.scene.scene import Scene
from scmgen.scm.model import Affine
from scmgen.scm.noise import uniforms
from scmgen.scm.vocabulary import Array

SCENES = list(catalogue.scenes())
MOVING = [name for name in SCENES if catalogue.load_scene(name).frames is not None]  # test_moving_scenes.py
ENTRIES = list(catalogue.entries())
STILL = [name for name, entry in catalogue.entries().items() if entry.scene not in MOVING]
N = 2_000


def dataset(name: str, **overrides: object) -> Dataset:
    """Compile a data set of pairs, whether or not the recipe says so."""
    return compile_spec(catalogue.spec(catalogue.find(name), **{"interventions": (Hard(),), **overrides}))


def worlds() -> list[tuple[str, str]]:
    """Every split of every entry, and every scene on its own."""
    entries = catalogue.entries()
    splits = [
        (name, split.name) for name in STILL for split in entries[name].splits[: 1 if name in costly.ENTRIES else None]
    ]
    return [*splits, *((name, "train") for name in SCENES if name not in (*ENTRIES, *MOVING))]


def scene_of(name: str, split: str) -> Scene:
    return dataset(name).scenes[split]


def drawn(name: str, factor: Factor, n: int = N) -> Array:
    """Values as a do draws them."""
    return factor.at(uniforms(0, "test", f"do:{name}", 0, n))


def test_there_are_scenes_and_entries() -> None:
    assert {"pendulum"} <= set(SCENES) and {"pendulum", "pendulum-classic", "pendulum-spurious"} <= set(ENTRIES)
    assert {entry.scene for entry in catalogue.entries().values()} <= set(SCENES)
    assert all(entry.description for entry in catalogue.entries().values())
    assert all(reason for entry in catalogue.entries().values() for reason in entry.waives.values())


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_named_as_its_file_and_passes_review(name: str) -> None:
    scene = catalogue.load_scene(name)
    assert scene.name == name
    assert scene.document.description
    assert all(factor.long_name for factor in scene.factors.values())
    faults = review(scene)
    waived = {condition for entry in catalogue.entries().values() if entry.scene == name for condition in entry.waives}
    assert [str(fault) for fault in faults if fault.condition not in waived] == []


@pytest.mark.parametrize(("name", "split"), worlds())
def test_samples_are_finite_and_in_range(name: str, split: str) -> None:
    whole = dataset(name)
    batch = whole.evaluate(split, 0, N)
    for variable, values in batch.values.items():
        assert np.isfinite(values).all(), variable
    for variable, factor in whole.scene.factors.items():
        low, high = factor.bounds
        assert low <= batch.values[variable].min() and batch.values[variable].max() <= high, variable
        if factor.levels:
            assert set(batch.values[variable].tolist()) == set(map(float, range(len(factor.levels))))


# The tests that define correctness (docs/explanation/design.md), 1 to 5


@pytest.mark.parametrize(("name", "split"), worlds())
def test_doing_what_is_so_changes_nothing(name: str, split: str) -> None:
    scm = scene_of(name, split).scm
    noise = scm.noise(N, 0, split)
    values = scm.solve(noise)
    for variable in scm.variables:
        again = scm.solve(noise, {variable: values[variable]})
        assert all(np.array_equal(again[other], values[other]) for other in scm.variables), variable


@pytest.mark.parametrize(("name", "split"), worlds())
def test_a_do_is_exact_and_leaves_non_descendants_bit_equal(name: str, split: str) -> None:
    scene = scene_of(name, split)
    noise = scene.noise(N, 0, split)
    values = scene.scm.solve(noise)
    for variable, factor in scene.factors.items():
        wanted = drawn(variable, factor)
        after = scene.scm.solve(noise, {variable: wanted})
        assert np.array_equal(after[variable], wanted)
        for other in set(scene.scm.variables) - scene.scm.descendants(variable) - {variable}:
            assert np.array_equal(after[other].view(np.uint64), values[other].view(np.uint64)), (variable, other)


@pytest.mark.parametrize(("name", "split"), worlds())
def test_mixed_rows_equal_separate_calls(name: str, split: str) -> None:
    scene = scene_of(name, split)
    noise, arm = scene.noise(N, 0, split), np.arange(N) % (len(scene.factors) + 1)
    wanted = {variable: drawn(variable, factor) for variable, factor in scene.factors.items()}
    table = {v: Affine(np.where(arm == k, 0.0, 1.0), np.where(arm == k, wanted[v], 0.0)) for k, v in enumerate(wanted)}
    mixed, alone = scene.scm.solve(noise, table), [scene.scm.solve(noise, {v: wanted[v]}) for v in wanted]
    for variable in scene.scm.variables:
        expected = np.choose(arm, [*(world[variable] for world in alone), scene.scm.solve(noise)[variable]])
        assert np.array_equal(mixed[variable], expected), variable


@pytest.mark.parametrize(("name", "split"), worlds())
def test_going_back_to_the_factual_value_gives_the_factual_image(name: str, split: str) -> None:
    scene = costly.rough(scene_of(name, split))
    n, size = costly.few(scene, 40)
    noise = scene.noise(n, 0, split)
    values = scene.scm.solve(noise)
    image = scene.render(values, size)
    for variable, factor in scene.factors.items():
        there = scene.counterfactual(noise, {variable: drawn(variable, factor, n)})
        back = scene.counterfactual(there, {variable: values[variable]})
        assert np.array_equal(scene.render(back, size), image), variable


@pytest.mark.parametrize(("name", "split"), worlds())
def test_a_do_on_each_factor_can_be_seen(name: str, split: str) -> None:
    """A move by a tenth of the range, or to another level, changes the image, and an equal value does not."""
    scene = costly.rough(scene_of(name, split))
    n, size = costly.few(scene, 200)
    noise = scene.noise(n, 0, split)
    values = scene.scm.solve(noise)
    image = scene.render(values, size)
    for variable, factor in scene.factors.items():
        wanted = drawn(variable, factor, n)
        low, high = factor.bounds
        gap = np.abs(wanted - values[variable])
        far = np.minimum(gap, high - low - gap) if factor.circular else gap
        seen = (scene.render(scene.scm.solve(noise, {variable: wanted}), size) != image).any(axis=(1, 2, 3))
        assert seen[far >= 0.1 * (high - low)].all(), variable
        assert not seen[far == 0].any(), variable


@pytest.mark.parametrize("name", dict.fromkeys([*ENTRIES, *SCENES]))
def test_it_builds_and_verifies_from_its_manifest_alone(name: str, tmp_path: Path) -> None:
    whole = dataset(name)
    n, size = costly.few(whole.scene, 40, 32)
    fewer = {"splits": whole.spec.splits[:1]} if costly.takes_long(whole.scene) else {}
    build(dataset(name, n=n, size=size, masks=True, **fewer).spec, tmp_path)
    report = verify(tmp_path, samples=None)
    assert (report.faults, report.counts["pixels"], report.differing, report.residual) == ([], n, 0, 0.0)


@pytest.mark.parametrize("name", STILL)
def test_an_entry_is_a_spec_whose_first_samples_are_drawn(name: str) -> None:
    """The recipe as it is written: n, size, interventions and splits."""
    whole = compile_spec(catalogue.spec(catalogue.find(name)))
    entry = catalogue.entries()[name]
    assert sum(whole.spec.sizes().values()) == entry.n
    assert whole.spec.data()["waives"] == entry.waives
    for split in whole.spec.sizes():
        n, size = costly.few(whole.scene, 4, entry.size)
        batch = whole.evaluate(split, 0, n)
        assert costly.rough(whole.scene).render(batch.values, size).shape == (n, size, size, 3)


def test_shadow_and_lamp_of_the_pendulum_stay_in_the_frame_under_every_do() -> None:
    scene = scmgen.load_scene("pendulum")
    noise = scene.noise(20_000, seed=1)
    shares = scene.noise(20_000, seed=2)["haze"]
    for name, factor in [(None, None), *scene.factors.items()]:
        do = {} if name is None or factor is None else {name: factor.at(shares)}
        values = scene.scm.solve(noise, do)
        half, middle, lamp = values["shadow_length"] / 2, values["shadow_position"], 10 + 10 * values["cot"]
        assert half.min() > 0
        assert (middle - half).min() > -2 and (middle + half).max() < 22
        assert (lamp - 1.5).min() > -2 and (lamp + 1.5).max() < 22
