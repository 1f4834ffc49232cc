"""Sampled structural causal models: graph and mechanisms drawn from a seed, as equation text."""

from __future__ import annotations

from scmgen.families.recipes import Recipe, choose, draw_graph, parse, sample

__all__ = ["Recipe", "choose", "draw_graph", "parse", "sample"]
