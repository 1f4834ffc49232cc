"""Causal semantic guidance: what an intervention changes guides a diffusion model back from an inverted picture.

Plain arithmetic (:mod:`~cdm.foundation.guidance.arithmetic`, :mod:`~cdm.foundation.guidance.inversion`), and two who
draw by it: a run of our own, whose factors are the concepts (:mod:`~cdm.foundation.guidance.run`), and any Stable
Diffusion (:mod:`~cdm.foundation.guidance.pipeline`).
"""
