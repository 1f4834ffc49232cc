"""Scores: metrics on plain arrays, and one evaluation of a model against the true counterfactuals.

Imports models and what lies below them; it knows no training.
"""
