"""Noises that a plug-in adds: from one file to verified data, and what can go wrong with one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkout import ROOT
from scipy import stats
from shell import scmgen as shell

import scmgen
from scmgen.errors import ScmgenError
from scmgen.scm import abduction, vocabulary
from scmgen.scm.expression import NOISE, parse
from scmgen.scm.model import from_text

PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
PLUGIN = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "@noise" in block)
SCENE = """
name: counts
equations:
  a: laplace(0.5, 0.01)
  b: 0.2 * a + laplace(0.1 * a, 0.01)
  often: geometric(0.5 + 0.4 * tanh(a))
  c: 0.5 + 0.01 * often + uniform(-0.1, 0.1)
factors:
  a: {range: [0, 1]}
  b: {range: [-0.5, 1]}
  c: {range: [0, 1]}
draw:
  - {mark: disc, x: a, y: c, radius: 0.1 + 0.2 * abs(b), rgb: [0, 0, 0]}
"""


@pytest.fixture
def noises(monkeypatch: pytest.MonkeyPatch) -> dict[str, vocabulary.Noise]:
    """Give a vocabulary of noises in which what a test registers is forgotten afterwards."""
    own = dict(vocabulary.NOISES)
    monkeypatch.setattr(vocabulary, "NOISES", own)
    return own


def test_a_data_set_with_noises_of_a_plugin_builds_and_verifies(tmp_path: Path) -> None:
    (tmp_path / "more.py").write_text(PLUGIN)
    (tmp_path / "counts.yaml").write_text(SCENE)
    sizes = ("--n", "60", "--shard-size", "20", "--size", "16", "-o", "d", "-j", "2")
    unaided = shell("build", "counts.yaml", *sizes, home=tmp_path)
    assert unaided.returncode == 2 and "unknown function 'laplace'" in unaided.stderr
    built = shell("build", "counts.yaml", "--interventions", *sizes, "--plugin", "more.py", home=tmp_path)
    assert (built.returncode, built.stderr) == (0, "")
    verified = shell("verify", "d", "--all", "--plugin", "more.py", home=tmp_path)
    assert (verified.returncode, verified.stderr) == (0, "") and verified.stdout.endswith("d: verified\n")
    card = (tmp_path / "d" / "README.md").read_text()
    assert "| `often` | `geometric(0.5 + 0.4 * tanh(a))` | geometric |" in card


def test_abduction_knows_which_noise_of_a_plugin_it_can_recover(noises: dict[str, Any]) -> None:
    exec(PLUGIN, {})  # noqa: S102  its own text
    model = from_text({"a": "laplace(0, 1)", "b": "a + laplace(0, abs(a))", "n": "geometric(0.5 + 0.4 * tanh(a))"})
    reason = "geometric: a level leaves its noise open between two bounds"
    assert abduction.without_inverse(model) == {"n": reason}
    noise = model.noise(200, seed=1)
    values = model.solve(noise)
    recovered = abduction.recover(abduction.lines(model)["b"], values["b"], values["a"][:, None])
    np.testing.assert_allclose(recovered, noise["b"], atol=1e-9)


def test_a_noise_of_a_plugin_has_its_distribution_and_its_arity(noises: dict[str, Any]) -> None:
    exec(PLUGIN, {})  # noqa: S102  its own text
    u = (np.arange(20_000) + 0.5) / 20_000
    assert stats.kstest(parse("laplace(2, 3)").evaluate({NOISE: u}), "laplace", (2, 3)).statistic < 1e-3
    assert (noises["laplace"].fewest, noises["laplace"].most, noises["laplace"].discrete) == (2, 2, False)
    with pytest.raises(ScmgenError, match="laplace takes 2 arguments, found 3"):
        parse("laplace(1, 2, 3)")
    with pytest.raises(ScmgenError, match="b is nan in row 0"):
        from_text({"b": "laplace(0, 0 - 1)"}).solve({"b": u})


def test_the_noises_that_come_along_are_registered_in_the_same_way() -> None:
    arities = {name: (word.fewest, word.most, word.discrete) for name, word in vocabulary.NOISES.items()}
    assert arities == {
        "normal": (2, 2, False),
        "uniform": (2, 2, False),
        "bernoulli": (1, 1, True),
        "category": (2, None, True),
    }


def noise_raises(u: Any) -> Any:
    raise KeyError("oops")


def noise_writes(u: Any) -> Any:
    u[:] = 0
    return u


def noise_shrinks(u: Any) -> Any:
    return np.zeros(2)


@pytest.mark.parametrize(
    ("transport", "problem"),
    [
        (noise_raises, "KeyError: 'oops'"),
        (noise_writes, "ValueError: assignment destination is read-only"),
        (noise_shrinks, "ValueError: operands could not be broadcast together with remapped shapes"),
    ],
)
def test_a_noise_that_misbehaves_is_one_message(
    transport: Callable[..., Any], problem: str, noises: dict[str, Any]
) -> None:
    scmgen.noise()(transport)
    with pytest.raises(ScmgenError) as caught:
        from_text({"x": f"{transport.__name__}()"}).solve({"x": np.full(5, 0.5)})
    assert str(caught.value).startswith(f"plug-in noise {transport.__name__}: {problem}")


def uniform(u: Any, low: Any, high: Any) -> Any:
    return low


def sin(u: Any) -> Any:
    return u


def no_uniforms() -> Any:
    return 0.0


def named(u: Any, *, scale: Any) -> Any:
    return u


@pytest.mark.parametrize(
    ("transport", "problem"),
    [
        (uniform, "plug-in noise uniform: 'uniform' cannot name a noise: it is a word of the language"),
        (sin, "plug-in noise sin: 'sin' cannot name a noise: it is a word of the language"),
        (no_uniforms, "plug-in noise no_uniforms: the first argument is u, the uniforms, and has no default"),
        (named, "plug-in noise named: arguments must be plain positional ones"),
    ],
)
def test_what_is_no_noise_is_not_registered(
    transport: Callable[..., Any], problem: str, noises: dict[str, Any]
) -> None:
    before = dict(noises)
    with pytest.raises(ScmgenError) as caught:
        scmgen.noise()(transport)
    assert (str(caught.value), noises) == (problem, before)
