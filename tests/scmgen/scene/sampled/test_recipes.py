"""Recipes of sampled causal models: the drawn graph is the true one, and what becomes of the scene."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re

import networkx as nx
import numpy as np
import pytest
from checkout import ROOT
from toys import DOCUMENT, DRAWS, FACTORS, KINDS, N, distance, drawn, free, is_continuous, over, parents

from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.scene import sampled
from scmgen.scene.factor import Factor
from scmgen.scene.sampled import Family, parse, sample
from scmgen.scene.scene import SceneDocument, compile_scene
from scmgen.scm.graph import edges


def equations(document: SceneDocument) -> str:
    return hashlib.blake2b(json.dumps(document.equations).encode(), digest_size=8).hexdigest()


# The graph


@pytest.mark.parametrize(("recipe", "seed"), DRAWS)
def test_the_graph_of_the_scene_is_the_drawn_one(recipe: str, seed: int) -> None:
    scene = drawn(recipe, seed)
    names = sampled.choose(DOCUMENT, parse(recipe), seed)
    graph = sampled.draw_graph(parse(recipe), names, seed)
    kept = {("size", "echo")} if "size" in names else set()
    assert set(graph) == set(names) and len(names) == parse(recipe).factors
    assert set(edges(scene.factor_graph, "directed")) == set(graph.edges) | kept
    assert edges(scene.factor_graph, "bidirected") == []


@pytest.mark.parametrize(("recipe", "seed"), DRAWS)
def test_a_move_of_one_factor_moves_its_children_and_nothing_else(recipe: str, seed: int) -> None:
    """All other factors are held, so that only what an equation reads itself can move its variable."""
    scene = drawn(recipe, seed)
    noise = scene.noise(N, seed)
    values = scene.scm.solve(noise)
    for cause, effect in itertools.permutations(free(scene), 2):
        held = {name: values[name] for name in scene.factors if name != effect}
        there, here = (
            scene.scm.solve(noise, {**held, cause: over(scene.factors[cause], label)})[effect] for label in "ab"
        )
        if cause in parents(scene, effect):
            factor = scene.factors[effect]
            spread = distance(factor, values[effect], np.roll(values[effect], 1)).mean()
            assert distance(factor, there, here).mean() > 0.08 * spread, (cause, effect)
        else:
            assert np.array_equal(there, here), (cause, effect)


def test_edges_of_an_erdos_renyi_graph_are_as_many_as_asked_for_on_average() -> None:
    names = list(FACTORS)
    counts = [sampled.draw_graph(parse("er:1.5"), names, seed).number_of_edges() for seed in range(400)]
    assert abs(np.mean(counts) - 18) < 4 * np.sqrt(66 * (18 / 66) * (48 / 66) / 400)  # 6e-5 by chance


def test_edges_of_a_scale_free_graph_are_exactly_as_many_as_its_nodes_bring() -> None:
    names = list(FACTORS)
    drawn_graphs = [sampled.draw_graph(parse("sf:2"), names, seed) for seed in range(200)]
    assert {graph.number_of_edges() for graph in drawn_graphs} == {1 + 2 * 10}
    assert all(nx.is_directed_acyclic_graph(graph) for graph in drawn_graphs)


def test_a_scale_free_graph_has_hubs() -> None:
    """40 nodes with one edge each: the largest degree is near 12; 6 if newcomers joined any node alike."""
    names = [f"v{k}" for k in range(40)]
    hubs = [max(dict(sampled.draw_graph(parse("sf:1"), names, seed).degree).values()) for seed in range(60)]
    assert 9 < np.mean(hubs) < 14


@pytest.mark.parametrize("recipe", ["er:2", "sf:2"])
def test_every_factor_may_come_anywhere_in_the_causal_order(recipe: str) -> None:
    names = list(FACTORS)
    roots = [
        name
        for seed in range(300)
        for name, degree in sampled.draw_graph(parse(recipe), names, seed).in_degree
        if not degree
    ]
    shares = np.array([roots.count(name) for name in names]) / len(roots)
    assert shares.min() > 0.5 / 12 and shares.max() < 1.7 / 12


def test_a_graph_without_edges_is_drawn_again() -> None:
    graphs_drawn = [sampled.draw_graph(parse("er:0.05"), ["x", "y", "hue"], seed) for seed in range(40)]
    assert min(graph.number_of_edges() for graph in graphs_drawn) == 1


# What becomes of the scene


def test_the_same_seed_gives_the_same_text_and_another_seed_another() -> None:
    recipe = parse("er:1.5,factors=6")
    assert sample(DOCUMENT, recipe, 7) == sample(DOCUMENT, recipe, 7)
    assert len({equations(sample(DOCUMENT, recipe, seed)) for seed in range(20)}) == 20


def test_the_text_of_a_draw_stays_what_it_is() -> None:
    assert equations(sample(DOCUMENT, parse("er:1.5"), 7)) == "d386092d2a709621"


def test_a_sampled_scene_travels_as_plain_data() -> None:
    document = sample(DOCUMENT, parse("sf:2,factors=5"), 3)
    again = SceneDocument.model_validate(json.loads(json.dumps(document.data())))
    assert again == document
    noise = compile_scene(document).noise(50)
    one, other = (compile_scene(d).scm.solve(noise) for d in (document, again))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_what_is_not_chosen_is_fixed_and_no_factor_any_more() -> None:
    document = sample(DOCUMENT, parse("er:1,factors=[hue,x,size]"), 1)
    scene = compile_scene(document)
    assert list(document.factors) == ["hue", "size", "x", "echo"] and document.free == ("hue", "size", "x")
    values = scene.scm.solve(scene.noise(20))
    gone = {name: values[name] for name in FACTORS if name not in document.factors}
    assert all(np.ptp(array) == 0 for array in gone.values())
    assert {name: array[0] for name, array in gone.items() if is_continuous(FACTORS[name])} == {
        "y": 1000.5,
        "mass": 2500,
        "depth": 3e-6,
        "age": -4.5,
    }
    assert all(gone[name][0] == 0 for name in ("kind", "mark", "shade"))
    assert 0 <= gone["turn"][0] < 2 * math.pi and -180 <= gone["wind"][0] < 180
    assert document.parameters["cube"] == 1 and document.parameters["l3"] == 3
    assert scene.render(values, 16).shape == (20, 16, 16, 3)


def test_levels_that_another_factor_still_has_are_no_parameters() -> None:
    two = {name: Factor(levels=("ball", "cube")) for name in ("first", "second")}
    document = DOCUMENT.model_copy(
        update={
            "equations": {**DOCUMENT.equations, **{name: "category(1, 1)" for name in two}},
            "factors": {**DOCUMENT.factors, **two},
            "free": ("first", "second", "x", "y"),
        }
    )
    found = sample(document, parse("er:1,factors=[second,x,y]"), 0)
    assert "first" not in found.factors and found.parameters == {}
    compile_scene(found)


def test_all_that_is_not_free_stays_as_it_is() -> None:
    document = sample(DOCUMENT, parse("er:1.5,factors=5"), 2)
    assert {name: document.equations[name] for name in ("tint", "x_score", "echo")} == {
        name: DOCUMENT.equations[name] for name in ("tint", "x_score", "echo")
    }
    same = {"name", "version", "description", "citation", "draw"}
    assert document.model_dump(include=same) == DOCUMENT.model_dump(include=same)
    assert document.factors["echo"] == DOCUMENT.factors["echo"]


def test_a_helper_takes_no_name_that_is_taken() -> None:
    found = [sample(DOCUMENT, parse("er:2,mechanisms=linear"), seed).equations for seed in range(12)]
    assert any("x_score_" in equations for equations in found)
    assert all(equations["x_score"] == "2 * tint" for equations in found)


def test_the_types_of_the_chosen_factors_are_mixed() -> None:
    for seed in range(20):
        for count, most in ((3, 1), (6, 2), (9, 3)):
            names = sampled.choose(DOCUMENT, parse(f"er:1,factors={count}"), seed)
            kinds = [
                "level" if FACTORS[name].levels else "circle" if FACTORS[name].circular else "line" for name in names
            ]
            assert [kinds.count(kind) for kind in ("level", "circle", "line")] == [most] * 3
    chosen = {name for seed in range(40) for name in sampled.choose(DOCUMENT, parse("er:1,factors=3"), seed)}
    assert chosen == set(FACTORS)


def test_the_densest_graph_over_twelve_factors_is_within_the_limits_of_the_language() -> None:
    for kind in KINDS:
        scene = drawn(f"er:5.5,mechanisms={kind}", 0)
        assert len(edges(scene.factor_graph, "directed")) == 66 + 1
        assert max(map(len, scene.document.equations.values())) < 2_500


def test_the_example_of_the_documentation_is_what_is_drawn() -> None:
    page = (ROOT / "docs" / "reference" / "sampled-scms.md").read_text()
    match = re.search(r"`(er:[^`]*)` with seed ([0-9]+) over `shapes`:\n\n```yaml\n(.*?)```", page, re.DOTALL)
    assert match
    recipe, seed, text = match.groups()
    document = sample(catalogue.load_scene("shapes").document, parse(recipe), int(seed))
    shown = [name for name in document.equations if name in document.free or name.endswith("_score")]
    assert text.splitlines() == [f"{name}: {document.equations[name]}" for name in shown]


@pytest.mark.parametrize("recipe", ["er:1.5", "sf:2,factors=6,mechanisms=interaction"])
def test_shapes_can_be_sampled(recipe: str) -> None:
    scene = compile_scene(sample(catalogue.load_scene("shapes").document, parse(recipe), 7))
    values = scene.scm.solve(scene.noise(300))
    assert len(scene.factors) == (6 if "factors" in recipe else 12)
    assert len({image.tobytes() for image in scene.render(values, 32)}) == 300


# Recipes


def test_a_recipe_is_read_from_text() -> None:
    assert parse("er:1.5") == Family(graph="er", edges=1.5)
    assert parse(" sf : 2 , factors = 5, mechanisms=linear,noise=0.1") == Family(
        graph="sf", edges=2, factors=5, mechanisms="linear", noise=0.1
    )
    assert parse("er:1,factors=[hue, x ,y],noise=0.3").factors == ("hue", "x", "y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": no graph ''; allowed: er, sf"),
        ("err:1", "err:1: no graph 'err'; did you mean 'er'?"),
        ("er", "er: how many edges a node? write er:2"),
        ("er:many", "er:many: edges: a number is needed, found 'many'"),
        ("er:-1", "er:-1: edges: more than 0.0 is needed, found '-1'"),
        ("er:nan", "er:nan: edges: a finite number is needed, found 'nan'"),
        ("sf:1.5", "sf:1.5: sf needs a whole number of edges, found 1.5"),
        ("er:1,factor=5", "er:1,factor=5: no option 'factor'; did you mean 'factors'?"),
        ("er:1,factors", "er:1,factors: write name=value, found 'factors'"),
        ("er:1,factors=2", "er:1,factors=2: factors: at least 3 is needed, found '2'"),
        ("er:1,factors=13", "er:1,factors=13: factors: at most 12 is allowed, found '13'"),
        (
            "er:1,factors=x",
            "er:1,factors=x: factors: a whole number, or names such as [a,b,c], is needed, found 'x'",
        ),
        ("er:1,noise=.2,noise=.3", "er:1,noise=.2,noise=.3: noise is given twice"),
        ("er:1,noise=0.9", "er:1,noise=0.9: noise: at most 0.5 is allowed, found '0.9'"),
        ("er:1,mechanisms=lin", "er:1,mechanisms=lin: no kind of mechanisms 'lin'; did you mean 'linear'?"),
    ],
)
def test_a_text_that_is_no_recipe_is_refused(text: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("er:6", "er:6 with 12 factors: such a graph has at most 5.5 edges a node"),
        ("er:1.5,factors=3", "er:1.5 with 3 factors: such a graph has at most 1 edges a node"),
        ("sf:5,factors=5", "sf:5 with 5 factors: such a graph has at most 4 edges a node"),
        ("er:1,factors=[x,hew,size]", "toys: no free factor 'hew'; did you mean 'hue'?"),
        ("er:1,factors=[x,echo,size]", f"toys: no free factor 'echo'; allowed: {', '.join(sorted(FACTORS))}"),
        ("er:1,factors=[x,y,x]", "toys: the factor 'x' is asked for twice"),
        ("er:1,factors=[x,y]", "toys: 3 to 12 factors are needed, found 2"),
    ],
)
def test_a_recipe_that_cannot_be_met_is_refused(text: str, message: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        sample(DOCUMENT, parse(text), 0)
    assert str(caught.value) == message


def test_a_scene_without_enough_free_factors_is_refused() -> None:
    pendulum = catalogue.load_scene("pendulum").document
    with pytest.raises(ScmgenError) as caught:
        sample(pendulum, parse("er:1"), 0)
    assert str(caught.value) == "pendulum: none of its factors may be sampled; at least 3 names are needed under free:"
    few = DOCUMENT.model_copy(update={"free": ("x", "y", "hue", "turn")})
    with pytest.raises(ScmgenError) as caught:
        sample(few, parse("er:1,factors=5"), 0)
    assert str(caught.value) == "toys: 5 factors are asked for; only 4 are free: x, y, hue, turn"
