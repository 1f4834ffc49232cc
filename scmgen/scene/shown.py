"""A scene in a terminal and in a notebook: how large it is, its first samples as a picture, its graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.scene.domain import Categorical, Valued
from scmgen.scm.model import Affine, Do
from scmgen.terminal import listed

if TYPE_CHECKING:
    import xarray
    from PIL import Image

    from scmgen.render.frame import Frame, Size
    from scmgen.scene.scene import Scene

STILL = ": the image stays"
"""What a caption adds where something was set and no pixel changed."""
_PLAIN = ("1", "world", "frame")  # units that nobody misses
_LINES = 4  # of values under an image
_SEEN = 3  # samples on a page


class Measured(Valued, Protocol):
    """Whatever has a domain and a unit."""

    @property
    def unit(self) -> str:
        """The unit of its values, 1 if they have none."""


def sizes(scene: Scene) -> str:
    """How many variables it has and what it draws, in a line."""
    count = f"{len(scene.factors)} factors of {len(scene.scm.variables)} variables: {listed(list(scene.factors))}"
    return f"{count}; {scene.renderer.summary}"


def rough(scene: Scene) -> Scene:
    """The scene as one looks at it: where images take long they are drawn quickly."""
    return replace(scene, renderer=scene.renderer.rough())


def page(scene: Scene) -> str:
    """What a notebook shows; if the scene cannot be drawn, its text and graph."""
    from scmgen.pictures.page import page as written

    facts = {
        "factors": listed([f"{name} ({factor.domain})" for name, factor in scene.factors.items()]),
        "other variables": listed(list(scene.hidden)) or "none",
        "drawing": scene.renderer.summary,
        "about": " ".join(scene.document.description.split()),
    }
    name, factor = next(iter(scene.factors.items()))
    try:
        picture = sheet(scene, {name: factor.at(np.array(0.75))}, _SEEN, 0, 64, False)
    except ScmgenError as error:
        picture, facts["not drawn"] = None, str(error)
    return written(f"Scene {scene.name}", facts, picture, scene.factor_graph._repr_html_() or "")


def sheet(scene: Scene, do: Do | None, n: int, seed: int, size: Size | Frame, allow_ood: bool) -> Image.Image:
    """Samples beside their counterfactuals; :meth:`scmgen.Scene.show` tells the rest."""
    from scmgen.pictures.sheet import lay

    if scene.frames is not None:
        return film(scene, do, n, seed, size, allow_ood)
    factual = scene.sample(n, seed)
    if not do:
        return lay(scene.name, "samples", [scene.render(factual, size)], _values(scene, factual), columns=3)
    twin = scene.counterfactual(factual, do, allow_ood=allow_ood)
    captions = [[", ".join(_done(scene, name, action, twin, row) for name, action in do.items())] for row in range(n)]
    worlds = [scene.render(values, size) for values in (factual, twin)]
    return lay(scene.name, "factual | counterfactual under the same noise", worlds, captions, columns=3)


def film(scene: Scene, do: Do | None, n: int, seed: int, size: Size | Frame, allow_ood: bool) -> Image.Image:
    """Clips as strips, above their counterfactuals under a do in all frames."""
    from scmgen.pictures.sheet import lay, strips

    worlds = [scene.sample(n, seed)]
    if do:
        worlds.append(scene.counterfactual(worlds[0], do, allow_ood=allow_ood))
    captions = [[f"do({', '.join(do)}) in all frames" if do else f"sample {row}"] for row in range(n)]
    note = "factual, and below it counterfactual under the same noise" if do else "samples, some frames of each"
    return lay(scene.name, note, [strips([scene.render(values, size) for values in worlds])], captions, columns=1)


def spelled(factor: Measured, value: float, form: str = ".4g") -> str:
    """A value with its unit, or the name of a level."""
    plain = isinstance(factor.domain, Categorical) or factor.unit in _PLAIN
    return factor.domain.spell(value, form) + ("" if plain else f" {factor.unit}")


def moved(factor: Measured, before: float, after: float) -> str:
    """A value that was set, behind the one that stood there: ``1.30 -> 1.50 rad``."""
    told = {form: [factor.domain.spell(value, form) for value in (before, after)] for form in (".2f", ".3g")}
    form = ".2f" if len(set(told[".2f"])) == 2 else ".3g"  # two decimals are too few for what is small
    return f"{told[form][0]} -> {spelled(factor, after, form)}"


def when(marks: Sequence[int]) -> str:
    """In which frames of a clip something was done, behind what was done.

    >>> when([0, 0, 1, 1]), when([0, 1, 0]), when([0, 1, 1, 0]), when([1, 0, 1])
    (' from frame 2 on', ' in frame 1', ' in frames 1 to 2', ' in 2 frames')
    """
    hit = [frame for frame, mark in enumerate(marks) if mark]
    if len(hit) < hit[-1] - hit[0] + 1:
        return f" in {len(hit)} frames"
    if hit[-1] == len(marks) - 1 and len(hit) > 1:
        return f" from frame {hit[0]} on"
    return f" in frame {hit[0]}" if len(hit) == 1 else f" in frames {hit[0]} to {hit[-1]}"


def changed(factor: Measured, before: Sequence[float], after: Sequence[float], marks: Sequence[int]) -> str:
    """A value that was set in a clip, behind the one that stood there in the first frame of it, and when."""
    first = list(marks).index(1)
    return moved(factor, float(before[first]), float(after[first])) + when(marks)


def lines(texts: list[str]) -> list[str]:
    """Lines under an image, as many as there is room for."""
    return texts if len(texts) <= _LINES else [*texts[: _LINES - 1], f"and {len(texts) - _LINES + 1} more"]


def _values(scene: Scene, samples: xarray.Dataset) -> list[list[str]]:
    """For each sample a line a factor."""
    columns = {name: samples[name].values.tolist() for name in scene.factors}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return [
        lines([f"{name}: {spelled(scene.factors[name], value, '.3g')}" for name, value in row.items()]) for row in rows
    ]


def _done(scene: Scene, name: str, action: object, twin: xarray.Dataset, row: int) -> str:
    value, factor = float(twin[name].values[row]), scene.factors.get(name)
    text = f"{name} = {spelled(factor, value) if factor else f'{value:.4g}'}"
    return f"shifted to {text}" if isinstance(action, Affine) else f"do({text})"
