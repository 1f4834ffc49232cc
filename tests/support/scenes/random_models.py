"""Random causal models as equation text, random interventions on them, and one small model by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scmgen.scm.model import SCM, Affine, Do, from_text
from scmgen.scm.vocabulary import Array

Where: TypeAlias = "slice | NDArray[np.bool_]"
LINEAR = ["{c} * {p}", "{p} / {c}", "{c} - {p}"]
SMOOTH = [
    *LINEAR,
    "sin({p})",
    "{c} * cos({p} + 0.3)",
    "{p} * abs({p})",
    "{p} * sin({q} + 2) / 2 + {q}",
    "sqrt(1 + {p} ** 2)",
]
ROUGH = [
    *SMOOTH,
    "tanh({p})",
    "where({p} > {q}, {p}, {c})",
    "max({p}, {q}, 0)",
    "floor({p})",
    "exp(-{p} ** 2)",
    "arctan2({p}, {q})",
    "sigmoid({p})",
    "({p} < {c})",
    "{p} % {c}",
    "log(1 + abs({p})) ** 1.7",
]
SMOOTH_NOISES = ["normal(0, 0.5)", "uniform(-1, 1)"]
NOISES = [*SMOOTH_NOISES, "bernoulli(0.3)", "category(1, 2, 1)", "normal({p}, 1 + abs({p}))", "bernoulli(sigmoid({p}))"]


@st.composite
def models(draw: st.DrawFn, forms: list[str] = ROUGH, noises: list[str] = NOISES) -> SCM:
    names = draw(st.permutations([f"v{i}" for i in range(draw(st.integers(3, 8)))]))
    texts = {name: draw(equations(names[:i], forms, noises)) for i, name in enumerate(names)}
    declared = draw(st.permutations(names))
    return from_text({name: texts[name] for name in declared}, {"w": 0.75})


@st.composite
def equations(draw: st.DrawFn, earlier: list[str], forms: list[str], noises: list[str]) -> str:
    if not earlier:
        return draw(st.sampled_from(["uniform(-1, 1)", "normal(0, 1)", "w * uniform(1, 2)"]))
    chosen = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))
    terms = [draw(terms_of(parent, earlier, forms)) for parent in chosen]
    if not terms or draw(st.integers(0, 3)):
        terms.append(draw(terms_of(draw(st.sampled_from(earlier)), earlier, noises)))
    return " + ".join(terms)


@st.composite
def terms_of(draw: st.DrawFn, parent: str, earlier: list[str], forms: list[str]) -> str:
    other, constant = draw(st.sampled_from(earlier)), draw(st.sampled_from(["0.5", "1.3", "w"]))
    return draw(st.sampled_from(forms)).format(p=parent, q=other, c=constant)


def table(scm: SCM, seed: int, n: int) -> dict[str, Affine]:
    """Targets and kinds (none, hard, shift, scale) drawn row by row."""
    rng = np.random.default_rng(seed)
    targets = [name for name in scm.variables if rng.random() < 0.5]
    return {name: row_table(rng, n) for name in targets}


def row_table(rng: np.random.Generator, n: int) -> Affine:
    kind, value = rng.integers(0, 4, n), rng.normal(size=n)
    scale = np.choose(kind, [np.ones(n), np.zeros(n), np.ones(n), value])
    shift = np.choose(kind, [np.zeros(n), value, value, np.zeros(n)])
    return Affine(scale, shift)


def rows(values: Mapping[str, Array], where: Where) -> dict[str, Array]:
    return {name: value[where] for name, value in values.items()}


def do_rows(do: Mapping[str, Affine], where: Where) -> Do:
    return {name: Affine(np.asarray(a.scale)[where], np.asarray(a.shift)[where]) for name, a in do.items()}


def assert_bits(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> None:
    assert list(found) == list(wanted)
    for name, value in found.items():
        assert value.tobytes() == wanted[name].tobytes(), name


N = 33
STEADY = settings(deadline=None)
SEEDS = st.integers(0, 10_000)
SMALL = {"x": "uniform(0, 1)", "h": "w * x", "y": "h + big + normal(0, 1)"}


def small() -> SCM:
    return from_text(SMALL, {"w": 2.0}, {"big": 1.0})
