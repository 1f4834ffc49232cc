"""The seam of renderers: a scene draws with whichever it has, and nothing outside the room asks for more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from checkout import ROOT
from pictures import BLACK, drawing

import scmgen
from scmgen.build.generated import build
from scmgen.checks.audit import audit
from scmgen.checks.verify import verify
from scmgen.dataset import catalogue
from scmgen.pictures.bank import Kind
from scmgen.render.drawing import Drawing
from scmgen.render.frame import Frame, Pixels, framed
from scmgen.render.renderer import OURS, RENDERERS, Apart, Exactness, Locate, Object, World, renderer
from scmgen.scene import scene as scenes


@dataclass(frozen=True)
class Grey:
    """A renderer of a few lines: a bar for the first variable, whose height is its value."""

    version: ClassVar[str] = "bars, 1"
    exact: ClassVar[Exactness] = Exactness(image=0.5, together=0.5)
    section: ClassVar[str] = "draw"

    name: str

    @classmethod
    def compile(
        cls, document: Sequence[Mapping[str, Any]], names: set[str], locate: Locate, pictures: Mapping[str, Kind]
    ) -> Grey:
        return cls("light_angle")

    def placed(self, locate: Locate) -> Grey:
        return self

    def rough(self) -> Grey:
        return self

    def seconds(self, frame: Frame) -> float:
        return 0.0

    summary: ClassVar[str] = "a bar"
    groups: ClassVar[tuple[str, ...]] = ("bar",)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.name})

    @property
    def shown(self) -> Mapping[str, frozenset[str]]:
        return {"bar": self.reads}

    @property
    def objects(self) -> tuple[Object, ...]:
        return (Object("bar", self.reads, self.reads),)

    def masks(self, world: World, frame: Frame) -> Pixels:
        height = np.mod(np.abs(world[self.name]) * 7919, 1) * frame.height
        under = np.arange(frame.height)[None, ::-1, None] < height[:, None, None]
        return np.broadcast_to(under, (len(height), *frame.plane)).astype(np.uint8)

    def draw(self, world: World, frame: Frame) -> Pixels:
        return np.repeat(255 * self.masks(world, frame)[..., None], 3, axis=-1)

    def apart(self, world: World, frame: Frame, names: Collection[str]) -> Iterator[Apart]:
        mask, there = self.masks(world, frame) == 1, np.ones(len(world[self.name]), bool)
        yield Apart("bar", there, mask, mask.any(axis=(1, 2)), ~there)

    def rehearse(self, world: World) -> None:
        self.masks(world, framed(16))


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
    together = scene.renderer.masks(world, framed(64))
    apart = list(scene.renderer.apart(world, framed(64), scene.renderer.groups))
    assert tuple(group.name for group in apart) == scene.renderer.groups
    known = {one.name: one for one in scene.renderer.objects}
    for number, group in enumerate(apart, 1):
        assert not ((together == number) & ~group.mask).any()  # what is on top is there
        assert ((together == number).any(axis=(1, 2)) == group.seen).all()
        assert not (group.mask.any(axis=(1, 2)) & ~group.drawn).any()
        one = known[group.name]
        assert not one.lone and one.placing <= one.reads == scene.renderer.shown[group.name] <= scene.renderer.reads


def test_what_can_be_looked_at_alone_is_a_group_or_a_mark_without_one() -> None:
    scene = drawing(
        {"mark": "fill", "rgb": ["a", 0, 0]},
        {"mark": "disc", "x": "a", "y": 0.5, "radius": 0.1, **BLACK, "group": "balls"},
        {"mark": "rect", "x": 0.5, "y": "1 - a", "width": 0.2, "height": 0.2, **BLACK, "when": "a > 0.5"},
        {"mark": "disc", "x": 0.9, "y": 0.5, "radius": 0.1, **BLACK, "group": "balls"},
    )
    objects = [(one.name, sorted(one.reads), sorted(one.placing), one.lone) for one in scene.renderer.objects]
    assert objects == [
        ("balls", ["a"], ["a"], False),
        ("draw.0 fill", ["a"], [], True),
        ("draw.2 rect", ["a"], ["a"], True),
    ]
    apart = {
        part.name: part
        for part in scene.renderer.apart(scene.world({"a": [0.05, 0.9, 2.0]}), framed(64), ["balls", "draw.2 rect"])
    }
    assert list(apart) == ["balls", "draw.2 rect"]
    assert apart["balls"].beyond.tolist() == [True, False, True] and apart["balls"].seen.tolist() == [True] * 3
    rect = apart["draw.2 rect"]
    assert (rect.drawn.tolist(), rect.beyond.tolist()) == ([False, True, True], [False, False, True])
    assert rect.mask.any(axis=(1, 2)).tolist() == rect.seen.tolist() == [False, True, False]


def test_more_marks_than_a_mask_has_values_are_told_apart() -> None:
    discs = [
        {"mark": "disc", "x": (k % 20 + 0.5) / 20, "y": (k // 20 + 0.5) / 20, "radius": "0.02 * a", **BLACK}
        for k in range(300)
    ]
    scene = drawing(*discs)
    parts = list(
        scene.renderer.apart(scene.world({"a": [1.0]}), framed(128), [one.name for one in scene.renderer.objects])
    )
    assert len(parts) == 300 and all(part.seen.all() for part in parts)
    assert sum(part.mask.sum() for part in parts) == sum(part.mask for part in parts).astype(bool).sum() > 300


def test_a_mask_tells_no_more_groups_apart_than_a_byte_has_values() -> None:
    discs = [{"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.1, **BLACK, "group": f"g{k}"} for k in range(256)]
    assert len(drawing(*discs[:255]).renderer.groups) == 255
    with pytest.raises(scmgen.ScmgenError) as caught:
        drawing(*discs)
    assert str(caught.value) == "s: draw: 256 groups; a mask tells at most 255 apart"


def test_rows_that_are_drawn_a_few_at_a_time_are_those_that_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scmgen.load_scene("shadow")
    world = scene.world(scene.scm.solve(scene.noise(50)))
    names = [one.name for one in scene.renderer.objects]
    whole = scene.renderer.draw(world, framed(32)), scene.renderer.masks(world, framed(32))
    parts = [(part.name, part.mask) for part in scene.renderer.apart(world, framed(32), names)]
    monkeypatch.setattr("scmgen.render.drawing._AT_ONCE", 20_000)
    assert (scene.renderer.draw(world, framed(32)) == whole[0]).all() and (
        scene.renderer.masks(world, framed(32)) == whole[1]
    ).all()
    few = list(scene.renderer.apart(world, framed(32), names))
    assert len(few) > len(parts) == len(names)
    for name, mask in parts:
        assert (np.concatenate([part.mask for part in few if part.name == name]) == mask).all()


@pytest.mark.parametrize("at_once", [1, 100, 10**6])
def test_the_first_row_that_is_not_finite_is_named_however_few_are_looked_at(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scmgen.render.drawing._AT_ONCE", at_once)
    scene = drawing(
        {"mark": "disc", "x": "1 / a", "y": 0.5, "radius": 0.1, **BLACK},
        {"mark": "disc", "x": 0.5, "y": "sqrt(a)", "radius": 0.1, **BLACK},
    )
    for work in (scene.renderer.rehearse, lambda world: scene.renderer.draw(world, framed(16))):
        with pytest.raises(scmgen.ScmgenError) as caught:
            work(scene.world({"a": [1.0, 2.0, -1.0, 0.0]}))
        assert str(caught.value) == "s: draw.1.y: 'sqrt(a)' is nan in row 2; it read a = -1"


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
    lists = ROOT / "scmgen" / "loops.py"  # names the modules that are compiled ahead of time
    files = [path for path in (ROOT / "scmgen").rglob("*.py") if inside not in path.parents and path != lists]
    assert [str(path) for path in files if known.search(path.read_text())] == []
