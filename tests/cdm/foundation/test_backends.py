"""Parts by name: what they share, what they are told, and what is missing."""

from __future__ import annotations

import contextlib
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from checkout import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cdm.errors import CdmError
from cdm.foundation.backends import Backends
from cdm.foundation.choices import Chosen, chosen


def test_parts_that_name_one_model_share_it(toy_run: Path, toy_data: Path, toy_cache: Path) -> None:
    told = Backends(cache=toy_cache)
    run, data = f"cdm:{toy_run}", f"oracle:{toy_data}"
    extractor = told.extractor(chosen("extractor", run), {}, ())
    assert extractor is told.manipulator(chosen("manipulator", run)) is told.judge(chosen("judge", run))
    oracle = told.extractor(chosen("extractor", data), {}, ())
    assert oracle is told.manipulator(chosen("manipulator", data))
    assert told.told() == {"seed": 0}  # no language model was asked


def test_nobody_draws_or_judges_unless_somebody_is_named() -> None:
    assert Backends().generator(Chosen("generator", "none")) is None
    assert Backends().judge(Chosen("judge", "none")) is None


@pytest.mark.parametrize(("name", "what"), [("csg", "the directory of a run"), ("ledits", "a pipeline of diffusers")])
def test_a_generator_without_a_place_says_what_it_needs(name: str, what: str) -> None:
    with pytest.raises(CdmError, match=rf"^--generator {name}: {what} is needed: --generator {name}:PLACE$"):
        Backends().generator(Chosen("generator", name))


def test_what_the_extra_installs_has_no_torchvision() -> None:
    """Its wheels fit one build of torch, and a wrong one keeps transformers from being imported."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["foundation"]
    assert {"openai>=2,<3"} <= set(told)
    todo, seen = [Requirement(text) for text in told], set[str]()
    while todo:
        name = canonicalize_name(todo.pop().name)
        if name in seen:
            continue
        seen.add(name)
        with contextlib.suppress(PackageNotFoundError):  # one of another system
            needed = [Requirement(text) for text in requires(name) or ()]
            todo += [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert {"torch", "httpx", "tokenizers"} <= seen and "torchvision" not in seen
