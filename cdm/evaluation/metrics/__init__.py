"""Metrics: each a function of plain arrays, in one registry. An evaluation runs those whose arrays it has.

A module that this one imports registers its metrics; they are told in the order of registration.
"""

from cdm.evaluation.metrics import graphs, latents, pixels, readings
from cdm.evaluation.metrics.registry import ARRAYS, METRICS, Metric, metric, score

__all__ = ["ARRAYS", "METRICS", "Metric", "graphs", "latents", "metric", "pixels", "readings", "score"]
