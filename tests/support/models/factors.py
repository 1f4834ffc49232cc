"""Factors of every domain, those of the toy, and codes that follow its equations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from torch import Tensor

from cdm.scm.codes import BEFORE, Code, Factor
from cdm.scm.domains import Categorical, Circular, Continuous

CODE = Code(
    (
        Factor("size", Continuous(2.0, 6.0)),
        Factor("hue", Circular(0.0, 360.0), unit="deg"),
        Factor("kind", Categorical(("cube", "ball", "cone"))),
    )
)
TOY = Code(
    (
        Factor("a", Continuous(0.0, 1.0)),
        Factor("b", Continuous(0.0, 1.0)),
        Factor("k", Categorical(("red", "green", "blue"))),
    )
)


def both(code: Code) -> Code:
    """The code of two frames of a clip, each with factors of its own."""
    return Code((*(replace(factor, name=factor.name + BEFORE) for factor in code.factors), *code.factors))


@pytest.fixture(autouse=True)
def seeded() -> None:
    """What a test draws at random is the same in each of its runs; a file that imports this name has it so."""
    torch.manual_seed(0)


def toy_codes(n: int = 3000, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Codes before and after, mask, and codes of the values that were set, of the toy's own equations."""
    table = {name: torch.tensor(array).float() for name, array in toy.values(np.random.default_rng(seed), n).items()}
    before, after, value = (TOY.encode(table[name]) for name in ("factors", "factors_cf", "do_value"))
    return before, after, table["do_mask"], value
