"""What is known of the graph: under interventions, in environments, and what they orient."""

from __future__ import annotations

from typing import Any

from regimes import ENVIRONMENTS, TEXT, dataset

from scmgen.dataset import ground_truth
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Environment, Spec, Split
from scmgen.scene.document import parse as yaml
from scmgen.scene.scene import read_scene


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


def test_the_groups_that_show_a_factor_are_found_through_any_tangle_of_helpers() -> None:
    """Helpers that read one another twice have 2 ** 60 paths between them; 1,500 in a row are deeper than a stack."""
    rungs = "".join(f"  h{k + 1}: (h{k} + g{k}) / 2\n  g{k + 1}: (h{k} + g{k}) / 2\n" for k in range(60))
    row = "".join(f"  r{k + 1}: r{k}\n" for k in range(1_500))
    text = f"""
name: tangle
equations:
  a: uniform(0, 1)
  h0: a
  g0: a
{rungs}  r0: h60
{row}factors:
  a: {{range: [0, 1]}}
draw:
- {{mark: fill, rgb: [r1500, 0, 0], group: all}}
"""
    scene = read_scene(yaml(text, "tangle.yaml"))
    assert ground_truth._groups(scene) == {"a": ["all"]}
