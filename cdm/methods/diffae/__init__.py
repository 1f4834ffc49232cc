"""A diffusion autoencoder with linear edits: a do moves a latent along the direction in which a factor is read.

An encoder that nobody tells of factors sums an image up, a denoiser that is told so draws it (Preechakul et al. 2022,
arXiv 2111.15640). Afterwards a linear reading of each factor is fitted on labels. There is no graph: what goes
with a factor in the data goes with it under a do, causes as well as effects.
"""

from cdm.methods.diffae.answer import DiffAE, load
from cdm.methods.diffae.config import PRESETS, Options
from cdm.methods.diffae.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[DiffAE.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
"""What a diffusion autoencoder answers: images redrawn under a latent that a do moved."""
