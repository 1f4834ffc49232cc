"""A data set is a line in a terminal; what its properties tell, tests/scmgen/storage/loading asks."""

from __future__ import annotations

from pathlib import Path

import pytest

import scmgen
from scmgen.scm.graph import CausalGraph

KINDS = ["small", "weak", "foreign", "many"]


def test_a_data_set_says_where_it_lies_and_how_large_it_is(small: Path) -> None:
    data = scmgen.load(small)
    sizes = "train 240, validation 30, test 30; 64 px; image, image_cf, mask, mask_cf"
    factors = "pendulum_angle, light_angle, shadow_length, shadow_position"
    assert repr(data) == str(data) == f"<Data pendulum in {str(small)!r}: {sizes}; factors {factors}>"
    assert repr(data.manifest) == "<Manifest pendulum: 300 samples, 4 factors, 5 shards>"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_data_set_floods_a_notebook(kind: str, request: pytest.FixtureRequest) -> None:
    data = scmgen.load(request.getfixturevalue(kind))
    split = next(iter(data.splits))
    for thing in (data, data.manifest, data.graph, data.images(split), data.shards(split)[0]):
        assert len(repr(thing)) < 800, repr(thing)


def test_the_graph_is_one_of_networkx_that_shows_itself(small: Path, photos: Path) -> None:
    graph = scmgen.load(small).graph
    assert isinstance(graph, CausalGraph) and "light_angle -> shadow_length" in repr(graph)
    assert scmgen.load(photos).graph is None
