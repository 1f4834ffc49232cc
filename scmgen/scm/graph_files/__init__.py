"""Causal graphs in files: JSON, DOT and dagitty, and the forms of other tools."""
