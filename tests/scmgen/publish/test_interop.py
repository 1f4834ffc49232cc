"""Exports to other libraries: networkx, pgmpy, and dowhy's causal model against our own."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import networkx as nx
import numpy as np
import pytest
from checkout import ROOT
from confounded import U, confounded, scene_of
from libraries import old_names
from scipy import stats

from scmgen import ScmgenError
from scmgen.dataset import catalogue
from scmgen.publish import interop
from scmgen.scene import sampled
from scmgen.scene.scene import Scene, compile_scene
from scmgen.scm import abduction
from scmgen.scm import graph as graphs
from scmgen.scm.notation import write

SCENES = [name for name in catalogue.scenes() if catalogue.load_scene(name).frames is None]


def test_hidden_common_causes_are_refused_or_become_nodes() -> None:
    with pytest.raises(ScmgenError, match=r"hidden common causes \(lamp <-> len\).*latents=True"):
        interop.to_networkx(confounded())
    graph = interop.to_networkx(confounded(), latents=True)
    assert type(graph) is nx.DiGraph
    assert dict(graph.nodes(data="hidden")) == {
        "angle": None,
        "lamp": None,
        "len": None,
        "alone": None,
        "u_lamp_len": True,
    }
    assert set(graph.edges) == {("angle", "len"), ("lamp", "len"), ("u_lamp_len", "lamp"), ("u_lamp_len", "len")}


def test_the_name_of_a_hidden_node_is_free() -> None:
    scene = scene_of({"h": U, "a": f"h + {U}", "b": f"h + {U}", "u_a_b": U}, ["a", "b", "u_a_b"])
    assert set(interop.to_networkx(scene, latents=True)) == {"a", "b", "u_a_b", "u_a_b_"}


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_is_a_dag_of_pgmpy(name: str) -> None:
    base = pytest.importorskip("pgmpy.base", reason="in the extra interop")
    scene = catalogue.load_scene(name)
    dag = interop.to_pgmpy(scene)
    assert isinstance(dag, base.DAG)
    assert set(dag.nodes) - dag.latents == set(scene.factors)
    assert {(a, b) for a, b in dag.edges if a not in dag.latents} == set(graphs.edges(scene.factor_graph, "directed"))
    assert len(dag.latents) == len(graphs.edges(scene.factor_graph, "bidirected"))


@pytest.mark.parametrize(("package", "call"), [("pgmpy", interop.to_pgmpy), ("dowhy", interop.to_dowhy)])
def test_a_package_that_is_missing_is_named(package: str, call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ScmgenError, match=rf"needs {package}: pip install 'scmgen\[interop\]'"):
        call(confounded())


REASON = "in the extra interop; no release yet for Python 3.14"
SAMPLED = [f"er:1.5,factors=5,mechanisms={kind}" for kind in ("linear", "additive", "interaction")]


def load(name: str) -> Scene:
    """A built-in scene, or the causal model that a recipe draws for `shapes`."""
    if name in SCENES:
        return catalogue.load_scene(name)
    return compile_scene(sampled.sample(catalogue.load_scene("shapes").document, sampled.parse(name), seed=1))


def middle(scene: Scene, name: str) -> float:
    factor = scene.factors[name]
    return float(len(factor.levels) // 2) if factor.levels else sum(factor.bounds) / 2


@pytest.mark.parametrize("name", [*SCENES, *SAMPLED])
def test_dowhy_draws_our_samples_bit_for_bit_and_goes_on(name: str, gcm: Any) -> None:
    scene = load(name)
    model = interop.to_dowhy(scene, seed=3, split="train")
    for start in (0, 200):
        drawn = gcm.draw_samples(model, 200)
        ours = scene.sample(200, seed=3, split="train", start=start)
        assert set(drawn.columns) == set(scene.scm.variables)
        for variable in scene.scm.variables:
            assert np.array_equal(drawn[variable].to_numpy(), ours[variable].values), variable


@pytest.mark.parametrize("name", [*SCENES, *SAMPLED])
def test_dowhy_gives_our_counterfactuals(name: str, gcm: Any) -> None:
    scene = load(name)
    model = interop.to_dowhy(scene)
    factual = scene.sample(200, seed=1)
    observed = factual.drop_dims("exogenous").to_dataframe()
    invertible = isinstance(model, gcm.InvertibleStructuralCausalModel)
    assert invertible == (not abduction.without_inverse(scene.scm))
    for factor in scene.factors:
        value = middle(scene, factor)
        true = scene.counterfactual(factual, {factor: value})
        ways = [{"noise_data": interop.noise_data(scene, factual)}]
        if invertible:
            ways.append({"observed_data": observed})
        for way in ways:
            found = gcm.counterfactual_samples(model, {factor: lambda _, value=value: value}, **way)
            for variable in scene.scm.variables:
                np.testing.assert_allclose(found[variable], true[variable], rtol=1e-9, atol=1e-9, err_msg=variable)


def test_dowhy_computes_a_soft_counterfactual_of_several_targets(gcm: Any) -> None:
    from scmgen import Affine

    scene = catalogue.load_scene("pendulum")
    factual = scene.sample(100)
    true = scene.counterfactual(factual, {"light_angle": 1.5, "shadow_length": Affine(1.0, 0.5)})
    found = gcm.counterfactual_samples(
        interop.to_dowhy(scene),
        {"light_angle": lambda _: 1.5, "shadow_length": lambda length: length + 0.5},
        observed_data=factual.drop_dims("exogenous").to_dataframe(),
    )
    for name in scene.factors:
        np.testing.assert_allclose(found[name], true[name], rtol=1e-9)


@pytest.mark.parametrize("name", SCENES)
def test_dowhys_interventional_distributions_are_ours(name: str, gcm: Any) -> None:
    """Each of all tests has a false-alarm rate of 1e-4; the draws are independent of ours (another split)."""
    scene = catalogue.load_scene(name)
    model = interop.to_dowhy(scene, seed=11)
    n = 400 if name == "collision" else 4_000  # a simulation takes its time
    for target in list(scene.factors)[:3]:
        value = middle(scene, target)
        found = gcm.interventional_samples(model, {target: lambda _, value=value: value}, num_samples_to_draw=n)
        ours = scene.sample(n, seed=12, do={target: value})
        for factor, domain in scene.factors.items():
            if factor == target:
                assert (found[factor] == value).all()
            elif domain.levels:
                counts = [
                    np.bincount(x.astype(int), minlength=len(domain.levels))
                    for x in (found[factor], ours[factor].values)
                ]
                table = np.stack(counts)[:, np.sum(counts, axis=0) > 0]
                assert table.shape[1] < 2 or stats.chi2_contingency(table).pvalue > 1e-4, (target, factor)
            else:
                assert stats.ks_2samp(found[factor], ours[factor].values).pvalue > 1e-4, (target, factor)


def test_a_model_with_levels_below_others_is_not_invertible_and_dowhy_says_so(gcm: Any) -> None:
    scene = scene_of({"a": U, "kind": "bernoulli(a)", "b": f"kind + {U}"}, ["a", "b"], {"kind": ["no", "yes"]})
    model = interop.to_dowhy(scene)
    assert type(model) is gcm.StructuralCausalModel
    observed = scene.sample(10).drop_dims("exogenous").to_dataframe()
    with pytest.raises(ValueError, match="InvertibleStructuralCausalModel"):
        gcm.counterfactual_samples(model, {"a": lambda _: 0.5}, observed_data=observed)


def test_fitting_changes_nothing(gcm: Any) -> None:
    scene = catalogue.load_scene("pendulum")
    model = interop.to_dowhy(scene, seed=3, split="train")
    gcm.fit(model, scene.sample(50, seed=9).drop_dims("exogenous").to_dataframe())
    assert np.array_equal(gcm.draw_samples(model, 20)["shadow_length"], scene.sample(20, seed=3)["shadow_length"])


def test_a_clone_does_not_repeat_the_draws(gcm: Any) -> None:
    scene = catalogue.load_scene("pendulum")
    model = interop.to_dowhy(scene)
    twin = model.clone()
    gcm.fit(twin, scene.sample(50).drop_dims("exogenous").to_dataframe())
    drawn = [gcm.draw_samples(known, 50)["shadow_length"] for known in (model, twin, model)]
    assert len(set(np.concatenate(drawn))) == 150


def test_data_under_an_intervention_have_no_noise_to_recover(gcm: Any) -> None:
    scene = catalogue.load_scene("pendulum")
    observed = scene.sample(10, do={"shadow_length": 20.0}, allow_ood=True).drop_dims("exogenous").to_dataframe()
    with pytest.raises(ScmgenError, match=r"shadow_length = 20 in row 0 \(10 of 10 rows\): no noise gives it"):
        gcm.counterfactual_samples(interop.to_dowhy(scene), {"light_angle": lambda _: 1.5}, observed_data=observed)


def test_dowhy_reads_the_graph_of_a_scene(gcm: Any) -> None:
    from dowhy.graph import build_graph_from_str

    scene = catalogue.load_scene("pendulum")
    with old_names():
        graph = build_graph_from_str(write(scene.factor_graph, "dot"))
    assert set(graph.edges) == set(interop.to_networkx(scene).edges)


def test_the_average_causal_effect_is_the_true_one(gcm: Any) -> None:
    scene = scene_of(
        {"a": U, "b": "a * a + uniform(-0.1, 0.1)", "c": "3 * b + a + uniform(-0.1, 0.1)"}, ["a", "b", "c"]
    )
    effect = gcm.average_causal_effect(
        interop.to_dowhy(scene), "c", {"a": lambda _: 1.0}, {"a": lambda _: 0.0}, num_samples_to_draw=4_000
    )
    assert effect == pytest.approx(4.0, abs=5 * np.sqrt(2 * (0.01 / 3 + 9 * 0.01 / 3) / 4_000))


def test_the_page_says_what_is_true() -> None:
    for package in ("dowhy", "pgmpy"):
        pytest.importorskip(package, reason=REASON)
    page = (ROOT / "docs" / "how-to" / "interop.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
