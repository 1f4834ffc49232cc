"""The seam of renderers: a scene draws with whichever it has, and nothing outside the room asks for more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from checkout import ROOT

import scmgen
from scmgen.build.generated import build
from scmgen.checks.audit import audit
from scmgen.checks.verify import verify
from scmgen.dataset import catalogue
from scmgen.render.drawing import Drawing
from scmgen.render.renderer import OURS, RENDERERS, Exactness, Group, Locate, Pixels, World, renderer
from scmgen.scene import scene as scenes


@dataclass(frozen=True)
class Grey:
    """A renderer of a few lines: a bar for the first variable, whose height is its value."""

    version: ClassVar[str] = "bars, 1"
    exact: ClassVar[Exactness] = Exactness(image=0.5, together=0.5)

    name: str

    @classmethod
    def compile(cls, document: Sequence[Mapping[str, Any]], names: set[str], locate: Locate) -> Grey:
        return cls("light_angle")

    def placed(self, locate: Locate) -> Grey:
        return self

    summary: ClassVar[str] = "a bar"
    groups: ClassVar[tuple[str, ...]] = ("bar",)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.name})

    @property
    def shown(self) -> Mapping[str, frozenset[str]]:
        return {"bar": self.reads}

    placing = shown

    def masks(self, world: World, size: int) -> Pixels:
        height = np.mod(np.abs(world[self.name]) * 7919, 1) * size
        under = np.arange(size)[None, ::-1, None] < height[:, None, None]
        return np.broadcast_to(under, (len(height), size, size)).astype(np.uint8)

    def draw(self, world: World, size: int) -> Pixels:
        return np.repeat(255 * self.masks(world, size)[..., None], 3, axis=-1)

    def apart(self, world: World, size: int) -> Iterator[Group]:
        yield Group("bar", np.ones(len(world[self.name]), bool), self.masks(world, size) == 1)

    def rehearse(self, world: World) -> None:
        self.masks(world, 1)


@pytest.fixture
def grey(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(RENDERERS, OURS, Grey)
    scenes._once.cache_clear()
    yield
    scenes._once.cache_clear()


def test_another_renderer_draws_builds_verifies_and_is_audited(grey: None, tmp_path: Path) -> None:
    """All that a data set needs of pixels it asks of the seam."""
    scene = scmgen.load_scene("pendulum")
    assert isinstance(scene.renderer, Grey)
    assert scene.render(scene.sample(3), 16).shape == (3, 16, 16, 3)
    with pytest.raises(scmgen.ScmgenError, match="the drawing of pendulum also reads light_angle"):
        scene.render({"pendulum_angle": 0.1}, 16)
    spec = catalogue.spec(catalogue.find("pendulum"), n=30, size=16, masks=True)
    data = build(spec, tmp_path / "d")
    assert data["software"]["rasteriser"] == "bars, 1" and data["groups"] == {"bar": 1}
    assert data["graph"]["groups"]["light_angle"] == ["bar"]
    report = verify(tmp_path / "d", samples=None)
    assert report.faults == [] and report.pixels > 0
    done = audit(catalogue.find("pendulum"), n=200)
    unseen = {finding.subject for finding in done.findings if finding.check == "unreadable"}
    assert "pendulum_angle" in unseen and "light_angle" not in unseen


def test_a_renderer_is_registered_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scmgen.render.renderer.RENDERERS", known := dict(RENDERERS))
    assert known[OURS] is Drawing
    assert renderer("bars")(Grey) is Grey and known["bars"] is Grey


def test_the_exactness_that_a_renderer_promises_is_what_verification_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(catalogue.spec(catalogue.find("pendulum"), n=20, size=16), tmp_path / "d")
    real = Drawing.draw

    def off(self: Drawing, world: World, size: int) -> Pixels:
        pixels = real(self, world, size)
        pixels[:, :1] ^= 1  # one row of sixteen
        return pixels

    monkeypatch.setattr(Drawing, "draw", off)
    assert {check for check, _ in verify(tmp_path / "d").faults} == {"pixels"}
    monkeypatch.setattr(Drawing, "exact", Exactness(image=0.07, together=0.01))
    assert [problem for _, problem in verify(tmp_path / "d").faults] == ["1920 of 30720 bytes differ when drawn again"]
    monkeypatch.setattr(Drawing, "exact", Exactness(image=0.07, together=0.07))
    assert verify(tmp_path / "d").faults == []


@pytest.mark.parametrize("name", ["pendulum", "shapes", "shadow"])
def test_a_group_apart_is_what_it_is_without_the_others(name: str) -> None:
    scene = scmgen.load_scene(name)
    world = scene.world(scene.scm.solve(scene.noise(20)))
    together = scene.renderer.masks(world, 64)
    apart = list(scene.renderer.apart(world, 64))
    assert tuple(group.name for group in apart) == scene.renderer.groups
    for number, group in enumerate(apart, 1):
        assert not ((together == number) & ~group.mask).any()  # what is on top is there
        assert not (group.mask.any(axis=(1, 2)) & ~group.drawn).any()
        assert scene.renderer.placing[group.name] <= scene.renderer.shown[group.name] <= scene.renderer.reads


def test_a_scene_read_from_a_file_names_its_lines_whoever_compiled_it_first(tmp_path: Path) -> None:
    """One compilation serves all, and every error names the place of its own text."""
    text = (ROOT / "scenes" / "pendulum.yaml").read_text()
    for number, name in enumerate(("a.yaml", "b.yaml")):
        (tmp_path / name).write_text("\n" * number + text)
    first, second = (catalogue.load_scene(tmp_path / name) for name in ("a.yaml", "b.yaml"))
    plain = scenes.compile_scene(second.document)

    def places(scene: scmgen.Scene) -> list[str]:
        drawing = scene.renderer
        assert isinstance(drawing, Drawing)
        drawn = [e.where for mark in drawing.marks for e in mark.expressions()]
        return [*(e.expression.where for e in scene.scm.equations), *(m.where for m in drawing.marks), *drawn]

    for here, there, said in zip(places(first), places(second), places(plain), strict=True):
        line, rest = re.fullmatch(rf"{tmp_path}/a.yaml:(\d+): (.*)", here).groups()  # type: ignore[union-attr]
        assert there == f"{tmp_path}/b.yaml:{int(line) + 1}: {rest}" and said == f"pendulum: {rest}"


def test_a_scene_that_is_compiled_again_has_graphs_of_its_own() -> None:
    first = scmgen.load_scene("pendulum")
    first.graph.clear()
    assert len(scmgen.load_scene("pendulum").graph) == len(first.scm.variables)


def test_a_channel_that_is_not_finite_is_found_by_a_rehearsal() -> None:
    scene = scmgen.load_scene("pendulum")
    values = scene.scm.solve(scene.noise(4))
    scene.renderer.rehearse(scene.world(values))
    drawn = min(scene.renderer.reads & values.keys())
    bad = {**values, drawn: np.concatenate([values[drawn][:2], [np.inf], values[drawn][3:]])}
    with pytest.raises(scmgen.ScmgenError, match=f"in row 2; it read .*{drawn} = inf"):
        scene.renderer.rehearse(scene.world(bad))


def test_nothing_outside_the_room_knows_shapes_or_the_rasteriser() -> None:
    inside = ROOT / "scmgen" / "render"
    known = re.compile(r"render\.(shapes|raster|drawing|channels)|render import (shapes|raster|drawing|channels)")
    files = [path for path in (ROOT / "scmgen").rglob("*.py") if inside not in path.parents]
    assert [str(path) for path in files if known.search(path.read_text())] == []
