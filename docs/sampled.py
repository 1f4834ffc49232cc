"""The data sets of the catalogue as they are sampled, for the pages that `make_datasets.py` writes."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray
from numpy.typing import NDArray

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe
from scmgen.publish.markdown import code, table
from scmgen.scene.domain import Continuous
from scmgen.scene.factor import Factor
from scmgen.scm.graph_picture.picture import svg
from scmgen.storage.manifest import Manifest

_STRONG, _PAIRS = 0.3, 12  # a correlation that is told, and how many are


@dataclass(frozen=True)
class Made:
    """A data set of the catalogue, its small size built.

    Attributes:
        name: in the catalogue.
        entry: its recipe.
        manifest: of the small size.
        worlds: factual and counterfactual labels of each split.
        changed: share of the pixels that a do on a factor alone changes, the median of the first split.
        graph: its causal graph as SVG.
    """

    name: str
    entry: Recipe
    manifest: Manifest
    worlds: dict[str, xarray.Dataset]
    changed: dict[str, float]
    graph: str

    @property
    def factors(self) -> dict[str, Factor]:
        """What a model should recover."""
        return dict(catalogue.find(self.name).scene.factors)


def made(name: str) -> Made:
    """Build the small size of a data set, and measure it."""
    source = catalogue.find(name)
    with tempfile.TemporaryDirectory() as folder:
        manifest = build(catalogue.spec(source, small=True), Path(folder) / name)
        data = scmgen.load(Path(folder) / name)
        worlds = {split: data.labels(split) for split in data.splits}
        graph = svg(source.scene.factor_graph, title=f"Causal graph of {name}")
        return Made(name, source.entry, manifest, worlds, _changed(data, worlds), graph)


def _changed(data: scmgen.Data, worlds: dict[str, xarray.Dataset]) -> dict[str, float]:
    split = next(iter(worlds))
    if "image_cf" not in data.members:
        return {}
    different = (data.images(split)[:] != data.images(split, "image_cf")[:]).any(axis=-1)
    pixels = different.reshape(len(different), -1).mean(axis=1)  # of clips in all their frames
    mask = worlds[split]["do_mask"].values[:, 0].astype(bool)
    mask = mask if mask.ndim == 2 else mask.any(axis=1)
    alone = mask.sum(axis=1) == 1
    return {
        str(name): float(np.median(pixels[alone & mask[:, k]]))
        for k, name in enumerate(worlds[split]["factor"].values)
        if (alone & mask[:, k]).any()
    }


def statistics(one: Made) -> str:
    """What was sampled of each factor."""
    split, labels = next(iter(one.worlds.items()))
    rows = []
    for name, factor in one.factors.items():
        values = _factual(labels, name)
        seen = _shares(values, factor) if factor.levels else ""
        spread = ("", "", "")
        if isinstance(factor.domain, Continuous) and not factor.circular:
            low, high = np.quantile(values, (0.05, 0.95))
            spread = (f"{values.mean():.3g} ± {values.std():.2g}", f"{low:.3g}", f"{high:.3g}")
        elif factor.circular:
            seen = "circular"
        changed = f"{100 * one.changed[name]:.1f} %" if name in one.changed else ""
        rows.append((code(name), *spread, seen, changed))
    about = f"Of the {labels.sizes['sample']:,} samples of the split `{split}` of the small size."
    header = ("factor", "mean ± deviation", "5 %", "95 %", "levels", "pixels that a do on it changes (median)")
    return f"{about}\n\n{table(header, rows)}"


def _factual(labels: xarray.Dataset, name: str) -> NDArray[np.float64]:
    array = labels[name]
    values: NDArray[np.float64] = (array.sel(world="factual") if "world" in array.dims else array).values
    return values.ravel()  # of clips every frame


def _shares(values: NDArray[np.float64], factor: Factor) -> str:
    counts = np.bincount(values.astype(int), minlength=len(factor.levels or ())) / len(values)
    return ", ".join(f"{level} {100 * share:.0f} %" for level, share in zip(factor.levels or (), counts, strict=True))


def correlations(one: Made) -> str:
    """The factors that go together, in every split: also where none causes the other."""
    names = [name for name, factor in one.factors.items() if not factor.circular and len(factor.levels or ()) < 3]
    found = {
        (a, b): [_correlation(labels, a, b) for labels in one.worlds.values()]
        for a, b in itertools.combinations(names, 2)
    }
    strong = sorted((pair for pair, r in found.items() if max(map(abs, r)) >= _STRONG), key=lambda p: -abs(found[p][0]))
    if not strong:
        return ""
    rows = [(f"{code(a)}, {code(b)}", *(f"{r:.2f}" for r in found[a, b])) for a, b in strong[:_PAIRS]]
    more = f" The strongest {_PAIRS} of {len(strong)}." if len(strong) > _PAIRS else ""
    about = f"Correlations of {_STRONG} and more between ordered factors, whatever their cause.{more}"
    return f"{about}\n\n{table(('factors', *one.worlds), rows)}"


def _correlation(labels: xarray.Dataset, a: str, b: str) -> float:
    x, y = _factual(labels, a), _factual(labels, b)
    return float(np.corrcoef(x, y)[0, 1]) if x.std() and y.std() else 0.0
