"""iVAE: a variational autoencoder whose prior is told of an auxiliary variable, by which its latents are identified.

Here that variable is the intervention: an image under a do has the targets and values of it, a factual one has none.
"""

from cdm.methods.ivae.answer import IVAE, load
from cdm.methods.ivae.config import PRESETS, Options
from cdm.methods.ivae.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[IVAE.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
