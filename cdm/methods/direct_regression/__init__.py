"""Direct regression: the simplest alternative, which every claim about counterfactual images must be seen beside.

A network that is shown an image, which factor is set and to what, and that gives the other image of the pair. It has
no graph, no codes, no noise and no samples: what a do does downstream it must learn from pairs alone.
"""

from cdm.methods.direct_regression.answer import DirectRegression, load
from cdm.methods.direct_regression.config import PRESETS, Options
from cdm.methods.direct_regression.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[DirectRegression.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit))
