"""Sampled causal models of scenes that move: the drawn edges are the graph's, and nothing leaves its range."""

from __future__ import annotations

import numpy as np
import pytest

from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.scene import sampled
from scmgen.scene.sampled.temporal import draw_lags
from scmgen.scm import lagged


@pytest.mark.parametrize(
    ("recipe", "seed"), [("er:1.5,lags=3", 0), ("sf:2,lags=2,mechanisms=interaction", 1), ("er:1,mechanisms=linear", 2)]
)
def test_the_graph_is_the_drawn_one_and_values_stay_in_their_ranges(recipe: str, seed: int) -> None:
    document, family = catalogue.load_scene("voronoi").document, sampled.parse(recipe)
    scene = catalogue.find("voronoi", recipe, seed, frames=40).scene
    graph = sampled.draw_graph(family, sampled.choose(document, family, seed), seed)
    causes = draw_lags(graph, family.lags or 1, seed)
    assert sum(map(len, causes.values())) == len(graph.edges)
    wanted = {(cause, name, lag) for name, mine in causes.items() for cause, lag in mine}
    steady, _ = lagged.projected(scene.scm, list(scene.factors))
    assert {*steady["directed"]} == wanted | {(name, name, 1) for name in causes}
    assert max(lag for *_, lag in wanted) == (family.lags or 1)
    noise = scene.noise(200)
    ends = {"tile_1": np.ones(200), "tile_2": np.zeros(200)}
    for values in (scene.scm.solve(noise), scene.scm.solve(noise, ends)):
        for name, factor in scene.factors.items():
            assert factor.domain.contains(values[name]).all(), name
            assert name in ends or values[name].std() > 0.05


def test_the_same_seed_gives_the_same_text_and_another_another() -> None:
    first, again, other = (catalogue.find("voronoi", "er:1.5", seed).scene.document.equations for seed in (3, 3, 4))
    assert first == again != other


@pytest.mark.parametrize(
    ("name", "recipe", "said"),
    [
        ("shapes", "er:1.5,lags=2", "lags: shapes stands still, and no frame comes before another"),
        ("voronoi", "er:1.5,lags=9", "lags: at most 8 is allowed"),
    ],
)
def test_lags_that_no_scene_has_are_refused(name: str, recipe: str, said: str) -> None:
    with pytest.raises(ScmgenError, match=said):
        catalogue.find(name, recipe)


def test_only_numbers_are_drawn() -> None:
    from scmgen.scene.scene import compile_scene

    shapes = catalogue.load_scene("shapes").document
    with pytest.raises(ScmgenError, match="in a scene that moves only numbers can be drawn a causal model"):
        sampled.sample(compile_scene(shapes.model_copy(update={"frames": 4})).document, sampled.parse("er:1"), 0)
