"""Foundation models as causal generators: concepts and a graph in words, what an intervention makes of them, a picture.

The pipeline of FM-CGM has four parts: a semantic SCM (:mod:`~cdm.foundation.semantic`), an extractor that reads one in
a picture, a manipulator that intervenes on it, and a generator that draws the counterfactual
(:mod:`~cdm.foundation.protocols`).

Imports runs and what lies below them.
"""
