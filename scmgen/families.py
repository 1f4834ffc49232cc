"""Sampled structural causal models: graph and mechanisms of a scene's free factors, drawn from a seed.

What is drawn is equation text, so a sampled scene is a scene like any other: its text alone is the
model. Graphs are those of Erdos and Renyi (1959) or of Barabasi and Albert (1999); mechanisms stand in
:mod:`scmgen.scores` and :mod:`scmgen.mechanisms`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeVar, get_args

import networkx as nx
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scmgen import document, mechanisms
from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import Factor, SceneDocument
from scmgen.scores import Kind, draw_score, rolls

T = TypeVar("T")

FEWEST, MOST = 3, 12  # factors of a sampled model
_N = 20_000  # samples that standardise a mechanism


class Recipe(BaseModel):
    """What kind of causal model is drawn.

    Attributes:
        graph: ``er`` (Erdos-Renyi) or ``sf`` (scale-free, Barabasi-Albert); either is oriented by an
            order drawn by itself.
        edges: a node, er: as expected; sf: that each new node brings.
        factors: how many of the free factors, or which; all (the most is 12) if None.
        mechanisms: see :func:`scmgen.scores.draw_score`; ``mixed`` draws one of them for each child.
        noise: share of the variance of a child with one parent that is its own noise. The noise keeps
            its size against that of one parent, so of k parents it is noise / (noise + (1 - noise) k).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    graph: Literal["er", "sf"]
    edges: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    factors: Annotated[int, Field(ge=FEWEST, le=MOST)] | tuple[str, ...] | None = None
    mechanisms: Literal[Kind, "mixed"] = "mixed"
    noise: Annotated[float, Field(gt=0, le=0.5)] = 0.2

    @model_validator(mode="after")
    def _whole(self) -> Recipe:
        if self.graph == "sf" and self.edges != int(self.edges):
            raise ValueError(f"a whole number of edges that each new node brings is needed, found {self.edges:g}")
        return self
