"""Metrics of causal image models, each a function of plain numpy arrays: no model of ours, and no torch.

    from cdm import metrics
    metrics.shd(graph, truth)                                  # graphs (d, d), 1 from cause to effect
    metrics.mcc(codes, values, factors)                        # latents against factors of any kind
    metrics.pixel_errors(answers, truth, factual)["changed"]   # images against the true counterfactuals
    metrics.effectiveness(read, truth, mask, factors)          # the full matrix of dos and factors, and its diagonal
    metrics.frechet(features, others)                          # sets of features, of any extractor

Images are ``(n, height, width, channels)``, floats or bytes; factors ``(n, d)`` in their units, described by
:class:`Factor`. Every function says whose idea it is, and what is best.
"""

from __future__ import annotations

from cdm.metrics.axioms import composition, effectiveness, reversibility
from cdm.metrics.counterfactuals import cld, gaussian_kl, perceptual, pixel_errors, psnr, ssim
from cdm.metrics.disentanglement import dci, info_mec, irs, mig, sap
from cdm.metrics.factors import Factor
from cdm.metrics.graphs import auroc, closure_scores, edge_scores, effect_error, parent_aid, shd, sid
from cdm.metrics.latents import mcc, multiple_correlations, r2_separation
from cdm.metrics.preservation import consistency, nuisance_kept, spill, worst_group
from cdm.metrics.quality import frechet, kernel_distance, precision_recall

__all__ = [
    "Factor",
    "auroc",
    "cld",
    "closure_scores",
    "composition",
    "consistency",
    "dci",
    "edge_scores",
    "effect_error",
    "effectiveness",
    "frechet",
    "gaussian_kl",
    "info_mec",
    "irs",
    "kernel_distance",
    "mcc",
    "mig",
    "multiple_correlations",
    "nuisance_kept",
    "parent_aid",
    "perceptual",
    "pixel_errors",
    "precision_recall",
    "psnr",
    "r2_separation",
    "reversibility",
    "sap",
    "shd",
    "sid",
    "spill",
    "ssim",
    "worst_group",
]
