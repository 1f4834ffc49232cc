"""Causal flow: an invertible model of labels along a given graph, with latents for hidden common causes.

It says what factors would have been, and draws nothing: the row that tells an error of an SCM over labels from one of
drawing. Without hidden causes it is a causal normalising flow (Javaloy et al. 2023, arXiv 2306.05415), with them one
that is conditional on what an encoder takes them to have been (DeCaFlow, Almodovar et al. 2025, arXiv 2503.15114).
"""

from cdm.methods.causal_flow.answer import CausalFlow, load
from cdm.methods.causal_flow.config import PRESETS, Options
from cdm.methods.causal_flow.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[CausalFlow.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
