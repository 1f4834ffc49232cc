"""C2VAE: a variational autoencoder whose latents a classifier shall take for independent, and not for coupled ones.

It is shown images and nothing else. What coupled latents are like, a Gaussian copula over its posterior shows.
"""

from cdm.methods.c2vae.answer import C2VAE, load
from cdm.methods.c2vae.config import PRESETS, Options
from cdm.methods.c2vae.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[C2VAE.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
