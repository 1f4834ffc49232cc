"""Conditional DDPM: a denoiser that is told labels, inverted under the old ones and run back under the new ones.

The usual way to edit an image with a diffusion model. Without a graph a do changes its label and no other: what
follows from it does not follow. With ``graph=given`` an SCM over labels tells it what follows.
"""

from cdm.methods.conditional_ddpm.answer import ConditionalDDPM, load
from cdm.methods.conditional_ddpm.config import PRESETS, Options
from cdm.methods.conditional_ddpm.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[ConditionalDDPM.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
