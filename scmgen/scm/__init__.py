"""Structural causal models: the equation language, noise, solving, abduction, and the graph that falls out.

Imports nothing but errors.
"""
