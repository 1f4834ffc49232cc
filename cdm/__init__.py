"""A causal diffusion model, trained on directories of shards.

This package reads what `docs/format.md` describes and imports nothing of `scmgen`; the model itself
is not written yet.
"""
