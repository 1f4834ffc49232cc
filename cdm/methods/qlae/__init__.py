"""QLAE: an autoencoder whose latents each take one of a few values of their own, under strong weight decay.

It is shown images and nothing else. That few values and small weights must do is to make each latent mean one thing.
"""

from cdm.methods.parts.descent import rehearsal
from cdm.methods.qlae.answer import QLAE, load
from cdm.methods.qlae.config import PRESETS, Options
from cdm.methods.qlae.fit import fit
from cdm.models.protocol import MODELS, Entry

MODELS[QLAE.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
