"""DiffusionCounterfactuals: a denoiser guided towards all factors of the counterfactual, as a neural SCM has them.

A projector reads the factors in noisy images; what it reads in the image goes through an SCM with a given graph; and
what comes of it, factors that stay as much as those that change, pulls the image on its way back from noise.
"""

from cdm.methods.diffusion_counterfactuals.answer import DiffusionCounterfactuals, load
from cdm.methods.diffusion_counterfactuals.config import PRESETS, Options
from cdm.methods.diffusion_counterfactuals.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[DiffusionCounterfactuals.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
