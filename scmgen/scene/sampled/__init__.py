"""Sampled structural causal models: graph and mechanisms drawn from a seed, as equation text."""

from __future__ import annotations

from scmgen.scene.sampled.recipes import Family, choose, draw_graph, parse, sample

__all__ = ["Family", "choose", "draw_graph", "parse", "sample"]
