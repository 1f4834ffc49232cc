"""Metrics: each a function of plain arrays, in one registry. An evaluation runs those whose arrays it has.

Importing the package imports every file in it, and so registers the metrics, which are told in that order.
"""

import importlib
import pkgutil

from cdm.evaluation.metrics.registry import ARRAYS, METRICS, Metric, metric, score

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_module.name)

__all__ = ["ARRAYS", "METRICS", "Metric", "metric", "score"]
