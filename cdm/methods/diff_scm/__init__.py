"""Diff-SCM: a denoiser that is told nothing, guided on the way back by who reads one factor in noisy images.

An image and one cause of it, and no other variable: there is no graph, and what follows from a do is left to the
gradient.
"""

from cdm.methods.diff_scm.answer import DiffSCM, load
from cdm.methods.diff_scm.config import PRESETS, Options
from cdm.methods.diff_scm.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[DiffSCM.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
