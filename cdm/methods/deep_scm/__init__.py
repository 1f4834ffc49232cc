"""Deep SCM: mechanisms of labels along a given graph, and a conditional VAE for the image, all of whose noise is kept.

The reference method of the field. With one level of latents it is that of Pawlowski et al. 2020 (arXiv 2006.06485),
with more the hierarchical one of de Sousa Ribeiro et al. 2023 (arXiv 2306.15764), whose latents are exogenous. A do of
nothing gives the image back exactly.
"""

from cdm.methods.deep_scm.answer import DeepSCM, load
from cdm.methods.deep_scm.config import PRESETS, Options
from cdm.methods.deep_scm.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[DeepSCM.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
