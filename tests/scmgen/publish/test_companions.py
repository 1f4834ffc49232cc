"""What stands beside the shards: all that is due, and nothing of another data set."""

from __future__ import annotations

import re
from pathlib import Path

from carded import due, manifest, saying, section, text

from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe, Resolved
from scmgen.publish import companions
from scmgen.scene.document import parse
from scmgen.scene.scene import read_scene
from scmgen.storage import layout
from scmgen.storage.places.place import folder


def test_a_scene_that_fails_beyond_its_samples_is_built_and_its_card_says_so(tmp_path: Path) -> None:
    scene = """
name: pole
equations:
  x: uniform(1, 2)
  y: sqrt(x - 1.004) + uniform(0, 1)
factors:
  x: {range: [0, 2]}
  y: {range: [0, 2]}
draw:
  - {mark: fill, rgb: [1, 1, 1]}
  - {mark: disc, x: x / 2, y: y / 2, radius: 0.1, rgb: [0, 0, 0]}
"""
    source = Resolved("pole", read_scene(parse(scene, "pole.yaml")), Recipe(scene="pole"))
    build(catalogue.spec(source, n=20, size=16), tmp_path / "d")
    told = section(text(tmp_path / "d"), "Audit")
    assert re.match(r"The audit could not run: .*y.* not finite", told, re.DOTALL), told


def test_the_graph_beside_the_shards_is_a_picture_with_every_factor(small: Path) -> None:
    told = (small / "graph.svg").read_text()
    assert told.startswith("<svg") and all(name in told for name in manifest(small)["factors"])


def test_what_stands_beside_is_what_is_composed_and_goes_with_the_data_set(small: Path, tmp_path: Path) -> None:
    data = saying(small)
    assert list(companions.compose(data, folder(small))) == list(due(data))
    assert set(layout.beside({path.name for path in small.iterdir()})) == set(due(data))
    build(catalogue.spec(catalogue.find("pendulum"), n=20, size=16), tmp_path / "d")
    build(catalogue.spec(catalogue.find("shadow"), n=20, size=16, splits=(SPLIT,)), tmp_path / "d", force=True)
    there = {path.name for path in (tmp_path / "d").iterdir()}
    assert there == {*due(saying(tmp_path / "d")), "shadow-all-000000.tar"}


SPLIT = {"name": "all", "share": 1}
