"""CausalVAE: a variational autoencoder whose latents are tied by a structural causal model that it learns from labels.

Published code begins with the true edges; here the matrix of effects begins at zero, unless the graph is given.
"""

from cdm.methods.causal_vae.answer import CausalVAE, load
from cdm.methods.causal_vae.config import PRESETS, Options
from cdm.methods.causal_vae.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[CausalVAE.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
