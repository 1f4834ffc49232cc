"""CausalDiffAE: an autoencoder whose latents stand in a causal graph, and whose decoder is a diffusion model.

An encoder says of an image a block of latents for each factor, tied to its label; mechanisms along a given graph say
what a block owes to its parents and what is its own; a denoiser that is told all blocks draws the image. What labels
leave open stays in the noise that the image is inverted to (Komanduri et al. 2024, arXiv 2404.17735).
"""

from cdm.methods.causal_diffae.answer import CausalDiffAE, load
from cdm.methods.causal_diffae.config import PRESETS, Options
from cdm.methods.causal_diffae.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[CausalDiffAE.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
"""What CausalDiffAE answers: images redrawn under latents that a do moved, and what follows from it."""
